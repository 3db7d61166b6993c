"""A member as tills and staff see one."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from core.insight.members import MemberView, Profile
from core.services.common import Label, Wish
from core.services.members.hand_on_card import Person
from core.services.members.reopen_member import Reason
from core.services.members.update_member import MemberSettings


class MemberOut(Profile):
    """zone: an IANA name; null is the program's. quiet_*: minutes after midnight there; without them, and unless
    never_quiet, the shop's quiet hours hold. invite_code: what a friend may join with. closed_at: since when the
    account is closed, because nothing was bought for so long."""


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


class MemberForm(MemberSettings):
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


def member_out(view: MemberView) -> MemberOut:
    """Without the secret that joins a member to a chat: whoever enrols is told it once."""
    return MemberOut.model_validate(view.model_dump(exclude={"join_code"}))
