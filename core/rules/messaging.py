"""Whether a message may go out now: judged at the moment of sending, on the facts of that moment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from html import escape
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from core.program.messages import Messages
from core.rules.styles import Manner, manner_of
from core.rules.terms import business_day, start_of_day

Kind = Literal["transactional", "care", "promo"]
Purpose = Literal["membership", "offers", "care", "statement"]
End = Literal["sent", "blocked", "suppressed", "held_out", "expired", "failed", "in_doubt"]

KINDS: tuple[Kind, ...] = ("transactional", "care", "promo")
"""The more urgent first."""
WEEK = timedelta(days=7)
CAPPED = "frequency-cap"
PACE = timedelta(seconds=1)
"""How far apart two messages to one person lie at least."""
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(?:\|([^{}|]*))?\}")
"""{name}, or with what stands in for it where there is none, {name|friend}."""


@dataclass(frozen=True, slots=True)
class Caps:
    """How many messages of a kind a member gets at most: on one day where the member lives, and on seven in a row."""

    per_day: int
    per_week: int

    def in_manner(self, manner: Manner) -> Caps:
        """What of it a style of service leaves."""
        return _in_manner(self, manner)


@cache
def _in_manner(caps: Caps, manner: Manner) -> Caps:
    per_week = max(1, int(caps.per_week * manner.share))
    per_day = caps.per_day if manner.per_day is None else min(caps.per_day, manner.per_day)
    return Caps(min(per_day, per_week), per_week)


@dataclass(frozen=True, slots=True)
class Reach:
    """A member as somebody to write to. quiet: from and until, minutes after midnight in the member's zone; agreed:
    purposes; muted: kinds of sources (see kind_of_source)."""

    here: bool  # not forgotten, and joined to a chat
    blocked: bool
    agreed: frozenset[str]
    quiet: tuple[int, int] | None
    style: str | None = None
    muted: frozenset[str] = frozenset()
    closed: bool = False  # for having stayed away


class OwnQuiet(Protocol):
    """What a member set: minutes after midnight, or `never_quiet`; neither: it is left to the shop."""

    @property
    def quiet_from(self) -> int | None: ...
    @property
    def quiet_until(self) -> int | None: ...
    @property
    def never_quiet(self) -> bool: ...


def quiet_hours(member: OwnQuiet, shops: Messages) -> tuple[int, int] | None:
    """The member's own, else the shop's; from and until, minutes after midnight where the member lives."""
    if member.quiet_from is not None and member.quiet_until is not None:
        return member.quiet_from, member.quiet_until
    return None if member.never_quiet or shops.quiet_hours is None else shops.quiet_hours.minutes


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is due. priority: within its kind, where there is not room for all."""

    kind: str
    purpose: str
    expires_at: datetime
    source: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """A message that went out to the member before, as far as anybody knows."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Coming:
    """Another message that is planned for the member."""

    kind: str
    source: str
    priority: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Go:
    """It may be sent now."""


@dataclass(frozen=True, slots=True)
class PutOff:
    """reason: what it waits for, as an Ended says it: quiet-hours, frequency-cap, yielded; None: the pace."""

    until: datetime
    reason: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Ended:
    """It will never be sent."""

    state: End
    reason: str | None = None


Decision = Go | PutOff | Ended


def judge(
    due: Due,
    reach: Reach,
    before: Sequence[Left],
    coming: Sequence[Coming],
    caps: Mapping[str, Caps],
    zone: ZoneInfo,
    now: datetime,
) -> Decision:
    """What becomes of a message that is due. before: what went to the member in the last seven days; coming: what else
    is planned; zone: where the member lives.

    Transactional messages know no muting, no quiet hours and no caps. Promotion and care are held through quiet hours,
    then find room within the caps of their kind, or not: promotion ends, care waits for the next day with room. What
    finds room leaves it to whatever of a higher priority is due that day, and waits for the next. What waits and would
    be stale by then ends.
    """
    if now >= due.expires_at:
        return Ended("expired")
    if not reach.here:
        return Ended("suppressed", "no-chat")
    if reach.closed:
        return Ended("suppressed", "member-closed")
    if reach.blocked:
        return Ended("blocked")
    if due.purpose != "membership" and due.purpose not in reach.agreed:
        return Ended("suppressed", "no-consent")
    if due.kind != "transactional":
        held = _held(due, reach, before, coming, caps, zone, now)
        if held is not None:
            return held
    latest = max((each.at for each in before if each.at <= now), default=None)  # the clock may have been set back
    return Go() if latest is None or latest + PACE <= now else PutOff(latest + PACE)


def kind_of_source(source: str) -> str:
    """What a member mutes with a message of that source: a journey, or all campaigns."""
    return source if source.startswith("journey:") else source.partition(":")[0]


def first_counted(zone: ZoneInfo, now: datetime) -> datetime:
    """The first moment of the seven days that end with today."""
    return start_of_day(business_day(now, zone) - WEEK + timedelta(days=1), zone)


def _held(
    due: Due,
    reach: Reach,
    before: Sequence[Left],
    coming: Sequence[Coming],
    caps: Mapping[str, Caps],
    zone: ZoneInfo,
    now: datetime,
) -> Decision | None:
    if kind_of_source(due.source) in reach.muted:
        return Ended("suppressed", "muted")
    quiet = end_of_quiet(reach.quiet, zone, now)
    if quiet is not None:
        return _later(due, quiet, "quiet-hours")
    if due.kind not in caps:
        return None
    limit = caps[due.kind].in_manner(manner_of(reach.style))
    days = [business_day(each.at, zone) for each in before if each.kind == due.kind]
    today = business_day(now, zone)
    room = first_day_with_room(days, limit, today)
    if room > today:
        return _later(due, _on(room, now, zone), CAPPED) if due.kind == "care" else Ended("suppressed", CAPPED)
    ahead = [each for each in coming if each.kind == due.kind and each.priority > due.priority]
    rivals = [
        today
        for each in ahead
        if business_day(each.due_at, zone) <= today and kind_of_source(each.source) not in reach.muted
    ]
    if rivals and first_day_with_room([*days, *rivals], limit, today) > today:
        return _later(due, _on(today + timedelta(days=1), now, zone), "yielded")
    return None


def first_day_with_room(days: Sequence[date], caps: Caps, today: date) -> date:
    """The first day from today on at which one more message is within the caps. days: of those that went out."""
    for ahead in range(WEEK.days + 1):
        day = today + timedelta(days=ahead)
        week = sum(day - WEEK < each <= day for each in days)
        if week < caps.per_week and days.count(day) < caps.per_day:
            return day
    raise AssertionError("after seven days without a message there is room")


def _later(due: Due, until: datetime, reason: str) -> Decision:
    """Held until then, unless it is stale by then."""
    return PutOff(until, reason) if until < due.expires_at else Ended("suppressed", reason)


def _on(day: date, now: datetime, zone: ZoneInfo) -> datetime:
    """That day, at the time of day that it is now."""
    return datetime.combine(day, now.astimezone(zone).time(), zone).astimezone(UTC)


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
    first, second = (
        datetime.combine(day, time(*divmod(until, 60), fold=fold), zone).astimezone(UTC) for fold in (0, 1)
    )
    if second < first:  # the clocks jump over it in spring: it ends as they jump
        return _jump(second, first, zone)
    return next((end for end in (first, second) if end > now), None)  # the hour that comes twice is quiet twice


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment, to the second, between two at which the zone's offset changes."""
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before.astimezone(zone).utcoffset():
            before = middle
        else:
            after = middle
    return after


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
