"""What is to be done as time passes, each once for each slot of its rhythm, by one process at a time.

A run is on disk before its work begins and after it ended. Slots that nobody ran are not made up for one by one: the
latest does the work of all of them, since what is due is a question to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel
from sqlmodel import Session

from core.db import tick_queries as queries
from core.rules.refusal import Refused
from core.rules.slots import Daily, Every, Rhythm
from core.shop import DatabaseUnavailable, Shop

log = structlog.get_logger("core.ticks")

LEASE = timedelta(seconds=90)
"""How long nobody else may run ticks after the last sign of life."""
TRIES, RETRY = 5, timedelta(minutes=5)
"""How often a run that failed is begun anew within its slot, and how far apart."""
KEPT, IDLE_KEPT = timedelta(days=30), timedelta(days=2)
"""How long runs are kept, and those that found nothing to do."""
COLUMNS = ("planned", "sent", "failed")
DELIVER, DELIVER_SLOTS = "deliver", Every(15)
"""Under what the worker's messages are counted: it sends by itself, whenever something is due."""
ENDED = "the process that ran it ended before it did"


@dataclass(frozen=True, slots=True)
class Tick:
    """work: a service that asks what is due and does it; twice is once. Of what it returns, `planned`, `sent`, `failed`
    and `skipped` (how many for each reason) are shown as such, all else as the run's detail."""

    name: str
    rhythm: Rhythm
    work: Callable[[Shop], object]


@dataclass(frozen=True)
class Timekeeper:
    """One process that wants to run ticks. holder: its own name. at: real time, which leases are in.

    done: the slots that it knows to be over, so that it need not ask.
    """

    shop: Shop
    holder: str
    at: Callable[[], datetime] = lambda: datetime.now(UTC)
    done: dict[str, datetime] = field(default_factory=dict)


def run_ticks(keeper: Timekeeper, ticks: Iterable[Tick]) -> list[str]:
    """Run what is due in that order, unless another process holds the lease; the names of what ran.

    What raises is recorded as failed, and the others run. Raises DatabaseUnavailable: nothing more can run.
    """
    shop, zone = keeper.shop, _zone(keeper.shop)
    ran: list[str] = []
    ended: _Ended | None = None
    for tick in ticks:
        slot = tick.rhythm.latest(shop.now(), zone)
        if keeper.done.get(tick.name) == slot:
            continue
        with shop.write() as session:  # the end of one and the begin of the next
            _finish(session, keeper, ended)
            ended = None
            if not _lease(keeper, session):
                return ran
            wanted = _begin(keeper, session, tick, slot, zone)
        if wanted:
            ended = _run(keeper, tick, slot)
            ran.append(tick.name)
    if ended is not None:
        with shop.write() as session:
            _finish(session, keeper, ended)
    return ran


def hold_lease(keeper: Timekeeper) -> bool:
    """Say that this process lives; False: another one runs the ticks."""
    with keeper.shop.write() as session:
        return _lease(keeper, session)


def give_up_lease(keeper: Timekeeper) -> None:
    """Whoever stands by may run the ticks at once."""
    with keeper.shop.write() as session:
        queries.give_lease_up(session, keeper.holder)


def tally(shop: Shop, session: Session, holder: str, sent: int, failed: int, skipped: Mapping[str, int]) -> None:
    """Count what a worker sent, and what ended unsent, as a run of `deliver`."""
    now = shop.now()
    row = {
        "state": "done", "holder": holder, "tries": 1, "missed": 0, "started_at": now, "planned": 0, "took_ms": None
    }  # fmt: skip
    slot = DELIVER_SLOTS.latest(now, ZoneInfo("UTC"))
    queries.tally(session, DELIVER, slot, row, sent, failed, skipped)


def tidy_runs(shop: Shop) -> int:
    """Delete runs older than KEPT, and idle ones older than IDLE_KEPT; how many."""
    with shop.write() as session:
        return queries.tidy(session, shop.now() - KEPT, shop.now() - IDLE_KEPT)


def next_slot(shop: Shop, ticks: Iterable[Tick]) -> datetime:
    """The first moment after now at which one of these is to run."""
    zone, now = _zone(shop), shop.now()
    return min(tick.rhythm.next(now, zone) for tick in ticks)


def _zone(shop: Shop) -> ZoneInfo:
    with shop.read() as session:
        try:
            return shop.version_at(session, shop.now()).program.program.zone
        except Refused:  # no program yet
            return ZoneInfo("UTC")


def _lease(keeper: Timekeeper, session: Session) -> bool:
    at = keeper.at()
    return queries.take_lease(session, keeper.holder, at, at + LEASE, at + 2 * LEASE)


@dataclass(frozen=True, slots=True)
class _Ended:
    """What came of a run, before it is on disk."""

    tick: str
    slot: datetime
    values: dict[str, Any]
    skipped: dict[str, int]


def _run(keeper: Timekeeper, tick: Tick, slot: datetime) -> _Ended:
    began = perf_counter()
    state, said, error = "done", dict[str, Any](), None
    try:
        said = _said(tick.work(keeper.shop))
        keeper.done[tick.name] = slot
    except DatabaseUnavailable:
        raise  # the run stays as begun, and is begun anew
    except Exception as raised:
        log.exception("a tick failed", tick=tick.name)
        state, error = "failed", repr(raised)[:300]
    skipped = {reason[:40]: count for reason, count in (said.pop("skipped", None) or {}).items() if count}
    values = {
        **{name: said.pop(name, 0) for name in COLUMNS},
        "state": state,
        "took_ms": round((perf_counter() - began) * 1000),
        "error": error,
        "detail": {name: value for name, value in said.items() if value and not isinstance(value, str)} or None,
    }
    return _Ended(tick.name, slot, values, skipped)


def _finish(session: Session, keeper: Timekeeper, ended: _Ended | None) -> None:
    if ended is not None:
        queries.finish(session, ended.tick, ended.slot, keeper.holder, ended.values, ended.skipped)


def _begin(keeper: Timekeeper, session: Session, tick: Tick, slot: datetime, zone: ZoneInfo) -> bool:
    """Note that the slot's run begins. False: it needs none."""
    now = keeper.shop.now()
    last = queries.last_run(session, tick.name)
    again = last if last is None or last.slot == slot else queries.run_of(session, tick.name, slot)
    begun = {"state": "running", "holder": keeper.holder, "started_at": now, "took_ms": None, "error": None}
    if again is not None:
        if not _wanted_again(tick.rhythm, again, now):
            if again.state == "done":
                keeper.done[tick.name] = slot
            return False
        queries.change(session, again.id, {**begun, "tries": again.tries + 1})
        return True
    if last is not None and last.slot > slot and isinstance(tick.rhythm, Daily):
        return False  # the clock was set back behind a day that was served
    if last is not None and last.state == "running":
        queries.change(session, last.id, {"state": "failed", "error": ENDED})
    missed = 0 if last is None else tick.rhythm.between(last.slot, slot, zone)
    counts = dict.fromkeys(COLUMNS, 0)
    queries.begin(session, {"tick": tick.name, "slot": slot, **begun, **counts, "tries": 1, "missed": missed})
    return True


def _wanted_again(rhythm: Rhythm, run: Any, now: datetime) -> bool:
    """Of a slot that was begun before. A run of the future: the clock was set back since."""
    match run.state:
        case "running":
            return True  # whoever ran it has lost the lease, or the database
        case "failed":
            waited = now >= run.started_at + RETRY or now < run.started_at
            return bool(run.tries < TRIES and waited)
    return isinstance(rhythm, Every) and bool(run.started_at > now)


def _said(report: object) -> dict[str, Any]:
    """What a service returned, as JSON has it."""
    if isinstance(report, BaseModel):
        return report.model_dump(mode="json")
    if is_dataclass(report) and not isinstance(report, type):
        return asdict(report)
    return {"done": report} if isinstance(report, int) else {}
