"""Which lots pay: those that expire first, the older of two that expire together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.rules.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one accrual: spendable from activates_at to before expires_at."""

    id: int
    remaining: int
    activates_at: datetime
    expires_at: datetime

    def active(self, now: datetime) -> bool:
        return self.activates_at <= now < self.expires_at


@dataclass(frozen=True, slots=True)
class Take:
    """So many points out of a lot; negative gives them back."""

    lot_id: int
    points: int


def active_points(lots: Iterable[Lot], now: datetime) -> int:
    return sum(lot.remaining for lot in lots if lot.active(now))


def pending_points(lots: Iterable[Lot], now: datetime) -> int:
    return sum(lot.remaining for lot in lots if lot.activates_at > now)


def spend(lots: Sequence[Lot], points: int, now: datetime) -> list[Take] | Refusal:
    """Takes that add up to exactly `points`, or points-short and nothing."""
    active = active_points(lots, now)
    if active < points:
        return Refusal("points-short", {"needed": points, "active": active, "missing": points - active})
    return taken(_in_order(lots, now), points)


def take_back(lots: Sequence[Lot], points: int, own: int | None, now: datetime) -> tuple[list[Take], int]:
    """Takes for a reversal: the lot it corrects first, even a pending one, then active ones, then pending ones in the
    order in which they become active; and what is missing. So nobody owes points and has others to spend."""
    mine = [lot for lot in lots if lot.id == own]
    waiting = [lot for lot in lots if now < lot.activates_at and now < lot.expires_at]
    pending = sorted(waiting, key=lambda lot: (lot.activates_at, lot.id))
    others = [lot for lot in [*_in_order(lots, now), *pending] if lot.id != own]
    takes = taken([*mine, *others], points)
    return takes, points - sum(take.points for take in takes)


def lapsed(lots: Iterable[Lot], now: datetime) -> dict[datetime, list[Take]]:
    """What is left in lots whose time is over, by the moment it ended."""
    over: dict[datetime, list[Take]] = {}
    for lot in sorted(lots, key=lambda lot: (lot.expires_at, lot.id)):
        if lot.expires_at <= now and lot.remaining:
            over.setdefault(lot.expires_at, []).append(Take(lot.id, lot.remaining))
    return over


def _in_order(lots: Iterable[Lot], now: datetime) -> list[Lot]:
    return sorted((lot for lot in lots if lot.active(now)), key=lambda lot: (lot.expires_at, lot.id))


def taken(lots: Iterable[Lot], points: int) -> list[Take]:
    """So much out of these, one after the other, as far as there is."""
    takes = []
    for lot in lots:
        part = min(lot.remaining, points)
        if part:
            takes.append(Take(lot.id, part))
            points -= part
    return takes
