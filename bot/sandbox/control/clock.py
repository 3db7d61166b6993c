"""The clock: to be read, and to be moved forward."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from fastapi import APIRouter, Request

from bot.sandbox.control.bodies import ClockMove
from bot.sandbox.control.dependencies import SandboxHere
from bot.sandbox.control.refusals import Refusal
from bot.sandbox.wording import Json

MoveClock = Callable[[datetime], Awaitable[None]]
"""Brings the clock to a moment, in as many steps as it likes; done when everything that fell due has run."""

router = APIRouter()


@router.get("/clock")
async def clock(sandbox: SandboxHere) -> Json:
    return {"now": sandbox.clock.now().isoformat()}


@router.post("/clock")
async def move_clock(move: ClockMove, sandbox: SandboxHere, request: Request) -> Json:
    """Answers when everything that fell due has run."""
    now = sandbox.clock.now()
    by = move.by(now, sandbox.calendar(now).zone)
    if by.total_seconds() < 0:
        mend = f"give a moment after {now.isoformat()}, or start the sandbox anew"
        raise Refusal(409, "time does not go back", "to", mend)
    move_clock: MoveClock | None = request.app.state.move_clock
    try:
        sandbox.going = (now, now + by)
        sandbox.note()
        if move_clock is None:
            sandbox.clock.advance(by)
        else:
            await move_clock(now + by)
    except OverflowError:
        raise Refusal(422, "that is beyond the calendar", "advance_s", "move by less") from None
    finally:
        sandbox.going = None
        sandbox.note()
    return await clock(sandbox)
