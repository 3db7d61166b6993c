"""Coupons at the till: look one up, use it on a purchase, undo that."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy import Row, select
from sqlmodel import Session

from core.db import coupon_queries as queries
from core.db.counters import give_back
from core.db.ledger_queries import lock_account
from core.db.members import kept_id
from core.db.purchases import purchases
from core.insight.coupons import CouponOut, counter_of, coupon_out, template_of
from core.insight.members import member_of
from core.rules.coupons import discount, stackable, state, usable
from core.rules.refusal import Fact, Refused, granted
from core.services.books.books import Books
from core.services.books.dormancy import check_member_open
from core.services.books.goals import mend_goals
from core.services.books.stored_records import StoredRecords
from core.services.common import ExternalId, Lines, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

Code = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, min_length=1, max_length=32)]


class CouponUse(Wish):
    """external_id: the till's number of the purchase (needed to redeem). lines: all of the purchase, before coupons."""

    code: Code
    external_id: ExternalId | None = None
    member: MemberRef | None = None
    lines: Lines


class CouponCheck(Result):
    """discount: minor units off; reason and facts of the refusal when the coupon does not count here."""

    valid: bool
    discount: int
    reason: str | None = None
    facts: dict[str, Fact] = Field(default_factory=dict)


class CouponRedeemed(Result):
    """discount: minor units off."""

    code: str
    discount: int
    external_id: str


class CouponRollback(Wish):
    code: Code
    external_id: ExternalId


def validate_coupon(shop: Shop, wish: CouponUse) -> CouponCheck:
    """What redeem_coupon would answer now; changes nothing."""
    with shop.read() as session:
        try:
            row = _find(session, wish.code)
            return CouponCheck(valid=True, discount=_judge(shop, session, row, wish))
        except Refused as refused:
            return CouponCheck(valid=False, discount=0, reason=refused.refusal.reason, facts=refused.refusal.facts)


def redeem_coupon(shop: Shop, caller: Caller, wish: CouponUse) -> CouponRedeemed:
    """Use the coupon up on that purchase; the same purchase again gets the same answer, the same number with other
    lines none.

    Refused: external-id-missing, external-id-reused, unknown-member, member-closed, coupon-unknown, -of-another-member,
    -used, -void, -lapsed, -not-yet-valid, -not-stackable, -no-eligible-lines, -min-spend, -worth-nothing.
    """
    if wish.external_id is None:
        raise Refused("external-id-missing")
    external_id = wish.external_id

    def work(session: Session) -> CouponRedeemed:
        row = _lock(session, wish.code, external_id)
        off = _judge(shop, session, row, wish)
        if row.status != "redeemed":
            queries.mark_redeemed(session, row, external_id, off, shop.now(), caller.actor, _basket(wish))
        return CouponRedeemed(code=row.code, discount=off, external_id=external_id)

    return once(shop, caller, wish, CouponRedeemed, work)


def rollback_coupon(shop: Shop, caller: Caller, wish: CouponRollback) -> CouponOut:
    """The purchase did not happen: the coupon is as before, but void where its member was forgotten since, or where the
    goal that brought it is no longer reached. Done twice is done once.

    Refused: coupon-unknown, coupon-not-redeemed-there when it was never used on that purchase.
    """

    def work(session: Session) -> CouponOut:
        row = _lock(session, wish.code, wish.external_id)
        template = template_of(shop, session, row)
        if row.used_on == wish.external_id:
            queries.mark_rolled_back(session, row, shop.now(), caller.actor)
            if queries.owner_forgotten(session, row.id):
                queries.mark_void(session, row, "member forgotten", shop.now(), caller.actor)
                program = shop.version(session, row.program_version).program
                counter = counter_of(program, template, row.valid_from)
                give_back(session, [counter] if template.total is not None else [])
            elif row.source.startswith("goal:"):
                with Books(StoredRecords(shop, session), caller, shop.now) as books:
                    mend_goals(books.of_record(row.member_id))
        elif not queries.was_rolled_back(session, row.id, wish.external_id):
            raise Refused("coupon-not-redeemed-there", code=row.code, external_id=wish.external_id)
        row = _find(session, wish.code)
        return coupon_out(row, template, shop.now())

    return once(shop, caller, wish, CouponOut, work)


def _find(session: Session, code: str) -> Row[Any]:
    row = queries.coupon_by_code(session, code)
    if row is None:
        raise Refused("coupon-unknown", code=code)
    return row


def _lock(session: Session, code: str, external_id: str) -> Row[Any]:
    """The coupon as it is once the purchase and the member's account are ours alone."""
    queries.lock_receipt(session, external_id)
    lock_account(session, _find(session, code).member_id)
    return _find(session, code)


def _judge(shop: Shop, session: Session, row: Row[Any], wish: CouponUse) -> int:
    """Minor units off, or Refused."""
    if wish.member is not None and member_of(session, wish.member).id != kept_id(session, row.member_id):
        raise Refused("coupon-of-another-member", code=row.code)
    if row.status == "redeemed" and row.used_on == wish.external_id:
        if queries.redeemed_for(session, row.id) != _basket(wish):
            raise Refused("external-id-reused", external_id=wish.external_id)
        return int(row.discount)
    check_member_open(shop, session, kept_id(session, row.member_id))
    granted(usable(state(row.status, row.valid_from, row.valid_until, shop.now()), row.valid_from, row.valid_until))
    others = _others(session, row, wish.external_id)
    template = template_of(shop, session, row)
    granted(stackable(template, [template_of(shop, session, other) for other in others]))
    return granted(discount(template, wish.lines, sum(other.discount for other in others)))


def _basket(wish: CouponUse) -> str:
    """The lines, as short as they can be compared."""
    return hashlib.sha256("".join(line.model_dump_json() for line in wish.lines).encode()).hexdigest()


def _others(session: Session, row: Row[Any], external_id: str | None) -> list[Row[Any]]:
    """The coupons already used on the purchase. A purchase is one member's, so theirs must be too."""
    if external_id is None:
        return []
    others = queries.used_on(session, external_id)
    buyer = select(purchases.c.member_id).where(purchases.c.external_id == external_id)
    owners = {other.member_id for other in others} | set(session.execute(buyer).scalars())
    if {kept_id(session, owner) for owner in owners} - {kept_id(session, row.member_id)}:
        raise Refused("coupon-of-another-member", code=row.code, external_id=external_id)
    return others
