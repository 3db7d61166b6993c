"""Campaigns, purely: what one says, to whom chance gives what, when it is due, what a second person agrees to."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    model_validator,
)

from core.rules.messaging import Ended, Reach
from core.rules.refusal import Refusal

CLAIM = "claim:"
"""How what a button carries begins, where it claims an offer."""
WHOLE = 10_000
"""Basis points in one."""
FREE_PER_SECOND = 30
STARS_TENTHS = 1
"""A message above FREE_PER_SECOND costs 0.1 Telegram Stars: https://core.telegram.org/bots/faq#broadcasting-to-users"""
GOOD_FOR = timedelta(hours=48)
"""How long a message may wait to be sent, where the campaign says no end."""
FIRST_ZONE = timezone(timedelta(hours=14))
"""Where a day begins first."""
Screen = Literal[
    "home", "card", "points", "tier", "coupons", "offers", "rewards", "prize_draws", "history", "check_in", "invite",
    "settings", "stored_value", "feedback",
]  # fmt: skip
Arm = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,19}$")]
Kind = Literal["promo", "transactional"]


MOST_HTML = 32_768
"""Characters of a text's HTML: the 4,096 that Telegram takes, were each written as `&amp;`, and tags."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def one_of(**types: str) -> list[Any]:
    """JSON Schema for: exactly one of these fields, of that type, is given; the others are absent or null."""
    return [
        {"required": [one], "properties": {each: {"type": kind if each == one else "null"} for each in types}}
        for one, kind in types.items()
    ]


class Button(_Strict):
    """What a tap does, exactly one: open a screen of the bot, claim an offer of the program, or follow a link."""

    model_config = ConfigDict(json_schema_extra={"oneOf": one_of(open="string", claim="string", url="string")})

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=64)]
    open: Screen | None = None
    claim: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")] | None = None
    url: Annotated[str, StringConstraints(pattern=r"^(https?|tg)://[^\s{}]+$", max_length=400)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Button:
        if sum(each is not None for each in (self.open, self.claim, self.url)) != 1:
            raise ValueError("give exactly one of open, claim, url")
        return self

    def row(self) -> dict[Literal["text", "data", "url"], str]:
        """As a delivery has it; data: at most 46 bytes."""
        if self.url is not None:
            return {"text": self.text, "url": self.url}
        return {"text": self.text, "data": self.open or f"{CLAIM}{self.claim}"}

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Button:
        """The way back."""
        data = row.get("data", "")
        offer = data.removeprefix(CLAIM)
        does = {"url": row["url"]} if "url" in row else {"open": data} if offer == data else {"claim": offer}
        return cls.model_validate({"text": row["text"], **does})


class Content(_Strict):
    """What one language reads in one arm. text: Telegram HTML with {placeholders}. photo: a URL, a file id, or
    `upload:ID` for one that the shop uploaded."""

    arm: Arm = "a"
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=10)] = "en"
    text: Annotated[str, StringConstraints(max_length=MOST_HTML)]
    photo: Annotated[str, StringConstraints(pattern=r"^\S+$", max_length=400)] | None = None
    buttons: Annotated[list[Annotated[list[Button], Field(min_length=1, max_length=8)]], Field(max_length=10)] = []


def _local(written: object) -> object:
    """Written without a zone, to the minute."""
    if isinstance(written, str) and not _LOCAL.fullmatch(written):
        raise ValueError("write a day and a time without a zone, as in 2026-12-01T10:00")
    return written


def _utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("write a moment of the years 1 to 9999") from None


LOCAL = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:00)?$"
_LOCAL = re.compile(LOCAL)
Local = Annotated[
    NaiveDatetime,
    BeforeValidator(_local),
    Field(json_schema_extra={"format": "local", "pattern": LOCAL}),
]


class Schedule(_Strict):
    """at: a moment; local: the same time of day wherever a member is, like 2026-12-01T10:00; neither: at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "not": {"required": ["at", "local"], "properties": {key: {"type": "string"} for key in ("at", "local")}}
        }
    )

    at: Annotated[AwareDatetime, AfterValidator(_utc)] | None = None
    local: Local | None = None

    @model_validator(mode="after")
    def _one(self) -> Schedule:
        if self.at is not None and self.local is not None:
            raise ValueError("give at or local, not both")
        return self


class Canary(_Strict):
    """The first so many; it goes on by itself unless more than `worst` basis points of them fail or block the bot."""

    first: Annotated[int, Field(strict=True, ge=1, le=100_000)]
    worst: Annotated[int, Field(strict=True, ge=0, le=WHOLE)] = 500


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of those planned so far. bad: failed, blocked, in doubt. open: no answer yet. later: put off, as for
    quiet hours."""

    good: int
    bad: int
    open: int
    later: int


def share_of(*what: str | int) -> int:
    """0 to 9,999 by a stable hash (SHA-256, its first 64 bits): the same for ever, on every machine."""
    digest = hashlib.sha256(":".join(map(str, what)).encode()).digest()
    return int.from_bytes(digest[:8], "big") % WHOLE


def in_control(member_id: int, share: int) -> bool:
    """Whether a member is of the standing control group, which no marketing reaches; share: its basis points."""
    return share_of("control", member_id) < share


def held_out(campaign_id: int, member_id: int, share: int) -> bool:
    """Whether this campaign leaves the member out, to see what happens without it."""
    return share_of("holdout", campaign_id, member_id) < share


def arm_of(campaign_id: int, member_id: int, arms: Mapping[str, int]) -> str:
    """Which of the contents the member gets; arms: basis points that make 10,000."""
    if len(arms) == 1:
        return next(iter(arms))
    place = share_of("arm", campaign_id, member_id)
    for arm in sorted(arms):
        place -= arms[arm]
        if place < 0:
            return arm
    raise ValueError(f"shares of {arms} do not make {WHOLE}")


def even_arms(arms: Sequence[str]) -> dict[str, int]:
    """Shares as even as can be; the first ones get what is left over."""
    names = sorted(set(arms))
    each, rest = divmod(WHOLE, len(names))
    return {name: each + (place < rest) for place, name in enumerate(names)}


def content_for(contents: Sequence[Content], arm: str, language: str) -> Content:
    """In the member's language, else in English, else in any."""
    mine = {each.language: each for each in contents if each.arm == arm}
    return mine.get(language) or mine.get("en") or next(iter(mine.values()))


def shape_fault(contents: Sequence[Content], arms: Mapping[str, int]) -> Refusal | None:
    """Refusals: campaign-arms-invalid, campaign-content-twice, campaign-languages-differ."""
    languages: dict[str, set[str]] = {}
    for each in contents:
        if each.language in languages.setdefault(each.arm, set()):
            return Refusal("campaign-content-twice", {"arm": each.arm, "language": each.language})
        languages[each.arm].add(each.language)
    if set(arms) != set(languages) or sum(arms.values()) != WHOLE or min(arms.values(), default=0) < 1:
        return Refusal("campaign-arms-invalid", {"arms": sorted(arms), "contents": sorted(languages)})
    if len({frozenset(each) for each in languages.values()}) > 1:
        return Refusal("campaign-languages-differ", {"languages": sorted(set().union(*languages.values()))})
    return None


def due_at(schedule: Schedule, zone: ZoneInfo, launched_at: datetime) -> datetime:
    """When it is due to a member of that zone; a time of day that the clocks leave out is an hour later."""
    if schedule.local is not None:
        return schedule.local.replace(tzinfo=zone).astimezone(UTC)
    return launched_at if schedule.at is None else schedule.at.astimezone(UTC)


def plan_from(schedule: Schedule, launched_at: datetime) -> datetime:
    """When to begin planning: when it is due where it is due first."""
    if schedule.local is not None:
        return schedule.local.replace(tzinfo=FIRST_ZONE).astimezone(UTC)
    return due_at(schedule, ZoneInfo("UTC"), launched_at)


def time_fault(schedule: Schedule, ends_at: datetime | None, zone: ZoneInfo, now: datetime) -> Refusal | None:
    """zone: the program's. Refusals: campaign-in-the-past, campaign-ends-before."""
    begins = due_at(schedule, zone, now)
    if begins < now:
        return Refusal("campaign-in-the-past", {"at": begins.isoformat(), "now": now.isoformat()})
    if ends_at is not None and ends_at <= begins:
        return Refusal("campaign-ends-before", {"ends_at": ends_at.isoformat(), "begins": begins.isoformat()})
    return None


def digest(agreed_to: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of JSON with its keys in order: the same for the same content, audience and schedule."""
    written = json.dumps(agreed_to, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def canary_verdict(answers: Answers, canary: Canary) -> Literal["wait", "more", "go", "stop"]:
    """wait for answers, plan `more` because none of the first can have one any more, go on, or stop.

    It stops as soon as so many went wrong that the rest cannot make up for it; it goes on once none is on its way and
    no more are put off than have an answer.
    """
    answered = answers.good + answers.bad
    if answers.bad * WHOLE > canary.worst * (answered + answers.open + answers.later):
        return "stop"
    if answers.open or answers.later > answered:
        return "wait"
    return "go" if answered else "more"


def finish_times(waves: Sequence[tuple[datetime, int]], per_second: int) -> list[datetime]:
    """When each wave of so many messages, due at that moment, is through, one after the other as they come due."""
    order = sorted(range(len(waves)), key=lambda place: waves[place][0])
    ends = [datetime.min.replace(tzinfo=UTC)] * len(waves)
    free = ends[0] if ends else None
    for place in order:
        due, count = waves[place]
        free = max(due, free or due) + timedelta(seconds=-(-count // per_second))
        ends[place] = free
    return ends


def stars_tenths(count: int, per_second: int, paid: bool) -> int:
    """What so many messages cost, in tenths of a Star, at most: in each second those above the free ones are paid."""
    if not paid or per_second <= FREE_PER_SECOND:
        return 0
    seconds, rest = divmod(count, per_second)
    return STARS_TENTHS * (seconds * (per_second - FREE_PER_SECOND) + max(0, rest - FREE_PER_SECOND))


@dataclass(frozen=True, slots=True)
class Chances:
    """What chance decides of a member in a campaign. control, holdout: basis points, 0 where the kind has none."""

    campaign_id: int
    control: int
    holdout: int
    arms: Mapping[str, int]


def fate(chances: Chances, purpose: str, member_id: int, reach: Reach) -> Ended | None:
    """What is known of a message before it is planned; None: it is to be sent.

    Only those who could be reached are held out: they are the measure of those who were.
    """
    if not reach.here:
        return Ended("suppressed", "no-chat")
    if reach.blocked:
        return Ended("blocked")
    if purpose != "membership" and purpose not in reach.agreed:
        return Ended("suppressed", "no-consent")
    if in_control(member_id, chances.control):
        return Ended("held_out", "control")
    if held_out(chances.campaign_id, member_id, chances.holdout):
        return Ended("held_out", "holdout")
    return None
