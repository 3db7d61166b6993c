"""Whether a message may go out now: judged at the moment of sending, on the facts of that moment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import Literal
from zoneinfo import ZoneInfo

from core.rules.terms import business_day, start_of_day

Kind = Literal["transactional", "care", "promo"]
Purpose = Literal["membership", "offers", "care", "statement"]
End = Literal["sent", "blocked", "suppressed", "held_out", "expired", "failed", "in_doubt"]

KINDS: tuple[Kind, ...] = ("transactional", "care", "promo")
"""The more urgent first."""
WEEK = timedelta(days=7)
PACE = timedelta(seconds=1)
"""How far apart two messages to one person lie at least."""
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([^{}|]*))?\}")
"""{name}, or with what stands in for it where there is none, {name|friend}."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many promo messages a member gets at most: on one business day, and on seven in a row."""

    per_day: int
    per_week: int


@dataclass(frozen=True, slots=True)
class Reach:
    """A member as somebody to write to. quiet: from and until, minutes after midnight; agreed: purposes."""

    here: bool  # not forgotten, and joined to a chat
    blocked: bool
    agreed: frozenset[str]
    quiet: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Left:
    """A message that went out to the member before, as far as anybody knows."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class PutOff:
    until: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """It will never be sent."""

    state: End
    reason: str | None = None


Decision = Go | PutOff | Ended


def judge(
    kind: str,
    purpose: str,
    expires_at: datetime,
    reach: Reach,
    before: Sequence[Left],
    caps: Caps,
    zone: ZoneInfo,
    now: datetime,
) -> Decision:
    """What becomes of a message that is due. before: what went to the member in the last seven business days.

    Transactional messages know neither quiet hours nor caps; only promo is counted and capped.
    """
    if now >= expires_at:
        return Ended("expired")
    if not reach.here:
        return Ended("suppressed", "no-chat")
    if reach.blocked:
        return Ended("blocked")
    if purpose != "membership" and purpose not in reach.agreed:
        return Ended("suppressed", "no-consent")
    if kind == "promo" and _capped(before, caps, zone, now):
        return Ended("suppressed", "frequency-cap")
    quiet = end_of_quiet(reach.quiet, zone, now) if kind != "transactional" else None
    if quiet is not None:
        return PutOff(quiet) if quiet < expires_at else Ended("suppressed", "quiet-hours")
    latest = max((each.at for each in before), default=None)
    return Go() if latest is None or latest + PACE <= now else PutOff(latest + PACE)


def first_counted(zone: ZoneInfo, now: datetime) -> datetime:
    """The first moment of the seven business days that end with today."""
    return start_of_day(business_day(now, zone) - WEEK + timedelta(days=1), zone)


def _capped(before: Sequence[Left], caps: Caps, zone: ZoneInfo, now: datetime) -> bool:
    today, week = start_of_day(business_day(now, zone), zone), first_counted(zone, now)
    promos = [each.at for each in before if each.kind == "promo"]
    return sum(at >= today for at in promos) >= caps.per_day or sum(at >= week for at in promos) >= caps.per_week


def end_of_quiet(quiet: tuple[int, int] | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold now are over; None outside them. They may span midnight."""
    if quiet is None:
        return None
    since, until = quiet
    local = now.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if not (since <= minute < until if since < until else minute >= since or minute < until):
        return None
    day = local.date() + timedelta(days=minute >= until)
    ends = [datetime.combine(day, time(*divmod(until, 60), fold=fold), zone).astimezone(UTC) for fold in (0, 1)]
    return next((end for end in ends if end > now), None)  # the hour that comes twice in autumn is quiet twice


def sent_again(kind: str, doubts: int, resend: bool) -> bool:
    """Whether a message in doubt goes out once more: never marketing, and a transactional one once, if wanted."""
    return kind == "transactional" and resend and doubts == 0


def filled(text: str, filling: Mapping[str, str]) -> str | None:
    """Telegram HTML with its {placeholders} filled by plain words; None where a word is missing, and nothing stands in
    for it."""
    found = PLACEHOLDER.finditer(text)
    if any(each[1] not in filling and each[2] is None for each in found):
        return None
    return PLACEHOLDER.sub(lambda each: escape(filling.get(each[1], each[2] or ""), quote=False), text)
