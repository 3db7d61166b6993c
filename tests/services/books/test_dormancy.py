"""Members who stay away for two years are closed, however late a purchase is told of, and staff may reopen them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import insert, select, update

from core.db.facts import member_facts
from core.db.ledger import allocations
from core.db.ledger import entries as ledger
from core.db.members import members
from core.insight.tier import moves
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.books.adjust import Adjustment, adjust
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.services.care.preview_care import preview_care
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.purchases.record_purchase import record_purchases
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.services.segments.refresh_facts import refresh_facts
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.dormancy import BO, CAPS, CLOSED, NOTICE, PLAIN, SOURCE, on_to, reopen, seen, shop, stands, till, told
from tests.rules.stores import shanghai
from tests.shopping import bring_back, buy, dump, enrol_one, line, order, proven
from tests.stored_value import PREPAID, pays, tops_up

__all__ = ["shop"]


def test_who_bought_nothing_for_two_years_is_closed(shop: Shop, clock: FrozenClock) -> None:
    ann, never = enrol_one(shop), enrol_one(shop, "Never")
    buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 1, 23, 59))
    assert (stands(shop, ann), stands(shop, never)) == ((None, "silver", 1300), (None, "basic", 0))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    run_due(shop)
    assert (stands(shop, ann), stands(shop, never)) == ((CLOSED, "basic", 0), (CLOSED, "basic", 0))
    assert told(shop, ann)[2:] == [("expiry", "dormancy", -1300)]
    assert told(shop, never) == [("expiry", "dormancy", 0)]
    with shop.read() as session:
        (fall, _) = moves(session, ann)
    assert (fall.from_tier, fall.to_tier, fall.effective_at) == ("silver", "basic", CLOSED)


def test_a_closed_card_brings_nothing(shop: Shop, clock: FrozenClock) -> None:
    ann, ben = enrol_one(shop), enrol_one(shop, "Ben")
    known = buy(shop, ann, "p1", line(60000))
    mug = redeem_reward(shop, till("mug"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    on_to(shop, clock, shanghai(2025, 12, 1))
    buy(shop, ben, "p2", line(1000))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    ref = MemberRef(id=ann)
    before = dump(shop)
    wishes: list[Callable[[], object]] = [
        lambda: buy(shop, ann, "p3", line(1000)),
        lambda: check_in(shop, till("c"), CheckInWish(member_id=ann)),
        lambda: adjust(shop, till("a"), Adjustment(member=ref, points=5, reason="sorry")),
        lambda: merge_members(shop, till("m"), Merge(keep=MemberRef(id=ben), other=ref, reason="same")),
    ]
    for wish in wishes:
        with pytest.raises(Refused, match="member-closed"):
            wish()
    assert dump(shop) == before
    cancel_reward(shop, till("u"), CancelReward(code=mug.code))  # what comes back lapses with the rest
    run_due(shop)
    assert told(shop, ann)[-2:] == [("reversal", "reward:mug", 300), ("expiry", "dormancy", -300)]
    bring_back(shop, known.id, "r1", amount=10000)
    proven(shop)
    assert stands(shop, ann)[::2] == (CLOSED, 0)
    forget_member(shop, till("f"), Forget(member_id=ann))


def test_a_late_purchase_undoes_the_closing_that_it_disproves(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 5, 9))
    before = dump(shop)
    with pytest.raises(Refused, match="member-closed"):
        buy(shop, ann, "p2", line(1000), at=shanghai(2024, 1, 1, 15))  # of the same last day
    assert dump(shop) == before
    late = buy(shop, ann, "p3", line(1000), at=shanghai(2024, 5, 1, 15))
    assert [(each.kind, each.rule, each.points) for each in late.entries] == [
        ("reversal", "dormancy", 1300),
        ("accrual", "base", 15),  # as silver, at one and a half
    ]
    assert stands(shop, ann) == (None, "silver", 1315)
    on_to(shop, clock, shanghai(2026, 5, 2))
    assert stands(shop, ann) == (shanghai(2026, 5, 2), "basic", 0)


def test_a_late_purchase_may_come_after_the_card_was_reopened(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 5, 9))
    with pytest.raises(Refused, match="member-not-closed"):
        reopen(shop, enrol_one(shop, "Ben"))
    reopen(shop, ann)
    buy(shop, ann, "p2", line(1000))
    assert stands(shop, ann) == (None, "basic", 10)
    buy(shop, ann, "p3", line(1000), at=shanghai(2024, 5, 1, 15))
    assert stands(shop, ann) == (None, "silver", 1330)  # p2 is judged anew
    on_to(shop, clock, shanghai(2028, 1, 6))
    assert stands(shop, ann)[0] == shanghai(2028, 1, 6)


def test_a_batch_leaves_nothing_of_what_it_refuses(shop: Shop, clock: FrozenClock) -> None:
    ann, ben = enrol_one(shop), enrol_one(shop, "Ben")
    buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 5, 9))
    reopen(shop, ann)
    on_to(shop, clock, shanghai(2028, 2, 5, 9))  # closed again
    cyd = enrol_one(shop, "Cyd")
    clock.set(shanghai(2030, 3, 1, 12))  # cyd is due, and nobody has looked
    before = dump(shop)
    orders = [
        order(ann, "late", shanghai(2025, 5, 1, 15), line(1000)),  # disproves the first closing, not the second
        order(cyd, "last", shanghai(2030, 3, 1, 9), line(1000)),
    ]
    importer = Caller("importer:till", "i")
    given = [each for _, each in record_purchases(shop, importer, orders)]
    assert [getattr(each, "reason", None) for each in given] == ["member-closed", "member-closed"]
    assert dump(shop) == before
    right = order(ben, "old", shanghai(2025, 5, 1, 15), line(1000))
    ((_, taken),) = record_purchases(shop, importer, [right])
    assert getattr(taken, "balance", None) == 10


def test_what_a_refund_gave_back_does_not_come_twice(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    known = buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 5, 9))
    bring_back(shop, known.id, "r1", amount=60000)
    assert told(shop, ann)[3::2] == [("reversal", "expiry", 600), ("reversal", "expiry", 50)]
    buy(shop, ann, "p3", line(1000), at=shanghai(2024, 5, 1, 15))
    assert stands(shop, ann) == (None, "basic", 665)  # 1300 - 650, and 15 as silver that day
    with shop.read() as session:
        closing, again = session.execute(
            select(ledger.c.id).where(ledger.c.source == f"dormancy:{CLOSED.isoformat()}")
        ).scalars()
        lot = session.execute(select(allocations.c.lot_id).where(allocations.c.entry_id == again)).scalars().first()
    for points, found in ((-5000, [("lapse", str(closing), "-5000", "0")]), (5000, [])):
        with shop.write() as session:
            row = {"lot_id": lot, "entry_id": again, "points": points, "at": shop.now()}
            session.execute(insert(allocations), row)
        differences = [(each.what, each.where, each.stored, each.proven) for each in audit(shop).differences]
        assert [each for each in differences if each[0] == "lapse"] == found


def test_what_came_back_to_a_closed_card_is_there_when_it_never_was_closed(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    mug = redeem_reward(shop, till("mug"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    on_to(shop, clock, shanghai(2026, 1, 5, 9))
    cancel_reward(shop, till("u"), CancelReward(code=mug.code))
    run_due(shop)
    buy(shop, ann, "p3", line(1000), at=shanghai(2024, 5, 1, 15))
    assert told(shop, ann)[3:] == [
        ("expiry", "dormancy", -1000),
        ("reversal", "reward:mug", 300),
        ("expiry", "dormancy", -300),
        ("reversal", "dormancy", 1000),
        ("reversal", "dormancy", 300),
        ("accrual", "base", 15),
    ]
    assert stands(shop, ann) == (None, "silver", 1315)


def test_segments_know_who_is_closed(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(60000))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    refresh_facts(shop)
    with shop.read() as session:
        assert session.execute(select(member_facts.c.stage)).scalar_one() == "closed"
    reopen(shop, ann)
    refresh_facts(shop)
    with shop.read() as session:
        assert session.execute(select(member_facts.c.stage)).scalar_one() != "closed"


def test_who_had_been_away_for_longer_gets_the_notice(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2020, 1, 1, 12))
    publish(bare_shop, PLAIN)
    ann = enrol_one(bare_shop)
    clock.set(shanghai(2026, 3, 1, 12))
    publish(bare_shop, SOURCE)  # nobody is closed before 30 April
    run_due(bare_shop)
    closing = shanghai(2026, 4, 30)
    days = (date(2026, 3, 29), date(2026, 3, 30), date(2026, 3, 31))
    planned = [(each.member_id, each.text) for day in days for each in preview_care(bare_shop, day, CAPS)]
    assert planned == [(ann, "Until Apr 29, 2026.")]
    on_to(bare_shop, clock, shanghai(2026, 4, 29, 23))
    assert seen(bare_shop, ann).closed_at is None
    on_to(bare_shop, clock, shanghai(2026, 5, 3))
    assert seen(bare_shop, ann).closed_at == closing
    assert [each for day in days for each in preview_care(bare_shop, day, CAPS)] == []
    proven(bare_shop)


def test_who_is_due_is_closed_whatever_is_planned_for_later(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, PLAIN)
    ann = enrol_one(bare_shop)
    clock.set(shanghai(2026, 3, 1, 12))
    publish(bare_shop, SOURCE)
    draft = ProgramDraft(source=PLAIN, drafted_by="staff:al", effective_at=shanghai(2027, 1, 1))
    publish_program(bare_shop, Caller(BO, "later"), draft)
    run_due(bare_shop)
    (told_of,) = preview_care(bare_shop, date(2026, 3, 30), CAPS)
    assert (told_of.member_id, told_of.text) == (ann, "Until Apr 29, 2026.")
    on_to(bare_shop, clock, shanghai(2026, 5, 3))
    assert seen(bare_shop, ann).closed_at == shanghai(2026, 4, 30)
    proven(bare_shop)


def test_what_was_before_a_closing_counts_under_no_later_program(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, SOURCE.replace("months = 24", "months = 6"))
    ann = enrol_one(bare_shop)
    buy(bare_shop, ann, "p1", line(99000))
    on_to(bare_shop, clock, shanghai(2024, 7, 5))
    publish(bare_shop, PLAIN)
    reopen(bare_shop, ann)
    buy(bare_shop, ann, "p2", line(2000))  # 101000 in a year, but 2000 since
    assert stands(bare_shop, ann) == (None, "basic", 20)
    proven(bare_shop)


def test_who_parts_from_a_merge_has_the_time_from_then(shop: Shop, clock: FrozenClock) -> None:
    ann, ben = enrol_one(shop), enrol_one(shop, "Ben")
    buy(shop, ben, "p1", line(70000))
    clock.set(shanghai(2025, 6, 1))
    buy(shop, ann, "p2", line(60000))
    ref = MemberRef(id=ann)
    merge = merge_members(shop, till("m"), Merge(keep=ref, other=MemberRef(id=ben), reason="same"))
    on_to(shop, clock, shanghai(2026, 6, 1))
    unmerge_members(shop, till("u"), Unmerge(merge_id=merge.id, reason="two people"))
    run_due(shop)
    assert [stands(shop, each)[::2] for each in (ann, ben)] == [(None, 700), (None, 800)]
    on_to(shop, clock, shanghai(2028, 6, 1))
    assert seen(shop, ben).closed_at is None
    on_to(shop, clock, shanghai(2028, 6, 2))
    assert [seen(shop, each).closed_at for each in (ann, ben)] == [shanghai(2028, 6, 2)] * 2


def test_a_closed_card_takes_no_money(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, PREPAID + NOTICE)
    ann = enrol_one(bare_shop)
    tops_up(bare_shop, ann, "T1", 50_000)
    on_to(bare_shop, clock, shanghai(2026, 1, 3, 9))
    before = dump(bare_shop)
    with pytest.raises(Refused, match="member-closed"):
        tops_up(bare_shop, ann, "T2", 50_000)
    assert dump(bare_shop) == before
    pays(bare_shop, ann, "P1", 10_000)  # what is there stays the member's


def test_the_audit_finds_a_closing_that_should_not_be(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop)
    told_wrong = update(members).where(members.c.id == ann)
    with shop.write() as session:
        session.execute(told_wrong.values(closed_at=CLOSED))
    (found,) = audit(shop).differences
    assert (found.what, found.member_id, found.stored, found.proven) == ("closing", ann, str(CLOSED), "None")
    with shop.write() as session:
        session.execute(told_wrong.values(closed_at=None))
