"""The clock: to be read, and to be moved forward."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from inspect import isawaitable

from fastapi import APIRouter, Request

from bot.sandbox.control.bodies import ClockMove
from bot.sandbox.control.dependencies import SandboxHere
from bot.sandbox.control.refusals import Refusal
from bot.sandbox.wording import Json

ClockMoved = Callable[[datetime], Awaitable[None] | None]

router = APIRouter()


@router.get("/clock")
async def clock(sandbox: SandboxHere) -> Json:
    return {"now": sandbox.clock.now().isoformat()}


@router.post("/clock")
async def move_clock(move: ClockMove, sandbox: SandboxHere, request: Request) -> Json:
    """Answers when everything that fell due has run."""
    now = sandbox.clock.now()
    by = move.by(now)
    if by.total_seconds() < 0:
        mend = f"give a moment after {now.isoformat()}, or start the sandbox anew"
        raise Refusal(409, "time does not go back", "to", mend)
    try:
        sandbox.clock.advance(by)
    except OverflowError:
        raise Refusal(422, "that is beyond the calendar", "advance_s", "move by less") from None
    sandbox.note()
    moved: ClockMoved | None = request.app.state.on_clock_moved
    if moved is not None and isawaitable(running := moved(sandbox.clock.now())):
        await running
    return await clock(sandbox)
