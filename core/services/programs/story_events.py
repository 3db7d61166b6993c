"""What can happen in a story (docs/programs.md): one kind of event for each wish that people have of a shop."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from core.services.books.adjust import MAX_ADJUSTMENT
from core.services.common import Amount, ExternalId, Label, Lines, Tender, Wish
from core.services.members.enrol import EnrolForm
from core.services.members.hand_on_card import Person
from core.services.purchases.refund import RefundLineIn
from core.services.rewards.draw_benefit import DrawAmount

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=100)]


def _text(value: object) -> object:
    return str(value) if type(value) is int else value


Number = Annotated[ExternalId, BeforeValidator(_text)]
"""A till's number of a purchase or refund, as text or as a number."""


def _moment(value: object, info: ValidationInfo) -> datetime:
    """ISO 8601; without an offset it is the time in the program's zone."""
    if not isinstance(value, str):
        raise ValueError("write it as text, as in 2026-03-02T10:15:00+08:00")
    try:
        at = datetime.fromisoformat(value)
        zone: ZoneInfo = (info.context or {})["zone"]
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is no moment; write it as in 2026-03-02T10:15:00+08:00") from None


At = Annotated[datetime, BeforeValidator(_moment)]


class Event(Wish):
    """note: whatever the author wants to say; it does nothing."""

    at: At
    do: str
    note: str | None = None
    member: Name | None = None


class MemberEvent(Event):
    """One that says whose it is."""

    member: Name


class Undoing(Event):
    """One about an earlier event, whose it was. of: the id of that one."""

    of: Number


class Enrol(MemberEvent, EnrolForm):
    """invited_by: the member of the story whose invitation brought them. invite: a tier that they are given."""

    do: Literal["enrol"]
    joined_at: At | None = None
    invited_by: Name | None = None
    invite: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: dict[str, Any]) -> dict[str, Any]:
        return {"name": data.get("member"), **data}


class Purchase(MemberEvent):
    """id: the till's number of it. tender: how it was paid; one word stands for all of it."""

    do: Literal["purchase"]
    id: Number | None = None
    lines: Lines
    tender: Annotated[list[Tender], Field(max_length=20)] | Label | None = None
    store: Label = "shop"
    channel: Label = "shop"
    occurred_at: At | None = None
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)] | None = None


class Refund(Undoing):
    """of: the id of a purchase."""

    do: Literal["refund"]
    id: Number | None = None
    lines: Annotated[list[RefundLineIn], Field(min_length=1, max_length=500)] | None = None
    amount: Amount | None = None

    @model_validator(mode="after")
    def _lines_or_amount(self) -> Refund:
        if (self.lines is None) == (self.amount is None):
            raise ValueError("say what is refunded by either lines or amount")
        return self


class Deliver(Undoing):
    """of: the id of a purchase whose goods arrive."""

    do: Literal["deliver"]


class Redeem(MemberEvent):
    """price: which of the alternatives, from 0."""

    do: Literal["redeem"]
    reward: Annotated[str, Field(min_length=1, max_length=40)]
    price: Annotated[int, Field(strict=True, ge=0, le=100)] = 0


class CheckIn(MemberEvent):
    do: Literal["checkin"]


class Adjust(MemberEvent):
    do: Literal["adjust"]
    points: Annotated[int, Field(strict=True, ge=-MAX_ADJUSTMENT, le=MAX_ADJUSTMENT)]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = "a story"

    @field_validator("points")
    @classmethod
    def _not_zero(cls, points: int) -> int:
        if points == 0:
            raise ValueError("an adjustment of 0 points changes nothing")
        return points


class Activity(MemberEvent):
    """about: what it was done to, such as the article reviewed."""

    do: Literal["activity"]
    activity: Annotated[str, Field(min_length=1, max_length=40)]
    about: Label | None = None


class Handover(MemberEvent):
    """to: who gets the card."""

    do: Literal["handover"]
    to: Name | Person


class Draw(MemberEvent):
    """A till draws of a benefit; amount: in its unit."""

    do: Literal["draw"]
    benefit: Annotated[str, Field(min_length=1, max_length=40)]
    amount: DrawAmount


class Play(MemberEvent):
    """draw: a prize draw."""

    do: Literal["play"]
    draw: Annotated[str, Field(min_length=1, max_length=40)]


class Paying(MemberEvent):
    """id: the till's number of it. amount: minor units."""

    id: Number | None = None
    amount: Amount
    store: Label = "shop"


class TopUp(Paying):
    """The member pays in."""

    do: Literal["topup"]


class Pay(Paying):
    """Out of stored value."""

    do: Literal["pay"]


class PayBack(Undoing):
    """of: the id of a payment."""

    do: Literal["payback"]
    id: Number | None = None
    amount: Amount
    store: Label = "shop"


class TakeBack(Undoing):
    """of: the id of a top-up. amount: none: all of it that is left."""

    do: Literal["takeback"]
    id: Number | None = None
    amount: Amount | None = None
    cause: Literal["payout", "correction"] = "payout"
    store: Label = "shop"


class Tick(Event):
    """member: whose books are told; nobody: those of the event before."""

    do: Literal["tick"]


EVENTS: dict[str, type[Event]] = {
    "enrol": Enrol,
    "purchase": Purchase,
    "refund": Refund,
    "deliver": Deliver,
    "redeem": Redeem,
    "checkin": CheckIn,
    "activity": Activity,
    "adjust": Adjust,
    "handover": Handover,
    "draw": Draw,
    "play": Play,
    "topup": TopUp,
    "pay": Pay,
    "payback": PayBack,
    "takeback": TakeBack,
    "tick": Tick,
}


def name_of(to: str | Person) -> str:
    return to.name if isinstance(to, Person) else to
