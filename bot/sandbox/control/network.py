"""What lies between the bot and Telegram: the log of calls, faults, limits."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query

from bot.sandbox.control.bodies import NewFault, NewLimits
from bot.sandbox.control.dependencies import SandboxHere
from bot.sandbox.control.refusals import Refusal
from bot.sandbox.faults import Fault
from bot.sandbox.methods import METHODS
from bot.sandbox.wording import Json

router = APIRouter()


@router.get("/calls")
async def calls(sandbox: SandboxHere, after: Annotated[int, Query(ge=0)] = 0) -> list[Json]:
    """Bot API calls with a number greater than `after`; outcome is null while a call runs."""
    return [call.view() for call in sandbox.calls.after(after)]


@router.get("/faults")
async def faults(sandbox: SandboxHere) -> list[Json]:
    """Faults that have not struck as often as they should."""
    return [asdict(fault) for fault in sandbox.faults.all()]


@router.post("/faults", status_code=201)
async def add_fault(new: NewFault, sandbox: SandboxHere) -> Json:
    """Let the next calls fail: `times` of them, 1 unless told otherwise. getUpdates fails only when it is named."""
    if new.method is not None and new.method.lower() not in METHODS:
        raise Refusal(
            422, f"there is no method {new.method}", "method", "name a method of the Bot API, or leave it out"
        )
    fault = Fault(**new.model_dump())
    sandbox.faults.add(fault)
    return asdict(fault)


@router.delete("/faults", status_code=204)
async def clear_faults(sandbox: SandboxHere) -> None:
    sandbox.faults.clear()


@router.get("/limits")
async def limits(sandbox: SandboxHere) -> Json:
    now = sandbox.limits
    return {
        "per_second": now.per_second,
        "per_chat_per_second": now.per_chat_per_second,
        "latency_ms": now.latency_s * 1000,
    }


@router.put("/limits")
async def put_limits(new: NewLimits, sandbox: SandboxHere) -> Json:
    """Replaces all limits; what is left out is unlimited."""
    sandbox.limits.put(new.per_second, new.per_chat_per_second, new.latency_ms)
    return await limits(sandbox)
