"""Give a member a coupon."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row
from sqlmodel import Session

from core.db import coupon_queries as queries
from core.db.audit_log import note
from core.db.counters import take
from core.insight.coupons import CouponOut, counter_of, coupon_out, template_of
from core.insight.members import member_of
from core.rules.coupons import issuable, limited_from, window
from core.rules.refusal import Refused, granted
from core.services.books.books import open_book
from core.services.books.posting import Book
from core.services.books.records import CODE_LENGTH as CODE_LENGTH
from core.services.common import MemberRef, Wish
from core.services.once import Caller, once
from core.shop import Shop


class CouponIssue(Wish):
    """template: id of a coupon in the program; source: why it is given (staff:ann, campaign:…)."""

    member: MemberRef
    template: Annotated[str, Field(min_length=1, max_length=40)]
    source: Annotated[str, Field(min_length=1, max_length=160)]


def issue_coupon(shop: Shop, caller: Caller, wish: CouponIssue) -> CouponOut:
    """Hand out a coupon by hand; it is noted who did.

    Refused: unknown-member, coupon-template-unknown, coupon-lapsed, coupon-limit-per-member, coupon-limit-total.
    """

    def work(session: Session) -> CouponOut:
        member = member_of(session, wish.member)
        with open_book(shop, session, caller, member.id) as book:
            row = grant_coupon(shop, session, book, wish.template, wish.source)
        detail = {"template": row.template, "code": row.code, "source": row.source}
        note(session, book.now, caller.actor, "issue_coupon", f"member:{member.id}", detail)
        return coupon_out(row, template_of(shop, session, row), book.now)

    return once(shop, caller, wish, CouponOut, work)


def grant_coupon(shop: Shop, session: Session, book: Book, template_id: str, source: str) -> Row[Any]:
    """The coupon row for the open account's member, within the limits. Refused: as issue_coupon."""
    version = book.records.version_at(book.now)
    template = version.program.coupon(template_id)
    if template is None:
        raise Refused("coupon-template-unknown", template=template_id)
    zone = version.program.program.zone
    since, until = window(template.validity, book.now, zone)
    held = queries.held(session, book.member_id, template.id, limited_from(template, book.now, zone))
    granted(issuable(template, held, until, book.now))
    counter = counter_of(version.program, template, book.now)
    if template.total is not None and not take(session, counter, template.total):
        raise Refused("coupon-limit-total", limit=template.total)
    values = {
        "code": shop.chance.code(CODE_LENGTH),
        "template": template.id,
        "member_id": book.member_id,
        "source": source,
        "issued_at": book.now,
        "valid_from": since,
        "valid_until": until,
        "program_version": version.id,
    }
    return queries.add_coupon(session, values, book.now, book.caller.actor)
