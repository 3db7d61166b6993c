"""A member as tills and staff see one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.insight.members import MemberView
from core.program.values import Zone
from core.services.common import Day, Label, Wish
from core.services.members.hand_on_card import Person
from core.services.members.reopen_member import Reason
from core.services.members.update_member import Minute


class MemberOut(BaseModel):
    """zone: an IANA name; null is the program's. quiet_*: minutes after midnight there; without them, and unless
    never_quiet, the shop's quiet hours hold. invite_code: what a friend may join with. closed_at: since when the
    account is closed, because nothing was bought for so long."""

    id: int
    card_number: str
    name: str
    phone: str | None
    birthday: date | None
    birthday_calendar: Literal["solar", "lunar"]
    language: str
    tier: str
    joined_at: datetime
    store: str | None
    zone: str | None
    city: str | None
    invite_code: str
    referrer_id: int | None
    style: str | None
    quiet_from: int | None
    quiet_until: int | None
    never_quiet: bool
    allow_offers: bool
    allow_care: bool
    allow_statement: bool
    closed_at: datetime | None


class MemberPage(BaseModel):
    """next: pass it as `after` for the next ones; null at the end."""

    items: list[MemberOut]
    next: str | None


class ActivityForm(Wish):
    """activity: its id in the program. about: what it was done to, such as an article; the same counts once."""

    activity: Annotated[str, Field(min_length=1, max_length=40)]
    about: Label | None = None


class HandOnForm(Wish):
    """to: the person who gets the card."""

    to: Person


class ReopenForm(Wish):
    """reason: why, for whoever asks later."""

    reason: Reason


QUIET = ("quiet_from", "quiet_until")


class MemberForm(Wish):
    """Only what is given changes. quiet_*: both or neither, null leaves them to the shop; never_quiet: none, whatever
    the shop's are. Null takes back style, zone and city. zone: an IANA name, such as America/New_York."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {
                    "required": list(QUIET),
                    "properties": {
                        **{each: {"type": "integer"} for each in QUIET},
                        "never_quiet": {"enum": [False, None]},
                    },
                },
                {"properties": {each: {"type": "null"} for each in QUIET}},
            ]
        }
    )

    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    birthday: Day | None = None
    birthday_calendar: Literal["solar", "lunar"] | None = None
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    never_quiet: bool | None = None
    style: Literal["lively", "calm", "fast", "careful"] | None = None
    allow_offers: bool | None = None
    allow_care: bool | None = None
    allow_statement: bool | None = None
    zone: Zone | None = None
    city: Label | None = None


def member_out(view: MemberView) -> MemberOut:
    """Without the secret that joins a member to a chat: whoever enrols is told it once."""
    return MemberOut.model_validate(view.model_dump(exclude={"join_code"}))
