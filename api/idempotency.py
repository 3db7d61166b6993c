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


def caller(holder: Holder, header: str | None, natural: str | None = None) -> Caller:
    """Who asks, under the natural key, the header's, or both."""
    keys = [natural] if natural else []
    keys += [f"http:{holder.name}:{header}"] if header else []
    return Caller(holder.actor, keys[0], tuple(keys[1:]))


def as_asked(refusal: Refusal) -> Refusal:
    """A reused key in the client's own terms: its header, or the external_id."""
    if refusal.reason != "key-reused":
        return refusal
    kind, _, rest = str(refusal.facts["key"]).partition(":")
    if kind == "http":
        return Refusal("key-reused", {"key": rest.partition(":")[2]})
    if kind.startswith("coupon"):
        rest = rest.partition(":")[2]
    return Refusal("external-id-reused", {"external_id": rest})
