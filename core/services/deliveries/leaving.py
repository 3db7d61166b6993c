"""What leaves for Telegram, a message or a change of an earlier one, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.rules.amending import Way


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that may leave now; its row says so already. text: Telegram HTML; language: of the chat; name: what
    members call the kind of message, where it has a name. explained: the member wants to know why it is there."""

    id: int
    member_id: int
    chat_id: int
    kind: str
    text: str
    photo: str | None
    buttons: list[list[dict[str, str]]]
    due_at: datetime
    left_at: datetime
    tries: int
    doubts: int
    language: str = "en"
    source: str = ""
    name: str = ""
    purpose: str = "membership"
    explained: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What may be asked of Telegram now about a message; its row says so already. text: Telegram HTML. kind, source,
    purpose: of the message; language: of the chat. explained: the member wants to know why it is there."""

    id: int
    delivery_id: int
    chat_id: int
    message_id: int
    way: Way
    text: str
    photo: bool
    buttons: list[list[dict[str, str]]]
    due_at: datetime
    left_at: datetime
    tries: int
    kind: str
    language: str
    source: str
    purpose: str
    explained: bool
    name: str = ""  # what is amended are campaigns, whose kind has no name of its own


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. again: it did not arrive, and is due once more after wait_s; failure: that counts as a try.

    blocked: nothing reaches that chat any more. moved_to: the chat's new number, where Telegram gave it one. how: for a
    change of an earlier message, what `sent` means. file_id: what Telegram calls the photo that was sent as bytes.
    """

    of: Outgoing | Change
    result: Literal["sent", "blocked", "failed", "in_doubt", "again"]
    message_id: int | None = None
    error: str | None = None
    wait_s: float = 0
    failure: bool = False
    moved_to: int | None = None
    how: str | None = None
    file_id: str | None = None
