"""Reading and writing coupons; every change leaves its event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, text, update
from sqlmodel import Session

from core.db.among import among
from core.db.coupons import coupon_events, coupons
from core.db.members import members, merged_cards, one_person
from core.db.unguessed import unguessed


def coupon_by_code(session: Session, code: str) -> Row[Any] | None:
    return session.execute(select(coupons).where(coupons.c.code == code)).one_or_none()


def coupon_by_id(session: Session, coupon_id: int) -> Row[Any]:
    return session.execute(select(coupons).where(coupons.c.id == coupon_id)).one()


def held(session: Session, member_id: int, template: str, after: datetime | None = None) -> int:
    """How many of the template the member was given, void ones not counted; after: those that are good after it."""
    mine = (one_person(coupons.c.member_id, member_id), *_counted(template, after))
    return session.execute(select(func.count()).select_from(coupons).where(*mine)).scalar_one() or 0


def held_by(
    session: Session, member_ids: Sequence[int], template: str, after: datetime | None = None
) -> dict[int, int]:
    """As `held`, of many members; nobody who has none."""
    merged, held = merged_cards(session, member_ids), Counter[int]()
    counted = unguessed(*_counted(template, after))  # a campaign gives everybody the same
    mine = (among(coupons.c.member_id, [*member_ids, *merged]), counted)
    found = select(coupons.c.member_id, func.count()).where(*mine).group_by(coupons.c.member_id)
    for member_id, count in session.execute(found):
        held[merged.get(member_id, member_id)] += int(count)
    return dict(held)


def _counted(template: str, after: datetime | None) -> list[ColumnElement[bool]]:
    good_after = [coupons.c.valid_until > after] if after is not None else []
    return [coupons.c.template == template, coupons.c.status != "void", *good_after]


def unused_from(session: Session, member_id: int, source: str, now: datetime) -> bool:
    """Has the member an unused coupon of that source that did not lapse?"""
    mine = (one_person(coupons.c.member_id, member_id), coupons.c.source == source, coupons.c.status == "issued")
    return session.execute(select(coupons.c.id).where(*mine, coupons.c.valid_until > now)).first() is not None


def used_on(session: Session, external_id: str) -> list[Row[Any]]:
    """The coupons redeemed on that purchase."""
    return list(session.execute(select(coupons).where(coupons.c.used_on == external_id).order_by(coupons.c.id)).all())


def unused_of(session: Session, member_id: int) -> list[Row[Any]]:
    mine = select(coupons).where(coupons.c.member_id == member_id, coupons.c.status == "issued")
    return list(session.execute(mine.order_by(coupons.c.id)).all())


def add_coupon(session: Session, values: dict[str, Any], at: datetime, actor: str) -> Row[Any]:
    row = session.execute(insert(coupons).values(**values, status="issued").returning(coupons)).one()
    _note(session, row.id, "issued", at, actor, detail={"source": row.source})
    return row


def add_coupons(session: Session, rows: Sequence[dict[str, Any]], at: datetime, actor: str) -> None:
    """Many that were issued just now; none is alright."""
    if not rows:
        return
    new = insert(coupons).returning(coupons.c.id, sort_by_parameter_order=True)
    ids = session.execute(new, [{**row, "status": "issued"} for row in rows]).scalars()
    events = [
        {"coupon_id": coupon_id, "kind": "issued", "at": at, "actor": actor, "detail": {"source": row["source"]}}
        for coupon_id, row in zip(ids, rows, strict=True)
    ]
    session.execute(insert(coupon_events), events)


def mark_redeemed(
    session: Session, row: Row[Any], external_id: str, off: int, at: datetime, actor: str, basket: str
) -> None:
    """basket: what tells the lines that it was used on from others."""
    changed = {"status": "redeemed", "used_on": external_id, "discount": off}
    session.execute(update(coupons).where(coupons.c.id == row.id).values(changed))
    _note(session, row.id, "redeemed", at, actor, external_id, {"discount": off, "basket": basket})


def redeemed_for(session: Session, coupon_id: int) -> str:
    """The basket that a redeemed coupon is used on."""
    uses = (coupon_events.c.coupon_id == coupon_id, coupon_events.c.kind == "redeemed")
    last = select(coupon_events.c.detail).where(*uses).order_by(coupon_events.c.id.desc()).limit(1)
    return str(session.execute(last).scalar_one()["basket"])


def mark_redeemed_elsewhere(session: Session, row: Row[Any], at: datetime, actor: str) -> None:
    """It was used before it came into these books, on no purchase of theirs."""
    session.execute(update(coupons).where(coupons.c.id == row.id).values(status="redeemed"))
    _note(session, row.id, "redeemed", at, actor, detail={"elsewhere": True})


def mark_rolled_back(session: Session, row: Row[Any], at: datetime, actor: str) -> None:
    changed = {"status": "issued", "used_on": None, "discount": None}
    session.execute(update(coupons).where(coupons.c.id == row.id).values(changed))
    _note(session, row.id, "rolled_back", at, actor, row.used_on, {"discount": row.discount})


def owner_forgotten(session: Session, coupon_id: int) -> bool:
    owner = coupons.join(members, members.c.id == coupons.c.member_id)
    query = select(members.c.forgotten_at).select_from(owner).where(coupons.c.id == coupon_id)
    return session.execute(query).scalar_one() is not None


def mark_void(session: Session, row: Row[Any], why: str, at: datetime, actor: str) -> None:
    session.execute(update(coupons).where(coupons.c.id == row.id).values(status="void"))
    _note(session, row.id, "void", at, actor, detail={"why": why})


def note_moved(session: Session, row: Row[Any], to: int, merge: int, at: datetime, actor: str) -> None:
    """Another card of the same person may use it from now on, or may no longer."""
    _note(session, row.id, "moved", at, actor, detail={"to": to, "merge": merge})


def used_since(session: Session, member_id: int, at: datetime) -> list[str]:
    """The codes of the card's coupons that were redeemed after that moment."""
    query = (
        select(coupons.c.code)
        .join(coupon_events, coupon_events.c.coupon_id == coupons.c.id)
        .where(coupons.c.member_id == member_id, coupons.c.status == "redeemed")
        .where(coupon_events.c.kind == "redeemed", coupon_events.c.at > at)
    )
    return sorted(set(session.execute(query).scalars()))


def was_rolled_back(session: Session, coupon_id: int, external_id: str) -> bool:
    events = select(coupon_events.c.id).where(
        coupon_events.c.coupon_id == coupon_id,
        coupon_events.c.kind == "rolled_back",
        coupon_events.c.external_id == external_id,
    )
    return session.execute(events).first() is not None


def lock_receipt(session: Session, external_id: str) -> None:
    """Serialises what happens to one purchase's coupons; on SQLite the transaction is alone already."""
    if session.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:receipt, 0))")
        session.execute(lock, {"receipt": f"receipt:{external_id}"})


def _note(
    session: Session,
    coupon_id: int,
    kind: str,
    at: datetime,
    actor: str,
    external_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    values = {"coupon_id": coupon_id, "kind": kind, "at": at, "actor": actor}
    session.execute(insert(coupon_events).values(**values, external_id=external_id, detail=detail or {}))
