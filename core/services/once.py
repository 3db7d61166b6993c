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
from core.db.ledger import entries
from core.db.members import members
from core.db.prepared import Prepared
from core.insight.ledger import EntryOut
from core.rules.refusal import Refusal, Refused
from core.shop import Shop

R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (till:front, staff:ann, telegram:42, scheduler) and the idempotency key of the wish."""

    actor: str
    key: str


def once(
    shop: Shop,
    caller: Caller,
    wish: BaseModel,
    result: type[R],
    work: Callable[[Session], R],
    natural: str | None = None,
) -> R:
    """Run `work` in one transaction and keep its result under the caller's key, and under the natural key if the
    wish carries one (purchase:EXTERNAL_ID).

    Refused: key-reused, external-id-reused when that key was used for another wish. A racing twin that commits first
    wins, and its result is returned; after another wish that took what is unique (a card number), the work is done
    anew, to be refused for that.
    """
    digest = fingerprint(wish, result)

    def attempt() -> R:
        with shop.write() as session:
            stored = stored_result(session, caller, digest, result, natural)
            if stored is not None:
                _keep_late(session, shop, caller, digest, stored)
                return stored
            given = work(session)
            keep(session, shop, caller, digest, given, natural)
            return given

    try:
        return attempt()
    except IntegrityError:
        return attempt()
    except Refused:  # a twin may have committed while we waited: then its result is ours
        with shop.read() as session:
            stored = stored_result(session, caller, digest, result, natural)
        if stored is None:
            raise
        return stored


def once_of_many(
    shop: Shop, session: Session, caller: Caller, wish: BaseModel, result: type[R], work: Callable[[Session], R]
) -> R | Refusal:
    """The same in a transaction that many wishes share, under a natural key alone, which is the caller's. What `work`
    had written before it refused stays."""
    digest = fingerprint(wish, result)
    try:
        stored = stored_result(session, caller, digest, result, caller.key)
        if stored is None:
            stored = work(session)
            keep(session, shop, caller, digest, stored)
        return stored
    except Refused as refused:
        return refused.refusal


def fingerprint(wish: BaseModel, result: type[BaseModel]) -> str:
    return hashlib.sha256(f"{result.__name__} {wish.model_dump_json()}".encode()).hexdigest()


def stored_result(
    session: Session, caller: Caller, digest: str, result: type[R], natural: str | None = None
) -> R | None:
    """What these keys gave before, or None."""
    rows = _FIND.all(session, {"key": caller.key, "natural": natural or caller.key})
    for row in rows:
        if row.input_hash != digest and row.key == natural:
            raise Refused("external-id-reused", external_id=row.key.split(":", 1)[1])
        if row.input_hash != digest:
            raise Refused("key-reused", key=row.key)
    return _unpacked(session, result, rows[0].result) if rows else None


def keep(
    session: Session, shop: Shop, caller: Caller, digest: str, given: BaseModel, natural: str | None = None
) -> None:
    """Keep a result under the caller's key and the natural one."""
    values = {"input_hash": digest, "result": _packed(given), "at": shop.now()}
    _KEEP.run(session, *({"key": key, **values} for key in {caller.key, natural or caller.key}))


def _keep_late(session: Session, shop: Shop, caller: Caller, digest: str, given: BaseModel) -> None:
    """A key that came with a wish known by its natural key alone stands for that wish from now on."""
    if not _FIND.all(session, {"key": caller.key, "natural": caller.key}):
        keep(session, shop, caller, digest, given)


_FIND = Prepared(
    select(records.c.key, records.c.input_hash, records.c.result).where(
        records.c.key.in_([bindparam("key"), bindparam("natural")])
    )
)
_KEEP = Prepared(insert(records))


def _packed(given: BaseModel) -> dict[str, Any]:
    """Of entries only the ids: the books have the rest, and it never changes. No card number: who asked to be forgotten
    has none any more, here neither."""
    plain = given.model_dump(mode="json", exclude={"entries", "card_number"})
    if "entries" in type(given).model_fields:
        plain["entries"] = [entry.id for entry in given.entries]  # type: ignore[attr-defined]
    return plain


def _unpacked(session: Session, result: type[R], plain: dict[str, Any]) -> R:
    if "entries" in result.model_fields:
        columns = [entries.c[name] for name in EntryOut.model_fields]
        rows = session.execute(select(*columns).where(entries.c.id.in_(plain["entries"]))).mappings()
        by_id = {row["id"]: EntryOut.model_construct(**row) for row in rows}
        plain = {**plain, "entries": [by_id[entry_id] for entry_id in plain["entries"]]}
    if "card_number" in result.model_fields:
        held = select(members.c.card_number).where(members.c.id == plain.get("member_id", plain.get("id")))
        plain = {**plain, "card_number": session.execute(held).scalar_one()}
    return result.model_validate(plain)
