"""Keys as admins see them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from core.insight.keys import KeyView
from core.services.common import Wish

KEY_NAME = "^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$"


class KeyForm(Wish):
    """name: where or by whom it is used; it stands next to everything done with it."""

    name: Annotated[str, Field(pattern=KEY_NAME, examples=["front-till"])]
    scopes: Annotated[list[Literal["till", "staff", "admin"]], Field(min_length=1, max_length=3)]


class KeyMade(BaseModel):
    """key: shown this once."""

    name: str
    scopes: list[str]
    key: str


class KeysRevoked(BaseModel):
    """revoked: how many keys of that name worked until now."""

    name: str
    revoked: int


class KeyPage(BaseModel):
    """next: pass it as `after` for the next ones; null at the end."""

    items: list[KeyView]
    next: str | None
