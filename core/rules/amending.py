"""What is done about a message that has left, so that it says what it should, or is gone: judged when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.rules.messaging import PutOff

DELETABLE = timedelta(hours=47)
"""Telegram deletes what is less than 48 hours old, by its own clock: https://core.telegram.org/bots/api#deletemessage"""
SOON = timedelta(seconds=2)
"""When to look again after a message, or an earlier change of it, that is just on its way."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it stands. state, left_at: of its delivery. kind: of the amendment.

    busy: another amendment of it is on its way to Telegram; replaced: a later one takes the place of this.
    """

    kind: str
    state: str
    known: bool  # by its number in the chat
    left_at: datetime | None
    here: bool
    blocked: bool
    replaced: bool
    busy: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing is to be asked of Telegram."""

    state: Literal["done", "blocked", "in_doubt", "replaced"]
    outcome: str | None = None


Way = Literal["edit", "delete", "withdraw"]
"""withdraw: what is too old to be deleted is made to say that it was withdrawn."""


def way(message: Message, now: datetime) -> Way | Closed | PutOff:
    """What to ask of Telegram. Consent, quiet hours and caps do not matter: nobody is notified of a change."""
    if message.replaced:
        return Closed("replaced")
    if message.busy or message.state == "sending":
        return PutOff(now + SOON)
    leaves_again = message.state in ("planned", "paused") and message.left_at is not None
    if message.state == "in_doubt" or leaves_again or (message.state == "sent" and not message.known):
        return Closed("in_doubt")
    if message.state != "sent":
        return Closed("done", "unsent")
    if message.blocked or not message.here:
        return Closed("blocked")
    if message.kind == "edit":
        return "edit"
    return "delete" if message.left_at is None or now - message.left_at < DELETABLE else "withdraw"
