"""Safe to send twice: what a key gave once it gives again, and a key never stands for two different wishes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.db.idempotency import idempotency_records as records
from core.rules.refusal import Refused
from core.shop import Shop

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (till:front, staff:ann, telegram:42, scheduler) and the idempotency key of the wish."""

    actor: str
    key: str


def once(shop: Shop, caller: Caller, wish: BaseModel, result: type[R], work: Callable[[Session], R]) -> R:
    """Run `work` in one transaction and keep its result under the caller's key.

    Refused: key-reused when the key was used for another wish. A racing twin that commits first wins, and its
    result is returned.
    """
    digest = hashlib.sha256(f"{result.__name__} {wish.model_dump_json()}".encode()).hexdigest()
    try:
        with shop.write() as session:
            stored = stored_result(session, caller, digest, result)
            if stored is not None:
                return stored
            given = work(session)
            keep(session, shop, caller, digest, given)
            return given
    except IntegrityError:
        with shop.read() as session:
            stored = stored_result(session, caller, digest, result)
        if stored is None:
            raise
        return stored


def stored_result(session: Session, caller: Caller, digest: str, result: type[R]) -> R | None:
    row = session.execute(
        select(records.c.input_hash, records.c.result).where(records.c.key == caller.key)
    ).one_or_none()
    if row is None:
        return None
    if row.input_hash != digest:
        raise Refused("key-reused", key=caller.key)
    return result.model_validate(row.result)


def keep(session: Session, shop: Shop, caller: Caller, digest: str, given: BaseModel) -> None:
    values = {"key": caller.key, "input_hash": digest, "result": given.model_dump(mode="json"), "at": shop.now()}
    session.execute(insert(records), values)
