"""Idempotency-Key: what a client sent once it may send again.

A body with an external_id carries its own key (the receipt's number is the same whoever sends it); the header, when
it is given too, stands for the same wish. A header is the API key's own: two tills may use the same one.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from api.auth import Holder
from core.rules.refusal import Refusal
from core.services.once import Caller

HEADER = "Idempotency-Key"
_ABOUT = (
    "1 to 128 printable characters without spaces, such as a UUID: new for each new request, the same when the same "
    "request is sent again."
)
_BOUNDS = {"min_length": 1, "max_length": 128, "pattern": "^[!-~]+$"}

Key = Annotated[str, Header(alias=HEADER, description=_ABOUT, **_BOUNDS)]
OwnKey = Annotated[
    str | None, Header(alias=HEADER, description=f"Not needed: external_id is the key. {_ABOUT}", **_BOUNDS)
]


def caller(holder: Holder, header: str | None, natural: str = "") -> Caller:
    """Who asks, under the header's key, else under the natural one; services know a body by its external_id anyway."""
    return Caller(holder.actor, f"http:{holder.name}:{header}" if header else natural)


def as_asked(refusal: Refusal) -> Refusal:
    """A reused key in the client's own terms: its header, or the external_id (coupon:CODE:EXTERNAL_ID)."""
    if refusal.reason != "key-reused":
        return refusal
    kind, _, rest = str(refusal.facts["key"]).partition(":")
    _, _, own = rest.partition(":")
    return (
        Refusal("key-reused", {"key": own}) if kind == "http" else Refusal("external-id-reused", {"external_id": own})
    )
