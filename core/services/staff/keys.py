"""Keys that tills and staff call the API with."""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel
from sqlalchemy import insert, select, update

from core.db.staff import api_keys
from core.rules.refusal import Refused
from core.shop import Shop

Scope = Literal["till", "staff", "admin"]
IMPLIED: dict[Scope, tuple[Scope, ...]] = {
    "till": ("till",),
    "staff": ("till", "staff"),
    "admin": ("till", "staff", "admin"),
}


class KeyHolder(BaseModel):
    """Whose key it is and all that it may do, what its scopes imply included."""

    name: str
    scopes: list[Scope]


def create_key(shop: Shop, name: str, scopes: list[Scope]) -> str:
    """A new key of 192 random bits, `rk_…`. Only its SHA-256 is kept, so this is the one time it can be read.

    Refused: key-name-invalid (1 to 60 characters), key-scopes-invalid (at least one of till, staff, admin).
    """
    if not 1 <= len(name) <= 60:
        raise Refused("key-name-invalid", name=name)
    if not scopes or not set(scopes) <= set(IMPLIED):
        raise Refused("key-scopes-invalid", scopes=[str(scope) for scope in scopes])
    key = f"rk_{shop.chance.token()}"
    values = {"name": name, "digest": _digest(key), "scopes": list(dict.fromkeys(scopes)), "created_at": shop.now()}
    with shop.write() as session:
        session.execute(insert(api_keys).values(values))
    return key


def check_key(shop: Shop, key: str) -> KeyHolder | None:
    """Who holds the key, or None if there is no such key or it was revoked. Looked up by digest: no timing to learn."""
    valid = select(api_keys.c.name, api_keys.c.scopes).where(
        api_keys.c.digest == _digest(key), api_keys.c.revoked_at.is_(None)
    )
    with shop.read() as session:
        row = session.execute(valid).one_or_none()
    if row is None:
        return None
    implied = {each for scope in row.scopes for each in IMPLIED[scope]}
    return KeyHolder(name=row.name, scopes=[scope for scope in IMPLIED["admin"] if scope in implied])


def revoke_keys(shop: Shop, name: str) -> int:
    """Revoke every key of that name; how many there were."""
    held = update(api_keys).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None))
    with shop.write() as session:
        return len(session.execute(held.values(revoked_at=shop.now()).returning(api_keys.c.id)).all())


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
