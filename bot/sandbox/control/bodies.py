"""Bodies of the control side's requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    model_validator,
)

from bot.sandbox.faults import FaultKind

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w{3,31}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{5,15}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(Body):
    """`started`: as if the user had written to the bot before, so that it may write to them."""

    first_name: Name
    last_name: Name | None = None
    username: Username | None = None
    language_code: Language | None = None
    phone: Phone | None = None
    user_id: int | None = Field(None, gt=0, lt=2**52)
    started: bool = False


class ContactCard(Body):
    """A contact to share; another person's when `user_id` is not the sender's."""

    phone_number: Phone
    first_name: Name
    last_name: Name | None = None
    user_id: int | None = None


class Document(Body):
    """A file to send as it is, its content in Base64."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "file"
    mime: Annotated[str, StringConstraints(pattern=r"^[\w.+-]+/[\w.+-]+$")] = "application/octet-stream"
    content: Base64Bytes


class Sending(Body):
    """A text, a contact (`true` is one's own), a photo (a picture in Base64) or a document. The last two may have a
    caption."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)] | None = None
    contact: Literal[True] | ContactCard | None = None
    photo: Base64Bytes | None = None
    document: Document | None = None
    caption: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)] | None = None

    @model_validator(mode="after")
    def _one_of_all(self) -> Sending:
        files = (self.photo, self.document)
        if sum(each is not None for each in (self.text, self.contact, *files)) != 1:
            raise ValueError("give either text, contact, photo or document")
        if self.caption is not None and files == (None, None):
            raise ValueError("a caption goes with a photo or a document")
        return self


class Press(Body):
    """A button by its label, or by its data, which may be forged."""

    message_id: int
    text: str | None = None
    data: Annotated[str, StringConstraints(max_length=64)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Press:
        if (self.text is None) == (self.data is None):
            raise ValueError("give either text or data")
        return self


class NewFault(Body):
    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    times: int = Field(1, ge=1)
    retry_after: int = Field(1, ge=1)


class NewLimits(Body):
    """Sendings per second; missing is no limit. `latency_ms`: how long every call takes at least."""

    per_second: float | None = Field(None, gt=0)
    per_chat_per_second: float | None = Field(None, gt=0)
    latency_ms: float = Field(0, ge=0, le=60_000)


class ClockMove(Body):
    """Seconds to go on by, or the moment to go to, also as `local` time in the shop's zone; never back."""

    advance_s: float | None = Field(None, ge=0, le=3_200_000_000)
    to: AwareDatetime | None = None
    local: NaiveDatetime | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> ClockMove:
        if [self.advance_s, self.to, self.local].count(None) != 2:
            raise ValueError("give one of advance_s, to and local")
        return self

    def by(self, now: datetime, zone: ZoneInfo) -> timedelta:
        to = self.local.replace(tzinfo=zone) if self.local is not None else self.to
        return to - now if to is not None else timedelta(seconds=self.advance_s or 0)
