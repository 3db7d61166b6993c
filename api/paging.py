"""Cursor pages: a cursor says where the last page ended, to us alone."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Query

from api.problems import Fault

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
After = Annotated[
    str | None,
    Query(max_length=400, description="The cursor `next` of the page before; none for the first page."),
]


def cursor(kind: str, place: str | None) -> str | None:
    """Opaque, URL-safe; `kind` keeps one list's cursor from being used on another."""
    if place is None:
        return None
    return base64.urlsafe_b64encode(f"{kind}:{place}".encode()).decode().rstrip("=")


def place(kind: str, cursor: str | None) -> str | None:
    """The place a cursor stands for. Fault: bad-cursor (400)."""
    if cursor is None:
        return None
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_cursor(cursor) from None
    found, _, where = plain.partition(":")
    if found != kind or not where:
        raise bad_cursor(cursor)
    return where


def number(kind: str, cursor: str | None) -> int | None:
    """The row number a cursor stands for. Fault: bad-cursor (400)."""
    where = place(kind, cursor)
    if where is None:
        return None
    if not (where.isascii() and where.isdigit() and len(where) <= 18):
        raise bad_cursor(cursor or "")
    return int(where)


def bad_cursor(cursor: str) -> Fault:
    return Fault("bad-cursor", 400, "Send `next` of the page before, unchanged.", facts={"after": cursor})
