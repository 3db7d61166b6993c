"""Staff in chat: links that work once, and gifts that take a second person beyond the day's limit."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.db.staff import audit_logs, staff_gifts, staff_notices
from core.insight.staff import gift, gifts_awaiting, staff_in_chat
from core.rules.refusal import Refused
from core.rules.staff import GiftLimits, second_needed
from core.services.books.audit import audit
from core.services.chats.join_chat import open_chat
from core.services.once import Caller
from core.services.staff.give import Gift, GiftDecision, decide_gift, give
from core.services.staff.joining import StaffInvite, StaffJoin, invite_staff, link_staff, revoke_staff
from core.services.staff.notices import hold_notices, told
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import balance_of, enrol_one

LIMITS = GiftLimits(points=500, coupons=1)
ANN, BEA = 501, 502


def at_work(shop: Shop, name: str, role: Any, chat_id: int) -> str:
    """Invited and linked; the payload that did it."""
    open_chat(shop, chat_id, "en")
    payload = invite_staff(shop, "admin:cli", StaffInvite(name=name, role=role)).join_payload
    link_staff(shop, Caller("telegram", f"link:{chat_id}:{payload}"), StaffJoin(chat_id=chat_id, payload=payload))
    return payload


@pytest.fixture
def member(small_shop: Shop) -> int:
    at_work(small_shop, "ann", "staff", ANN)
    at_work(small_shop, "bea", "admin", BEA)
    return enrol_one(small_shop)


def given(shop: Shop, key: str, chat_id: int = ANN, **what: Any) -> str:
    wish = Gift.model_validate({"chat_id": chat_id, "reason": "Spilt coffee", **what})
    return give(shop, Caller(f"telegram:{chat_id}", key), wish, LIMITS).state


def decided(shop: Shop, key: str, gift_id: int, chat_id: int = BEA, *, through: bool = True) -> str:
    wish = GiftDecision(chat_id=chat_id, gift_id=gift_id, through=through)
    return decide_gift(shop, Caller(f"telegram:{chat_id}", key), wish).state


def logged(shop: Shop, action: str) -> list[Any]:
    with shop.read() as session:
        of = select(audit_logs.c.actor, audit_logs.c.target, audit_logs.c.detail).where(audit_logs.c.action == action)
        return list(session.execute(of.order_by(audit_logs.c.id)))


def test_a_link_works_once(bare_shop: Shop) -> None:
    payload = at_work(bare_shop, "ann", "staff", ANN)
    with bare_shop.read() as session:
        found = staff_in_chat(session, ANN)
    assert found is not None
    assert (found.name, found.role, found.actor) == ("ann", "staff", "staff:ann")
    open_chat(bare_shop, BEA, "en")
    with pytest.raises(Refused, match="staff-link-unknown"):
        link_staff(bare_shop, Caller("telegram", "again"), StaffJoin(chat_id=BEA, payload=payload))


def test_a_link_lasts_a_day(bare_shop: Shop, clock: FrozenClock) -> None:
    open_chat(bare_shop, ANN, "en")
    link = invite_staff(bare_shop, "admin:cli", StaffInvite(name="ann", role="staff"))
    clock.set(link.until)
    with pytest.raises(Refused, match="staff-link-unknown"):
        link_staff(bare_shop, Caller("telegram", "late"), StaffJoin(chat_id=ANN, payload=link.join_payload))


def test_a_chat_is_one_persons_and_a_person_has_one_chat(bare_shop: Shop) -> None:
    at_work(bare_shop, "ann", "staff", ANN)
    with pytest.raises(Refused, match="chat-of-other-staff"):
        at_work(bare_shop, "bea", "admin", ANN)
    at_work(bare_shop, "ann", "admin", BEA)
    with bare_shop.read() as session:
        assert staff_in_chat(session, ANN) is None
        found = staff_in_chat(session, BEA)
    assert found is not None
    assert found.role == "admin"


def test_who_was_let_go_may_do_nothing(small_shop: Shop, member: int) -> None:
    assert revoke_staff(small_shop, "admin:cli", "ann")
    assert not revoke_staff(small_shop, "admin:cli", "ann")
    with pytest.raises(Refused, match="not-staff"):
        given(small_shop, "k", member_id=member, points=1)
    assert balance_of(small_shop, member).active == 0


def test_within_the_limit_nobody_else_is_asked(small_shop: Shop, member: int) -> None:
    assert given(small_shop, "a", member_id=member, points=300) == "given"
    assert given(small_shop, "a", member_id=member, points=300) == "given"  # the same tap again
    assert given(small_shop, "b", member_id=member, points=200) == "given"
    assert balance_of(small_shop, member).active == 500
    actor, target, detail = logged(small_shop, "give")[0]
    assert (actor, target, detail["points"], detail["approved_by"]) == ("staff:ann", f"member:{member}", 300, None)


def test_beyond_the_limit_a_second_person_decides_once(small_shop: Shop, member: int) -> None:
    assert given(small_shop, "a", member_id=member, points=501) == "awaiting"
    assert balance_of(small_shop, member).active == 0
    with small_shop.read() as session:
        [waiting] = gifts_awaiting(session, small_shop.now(), but=0)
    assert (waiting.by, waiting.points, waiting.member) == ("ann", 501, "Ann")
    assert decided(small_shop, "yes", waiting.id) == "given"
    assert decided(small_shop, "yes", waiting.id) == "given"
    assert balance_of(small_shop, member).active == 501
    assert logged(small_shop, "give")[0].detail["approved_by"] == "admin:bea"
    assert [(row.actor, row.target) for row in logged(small_shop, "ask_gift")] == [("staff:ann", f"member:{member}")]
    assert [(row.actor, row.detail) for row in logged(small_shop, "approve_gift")] == [("admin:bea", {"gift": 1})]
    with pytest.raises(Refused, match="gift-decided"):
        decided(small_shop, "no", waiting.id, through=False)
    assert given(small_shop, "b", member_id=member, points=500) == "given"  # what a second person let through is apart
    assert audit(small_shop).differences == []


def test_what_is_not_let_through_changes_nothing(small_shop: Shop, member: int) -> None:
    given(small_shop, "a", member_id=member, points=501)
    assert decided(small_shop, "no", 1, through=False) == "refused"
    assert balance_of(small_shop, member).active == 0
    with small_shop.read() as session:
        view = gift(session, 1)
    assert view is not None
    assert (view.state, view.decided_by) == ("refused", "bea")


def test_nobody_lets_their_own_gift_through(small_shop: Shop, member: int) -> None:
    at_work(small_shop, "cid", "admin", 503)
    given(small_shop, "a", chat_id=BEA, member_id=member, points=501)
    with pytest.raises(Refused, match="own-gift"):
        decided(small_shop, "yes", 1, chat_id=BEA)
    with pytest.raises(Refused, match="staff-role"):
        decided(small_shop, "yes", 1, chat_id=ANN)
    at_work(small_shop, "BEA", "admin", 504)  # the same person, for all that anybody knows
    with pytest.raises(Refused, match="own-gift"):
        decided(small_shop, "yes", 1, chat_id=504)
    assert decided(small_shop, "yes", 1, chat_id=503) == "given"


def test_a_gift_that_nobody_decides_lapses(small_shop: Shop, member: int, clock: FrozenClock) -> None:
    given(small_shop, "a", member_id=member, points=501)
    clock.move(days=7)
    with small_shop.read() as session:
        assert gifts_awaiting(session, small_shop.now(), but=0) == []
    with pytest.raises(Refused, match="gift-lapsed"):
        decided(small_shop, "yes", 1)


def test_without_a_second_person_nothing_is_kept(small_shop: Shop, member: int) -> None:
    revoke_staff(small_shop, "admin:cli", "bea")
    with pytest.raises(Refused, match="no-second-person"):
        given(small_shop, "a", member_id=member, points=501)
    with small_shop.read() as session:
        assert session.execute(select(staff_gifts)).all() == []
        assert session.execute(select(staff_notices)).all() == []


def test_a_limit_is_the_days(small_shop: Shop, member: int, clock: FrozenClock) -> None:
    given(small_shop, "a", member_id=member, points=500)
    assert given(small_shop, "b", member_id=member, points=1) == "awaiting"
    clock.move(days=1)
    assert given(small_shop, "c", member_id=member, points=1) == "given"


@pytest.mark.parametrize(
    ("points", "given_points", "given_coupons", "needed"),
    [(500, 0, 9, False), (501, 0, 0, True), (1, 500, 0, True), (None, 900, 0, False), (None, 0, 1, True)],
)
def test_where_the_limit_lies(points: int | None, given_points: int, given_coupons: int, needed: bool) -> None:
    assert second_needed(points, given_points, given_coupons, LIMITS) is needed


def test_a_notice_is_tended_by_one_until_it_is_settled(small_shop: Shop, member: int, clock: FrozenClock) -> None:
    given(small_shop, "a", member_id=member, points=501)
    first, second = hold_notices(small_shop)
    assert [(each.chat_id, each.about, each.message_id) for each in (first, second)] == [
        (ANN, "gift:1", None),
        (BEA, "gift:1", None),
    ]
    assert hold_notices(small_shop) == []
    told(small_shop, first, 77, "a" * 64, settled=False, again_s=2)
    told(small_shop, second, 78, "a" * 64, settled=True, again_s=2)
    clock.move(seconds=2)
    [again] = hold_notices(small_shop)
    assert (again.id, again.message_id, again.shown) == (first.id, 77, "a" * 64)
    clock.move(seconds=31)
    revoke_staff(small_shop, "admin:cli", "ann")
    assert hold_notices(small_shop) == []


def test_a_notice_is_shown_anew_in_another_chat(small_shop: Shop, member: int, clock: FrozenClock) -> None:
    given(small_shop, "a", member_id=member, points=501)
    first, second = hold_notices(small_shop)
    told(small_shop, first, 77, "a" * 64, settled=False, again_s=2)
    told(small_shop, second, 78, "a" * 64, settled=True, again_s=2)
    clock.move(seconds=2)
    [late] = hold_notices(small_shop)
    at_work(small_shop, "ann", "staff", 601)
    told(small_shop, late, 77, "b" * 64, settled=True, again_s=2)
    clock.move(seconds=31)
    assert [(each.chat_id, each.message_id) for each in hold_notices(small_shop)] == [(601, None)]
