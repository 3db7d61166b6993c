"""Goals in the books: given once when reached, taken back exactly when not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from core.db.coupons import coupons
from core.db.ledger import entries
from core.db.purchases import purchases
from core.services.books.audit import audit
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.services.once import Caller
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_coupon import CouponRollback, rollback_coupon
from core.shop import Shop
from core.words import entry_name, explain
from core.words.texts import LANGUAGES
from tests.club import give, publish
from tests.conftest import FrozenClock
from tests.services.books.reaching import MILESTONES, SMALL, brought, held, take_mug, use
from tests.shopping import balance_of, bring_back, buy, enrol_one, line, proven


def test_a_milestone_comes_once_with_points_and_coupon(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    buy(goals, ann, "a1", line(49_900, "fresh"))  # 998 points, but spent on one day: cashback comes too
    assert brought(goals, ann, "loyal") == [("bonus", 100)]
    clock.move(days=1)
    last = buy(goals, ann, "a2", line(100_000))
    assert brought(goals, ann, "loyal") == [("bonus", 100)]
    assert held(goals, ann, "loyal") == ["issued"]
    assert last.balance == 998 + 100 + 100 + 1000  # points, the first purchase's bonus, the milestones, points
    proven(goals)


def test_each_mark_is_a_gift_of_its_own(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    assert [entry.rule for entry in buy(goals, ann, "a1", line(20_000)).entries] == ["base", "first"]
    clock.move(days=1)
    second = buy(goals, ann, "a2", line(29_999))
    assert brought(goals, ann, "loyal") == []
    clock.move(days=1)
    third = buy(goals, ann, "a3", line(100, "fresh"), line(100)).entries[-1]
    assert (third.rule, third.points, third.source) == ("goal:loyal", 40, "goal:loyal:ever")
    assert third.explanation["inputs"] == {
        "of": "points_earned",
        "within": "ever",
        "period": "ever",
        "measure": None,
        "total": 502,
        "coupons": {"ten-off": 1},
    }
    assert third.explanation["steps"] == [
        {"do": "goal"},
        {"do": "goal_points", "at": 500, "times": 1, "points": 40},
        {"do": "goal_coupon", "coupon": "ten-off", "count": 1},
    ]
    clock.move(days=1)
    buy(goals, ann, "a4", line(29_900))
    clock.move(days=1)
    buy(goals, ann, "a5", line(29_900))
    assert brought(goals, ann, "loyal") == [("bonus", 40), ("bonus", 60)]
    back = bring_back(goals, second.id, "r1", amount=29_999)
    assert [(entry.rule, entry.points) for entry in back.entries] == [("base", -299), ("goal:loyal", -60)]
    assert back.entries[1].corrects_id is not None
    assert held(goals, ann, "loyal") == ["issued"]
    proven(goals)


def test_a_refund_takes_it_back_and_reaching_it_again_gives_it_again(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    first = buy(goals, ann, "a1", line(25_000, "fresh"))
    assert (brought(goals, ann, "loyal"), held(goals, ann, "loyal")) == ([("bonus", 40)], ["issued"])
    back = bring_back(goals, first.id, "r1", amount=50)
    assert [(entry.kind, entry.rule, entry.points) for entry in back.entries[-1:]] == [("reversal", "goal:loyal", -40)]
    assert held(goals, ann, "loyal") == ["void"]
    clock.move(days=1)
    buy(goals, ann, "a2", line(100))
    assert brought(goals, ann, "loyal") == [("bonus", 40), ("reversal", -40), ("bonus", 40)]
    assert held(goals, ann, "loyal") == ["void", "issued"]
    bring_back(goals, first.id, "r2", amount=24_950)
    assert brought(goals, ann, "loyal")[3:] == [("reversal", -40)]
    assert balance_of(goals, ann).active == 1
    proven(goals)


def test_a_coupon_that_was_used_stays_and_does_not_come_twice(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    first = buy(goals, ann, "a1", line(25_000, "fresh"))
    code = use(goals, ann, "R1")
    bring_back(goals, first.id, "r1", amount=25_000)
    with goals.read() as session:
        told = session.execute(select(entries.c.explanation).order_by(entries.c.id.desc()).limit(1)).scalar_one()
    assert told["steps"] == [
        {"do": "goal"},
        {"do": "goal_coupon_used", "coupon": "ten-off", "count": 1},
        {"do": "goal_back", "points": 40},
    ]
    proven(goals)
    clock.move(days=1)
    again = buy(goals, ann, "a2", line(25_500, "fresh"))
    assert held(goals, ann, "loyal") == ["redeemed"]
    assert brought(goals, ann, "loyal") == [("bonus", 40), ("reversal", -40), ("bonus", 40)]
    undo = CouponRollback(code=code, external_id="R1")
    bring_back(goals, again.id, "r2", amount=25_500)
    assert rollback_coupon(goals, Caller("till:1", "undo"), undo).status == "void"  # nobody has reached anything
    assert held(goals, ann, "loyal") == ["void"]
    proven(goals)
    clock.move(days=1)
    buy(goals, ann, "a3", line(25_500, "fresh"))
    assert rollback_coupon(goals, Caller("till:1", "undo again"), undo).status == "void"
    assert held(goals, ann, "loyal") == ["void", "issued"]
    proven(goals)


def test_cashback_of_a_day_in_coupons(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    first = buy(goals, ann, "a1", line(29_999, "gift-card"))
    assert held(goals, ann, "cashback") == []
    clock.move(hours=15)
    second = buy(goals, ann, "a2", line(60_001, "gift-card"))
    assert held(goals, ann, "cashback") == ["issued"] * 3
    assert [(entry.kind, entry.points) for entry in second.entries[-1:]] == [("bonus", 0)]
    clock.move(hours=1)
    buy(goals, ann, "a3", line(60_000, "gift-card"))
    assert held(goals, ann, "cashback") == ["issued"] * 5
    buy(goals, ann, "a4", line(999_000, "gift-card"))
    assert held(goals, ann, "cashback") == ["issued"] * 6
    use(goals, ann, "R1")
    bring_back(goals, first.id, "r1", amount=1)
    assert sorted(held(goals, ann, "cashback:2026-03-10")) == ["issued", "redeemed", "void"]
    bring_back(goals, second.id, "r2", amount=60_001)
    assert sorted(held(goals, ann, "cashback:2026-03-10")) == ["redeemed", "void", "void"]
    proven(goals)


def test_a_rebate_of_points_spent_goes_with_the_reward(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    give(goals, ann, 2_000)
    first = take_mug(goals, ann, "m1")
    assert (brought(goals, ann, "rebate"), balance_of(goals, ann).active) == ([("bonus", 30)], 1_730)
    clock.move(days=1)
    take_mug(goals, ann, "m2")
    assert brought(goals, ann, "rebate") == [("bonus", 30), ("bonus", 20)]
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))  # April: a month of its own
    take_mug(goals, ann, "m3")
    assert brought(goals, ann, "rebate")[2:] == [("bonus", 30)]
    cancel_reward(goals, Caller("till:1", "c1"), CancelReward(code=first))
    assert brought(goals, ann, "rebate")[3:] == [("reversal", -20)]
    assert balance_of(goals, ann).active == 2_000 - 600 + 60
    proven(goals)


@pytest.mark.parametrize(("policy", "debt"), [("debt", 640), ("within_balance", 0)])
def test_it_is_taken_back_under_the_version_that_gave_it(
    bare_shop: Shop, clock: FrozenClock, policy: str, debt: int
) -> None:
    """What was spent is owed or let off as that version says, and what happens later takes no more."""
    publish(bare_shop, (SMALL + MILESTONES).replace("[earning]", f'[earning]\nrefund_policy = "{policy}"', 1))
    ann = enrol_one(bare_shop)
    first = buy(bare_shop, ann, "a1", line(25_000, "fresh"))
    clock.move(days=1)
    other = {"debt": "within_balance", "within_balance": "debt"}[policy]
    publish(bare_shop, SMALL.replace("[earning]", f'[earning]\nrefund_policy = "{other}"', 1))
    give(bare_shop, ann, -(500 + 100 + 40))
    back = bring_back(bare_shop, first.id, "r1", amount=25_000)
    assert (back.debt, back.balance) == (debt, -debt)
    with bare_shop.read() as session:
        taken = session.execute(select(entries).where(entries.c.rule == "goal:loyal").order_by(entries.c.id)).all()
    assert [(row.kind, row.points, row.program_version) for row in taken] == [("bonus", 40, 1), ("reversal", -40, 1)]
    buy(bare_shop, ann, "late", line(100), at=clock.now() - timedelta(days=3))
    assert len(brought(bare_shop, ann, "loyal")) == 2
    proven(bare_shop)


def test_a_new_version_counts_what_was_before_with_the_next_purchase(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, SMALL)
    ann = enrol_one(bare_shop)
    buy(bare_shop, ann, "a1", line(60_000))
    clock.move(days=1)
    publish(bare_shop, SMALL + MILESTONES)
    clock.move(days=1)
    assert [entry.points for entry in buy(bare_shop, ann, "a2", line(100)).entries] == [1, 40]
    clock.move(days=1)
    publish(bare_shop, SMALL + MILESTONES.replace("points = 40", "points = 45"))
    clock.move(days=1)
    assert [entry.points for entry in buy(bare_shop, ann, "a3", line(100)).entries] == [1, 5]
    clock.move(days=1)
    publish(bare_shop, SMALL)
    clock.move(days=1)
    late = buy(bare_shop, ann, "late", line(100), at=clock.now() - timedelta(days=9))
    assert [entry.rule for entry in late.entries if entry.rule.startswith("goal")] == []
    proven(bare_shop)


def test_who_is_forgotten_keeps_no_coupon_and_gets_no_other(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    buy(goals, ann, "a1", line(25_000, "fresh"))
    give(goals, ann, 300)
    take_mug(goals, ann, "m1")
    forget_member(goals, Caller("chat:1", "forget"), Forget(member_id=ann))
    assert (held(goals, ann, "loyal"), balance_of(goals, ann).active) == (["void"], 0)
    proven(goals)


def joined(shop: Shop, keep: int, other: int) -> int:
    wish = Merge(keep=MemberRef(id=keep), other=MemberRef(id=other), reason="the same person")
    return merge_members(shop, Caller("staff:bo", f"m:{keep}:{other}"), wish).id


def test_cards_that_become_one_reach_together_what_one_would(goals: Shop, clock: FrozenClock) -> None:
    """Each keeps what it has reached alone; parted again, what was reached together goes."""
    ann, bob, cem, dan = (enrol_one(goals, name) for name in ("Ann", "Bob", "Cem", "Dan"))
    for member_id, points in ((ann, 200), (bob, 299), (cem, 500), (dan, 520)):
        buy(goals, member_id, f"p{member_id}", line(points * 50, "fresh"))
    merge_id = joined(goals, ann, bob)
    assert brought(goals, ann, "loyal") == []
    clock.move(days=1)
    buy(goals, bob, "one-more", line(100))  # bob's card leads to Ann's
    assert (brought(goals, ann, "loyal"), held(goals, ann, "loyal")) == ([("bonus", 40)], ["issued"])
    proven(goals)
    unmerge_members(goals, Caller("staff:bo", "part"), Unmerge(merge_id=merge_id, reason="two sisters"))
    assert (brought(goals, ann, "loyal"), held(goals, ann, "loyal")) == ([("bonus", 40), ("reversal", -40)], ["void"])
    proven(goals)
    joined(goals, cem, dan)  # 1,020 together bring 100; 40 came on Dan's card, 40 on Cem's
    assert (brought(goals, cem, "loyal"), brought(goals, dan, "loyal")) == (
        [("bonus", 40), ("bonus", 20)],
        [("bonus", 40)],
    )
    assert (held(goals, cem, "loyal"), held(goals, dan, "loyal")) == (["issued"], ["issued"])
    bought = select(purchases.c.id).where(purchases.c.external_id == f"p{dan}")
    with goals.reading() as (session, program):
        number = session.execute(bought).scalar_one()
        last = session.execute(select(entries).where(entries.c.points == 20, entries.c.member_id == cem)).one()
    assert explain(program, last, "en", strict=True)[-2:] == [
        "Given on a card that was joined to yours: 40 points",
        "Given before: 40 points",
    ]
    bring_back(goals, number, "r1", amount=26_000)
    assert sum(points for _, points in brought(goals, cem, "loyal")) == 40
    assert sum(points for _, points in brought(goals, dan, "loyal")) == 0
    proven(goals)


def test_audit_finds_what_was_not_reached(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    buy(goals, ann, "a1", line(60_000, "gift-card"))
    buy(goals, ann, "a2", line(25_000, "fresh"))
    with goals.write() as session:
        session.execute(update(coupons).where(coupons.c.id == 1).values(source="goal:cashback:2026-03-09"))
    found = [(each.what, each.where, each.stored, each.proven) for each in audit(goals).differences]
    assert found == [("goal", "cashback:2026-03-09", "0 points, 1 × ten-off", "0 points")]
    with goals.write() as session:
        session.execute(update(coupons).where(coupons.c.id == 1).values(source="goal:cashback:2026-03-10"))
    proven(goals)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_said(goals: Shop, clock: FrozenClock, language: str) -> None:
    ann = enrol_one(goals)
    first = buy(goals, ann, "a1", line(60_000, "fresh"))
    use(goals, ann, "R1")
    give(goals, ann, 1_000)
    take_mug(goals, ann, "m1")
    take_mug(goals, ann, "m2")
    bring_back(goals, first.id, "r1", amount=60_000)
    with goals.reading() as (session, program):
        rows = session.execute(select(entries).where(entries.c.rule.like("goal:%")).order_by(entries.c.id)).all()
    done = {step["do"] for row in rows for step in row.explanation["steps"]}
    assert done == {
        "goal",
        "goal_points",
        "goal_part",
        "goal_coupons",
        "goal_coupon",
        "goal_coupon_void",
        "goal_coupon_used",
        "goal_before",
        "goal_back",
    }
    said = []
    for row in rows:
        said += [entry_name(program, row, language, strict=True), *explain(program, row, language, strict=True)]
    assert all(each and "{" not in each and "…" not in each for each in said)
    if language == "en":
        assert said[:4] == [
            "A loyal customer",
            "In all: 1,200 points earned",
            "From 500 points earned on: 40 points",
            "From 900 points earned on: 60 points",
        ]
