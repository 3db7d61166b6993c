"""Staff give a member points or a coupon from chat, alone within the day's limit, beyond it with a second person."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import func, insert, select, update
from sqlmodel import Session

from core.db.audit_log import note
from core.db.staff import staff_gifts, staff_members
from core.insight.members import member_of
from core.insight.staff import StaffView, admins_but
from core.rules.refusal import Refused
from core.rules.staff import GIFT_WAITS, GiftLimits, second_needed
from core.rules.terms import business_day, start_of_day
from core.services.books.adjust import MAX_ADJUSTMENT, post_adjustment
from core.services.books.books import open_book
from core.services.chats.join_chat import ChatId
from core.services.common import MemberRef, Result, Wish
from core.services.once import Caller, once
from core.services.programs.publishing import person
from core.services.rewards.issue_coupon import grant_coupon
from core.services.staff.joining import at_work
from core.services.staff.notices import notify
from core.shop import Shop


class Gift(Wish):
    """Either points or coupon, the id of a template. chat_id: whose hand it comes from. reason: for the member."""

    chat_id: ChatId
    member_id: Annotated[int, Field(strict=True, ge=1)]
    points: Annotated[int, Field(strict=True, ge=1, le=MAX_ADJUSTMENT)] | None = None
    coupon: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=500)]

    @model_validator(mode="after")
    def _points_or_coupon(self) -> Gift:
        if (self.points is None) == (self.coupon is None):
            raise ValueError("give either points or a coupon")
        return self


class GiftDecision(Wish):
    chat_id: ChatId
    gift_id: Annotated[int, Field(strict=True, ge=1)]
    through: bool


class GiftState(Result):
    """state: given, awaiting a second person, or refused."""

    id: int
    state: Literal["given", "awaiting", "refused"]


def give(shop: Shop, caller: Caller, wish: Gift, limits: GiftLimits) -> GiftState:
    """Refused: not-staff, staff-role, no-second-person, unknown-member, and as issue_coupon."""

    def work(session: Session) -> GiftState:
        giver, now = at_work(session, wish.chat_id, "staff"), shop.now()
        member = member_of(session, MemberRef(id=wish.member_id))
        waits = _beyond(shop, session, giver, wish, limits, now)
        others = admins_but(session, giver.id) if waits else []
        if waits and not others:
            raise Refused("no-second-person", points=limits.points, coupons=limits.coupons)
        state: Literal["given", "awaiting"] = "awaiting" if waits else "given"
        gift_id = _add(session, giver, wish, member.id, state, now)
        if waits:
            notify(session, [each.id for each in (giver, *others)], f"gift:{gift_id}", now)
            detail = {"gift": gift_id, "points": wish.points, "coupon": wish.coupon, "reason": wish.reason}
            note(session, now, giver.actor, "ask_gift", f"member:{member.id}", detail)
        else:
            _hand_over(shop, session, Caller(giver.actor, caller.key), wish, gift_id, None)
        return GiftState(id=gift_id, state=state)

    return once(shop, caller, wish, GiftState, work)


def decide_gift(shop: Shop, caller: Caller, wish: GiftDecision) -> GiftState:
    """An admin lets another's gift through, or does not.

    Refused: not-staff, staff-role, unknown-gift, gift-decided, gift-lapsed, own-gift, and as issue_coupon.
    """

    def work(session: Session) -> GiftState:
        decider, now = at_work(session, wish.chat_id, "admin"), shop.now()
        row = _awaiting(session, wish.gift_id, now)
        if person(row.giver) == person(decider.actor):  # ann and Ann are one, as for campaigns
            raise Refused("own-gift")
        state: Literal["given", "refused"] = "given" if wish.through else "refused"
        values = {"state": state, "decided_by": decider.id, "decided_at": now}
        session.execute(update(staff_gifts).where(staff_gifts.c.id == row.id).values(values))
        if wish.through:
            gift = Gift(chat_id=0, member_id=row.member_id, points=row.points, coupon=row.coupon, reason=row.reason)
            _hand_over(shop, session, Caller(row.giver, caller.key), gift, row.id, decider.actor)
        action = "approve_gift" if wish.through else "refuse_gift"
        note(session, now, decider.actor, action, f"member:{row.member_id}", {"gift": row.id})
        return GiftState(id=row.id, state=state)

    return once(shop, caller, wish, GiftState, work)


def _beyond(shop: Shop, session: Session, giver: StaffView, wish: Gift, limits: GiftLimits, now: datetime) -> bool:
    """What was let through by a second person does not count."""
    zone = shop.version_at(session, now).program.program.zone
    own = (
        staff_gifts.c.staff_id == giver.id,
        staff_gifts.c.at >= start_of_day(business_day(now, zone), zone),
        staff_gifts.c.state == "given",
        staff_gifts.c.decided_by.is_(None),
    )
    points = func.coalesce(func.sum(staff_gifts.c.points), 0)
    given = session.execute(select(points, func.count(staff_gifts.c.coupon)).where(*own)).one()
    return second_needed(wish.points, int(given[0]), int(given[1]), limits)


def _add(session: Session, giver: StaffView, wish: Gift, member_id: int, state: str, now: datetime) -> int:
    values = {
        "staff_id": giver.id,
        "member_id": member_id,
        "points": wish.points,
        "coupon": wish.coupon,
        "reason": wish.reason,
        "state": state,
        "at": now,
        "lapses_at": now + GIFT_WAITS,
    }
    return int(session.execute(insert(staff_gifts).values(values).returning(staff_gifts.c.id)).scalar_one())


def _hand_over(shop: Shop, session: Session, caller: Caller, wish: Gift, gift_id: int, approved_by: str | None) -> None:
    """Into the books, in the giver's name."""
    detail: dict[str, Any] = {"gift": gift_id, "reason": wish.reason, "approved_by": approved_by}
    with open_book(shop, session, caller, wish.member_id) as book:
        if wish.points is not None:
            entry = post_adjustment(book, wish.points, wish.reason)
            detail |= {"points": wish.points, "entry": entry.id}
        else:
            row = grant_coupon(shop, session, book, wish.coupon or "", caller.actor)
            detail |= {"template": row.template, "code": row.code}
        note(session, book.now, caller.actor, "give", f"member:{book.member_id}", detail)


def _awaiting(session: Session, gift_id: int, now: datetime) -> Any:
    giver = (staff_members.c.role + ":" + staff_members.c.name).label("giver")
    of = staff_gifts.join(staff_members, staff_members.c.id == staff_gifts.c.staff_id)
    found = select(staff_gifts, giver).select_from(of).where(staff_gifts.c.id == gift_id)
    row = session.execute(found.with_for_update(of=staff_gifts)).one_or_none()
    if row is None:
        raise Refused("unknown-gift", gift=gift_id)
    if row.state != "awaiting":
        raise Refused("gift-decided", state=row.state)
    if row.lapses_at <= now:
        raise Refused("gift-lapsed", lapsed=row.lapses_at.isoformat())
    return row
