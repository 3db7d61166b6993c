"""Safe to send twice: what a key gave once it gives again, and a key never stands for two different wishes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.db.idempotency import idempotency_records as records
from core.rules.refusal import Refused
from core.shop import Shop

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (till:front, staff:ann, telegram:42, scheduler), the idempotency key of the wish, and further keys
    that stand for the same wish (a till's own header next to its receipt's number)."""

    actor: str
    key: str
    also: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, *self.also)


def once(shop: Shop, caller: Caller, wish: BaseModel, result: type[R], work: Callable[[Session], R]) -> R:
    """Run `work` in one transaction and keep its result under the caller's key.

    Refused: key-reused when the key was used for another wish. A racing twin that commits first wins, and its
    result is returned.
    """
    digest = hashlib.sha256(f"{result.__name__} {wish.model_dump_json()}".encode()).hexdigest()
    try:
        with shop.write() as session:
            stored = recall(session, shop, caller, digest, result)
            if stored is not None:
                return stored
            given = work(session)
            keep(session, shop, caller.keys, digest, given.model_dump(mode="json"))
            return given
    except IntegrityError:
        with shop.write() as session:
            stored = recall(session, shop, caller, digest, result)
            if stored is None:
                raise
            return stored


def recall(session: Session, shop: Shop, caller: Caller, digest: str, result: type[R]) -> R | None:
    """What one of the caller's keys gave before; keys that were not known yet stand for it from now on."""
    asked = records.c.key.in_(caller.keys) if caller.also else records.c.key == caller.key
    rows = session.execute(select(records.c.key, records.c.input_hash, records.c.result).where(asked)).all()
    for row in rows:
        if row.input_hash != digest:
            raise Refused("key-reused", key=row.key)
    if not rows:
        return None
    known = {row.key for row in rows}
    keep(session, shop, tuple(key for key in caller.keys if key not in known), digest, rows[0].result)
    return result.model_validate(rows[0].result)


def keep(session: Session, shop: Shop, keys: tuple[str, ...], digest: str, given: dict[str, Any]) -> None:
    values = [{"key": key, "input_hash": digest, "result": given, "at": shop.now()} for key in keys]
    if values:
        session.execute(insert(records), values)
