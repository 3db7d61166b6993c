"""Goals in the books: given once when reached, taken back exactly when not, whatever order things come in."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.db.coupons import coupons
from core.db.ledger import accounts, entries
from core.db.purchases import purchases
from core.insight.coupons import coupons as coupons_of
from core.rules.goals import BEGINNING, Fact
from core.services.books.audit import audit
from core.services.books.stored_records import StoredRecords
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.services.once import Caller
from core.services.purchases.record_purchase import record_purchases
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_coupon import CouponRollback, CouponUse, redeem_coupon, rollback_coupon
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words import entry_name, explain
from core.words.texts import LANGUAGES
from tests.club import give, publish
from tests.conftest import FrozenClock
from tests.shopping import STORIES, balance_of, bring_back, buy, enrol_one, line, order, proven

SMALL = (Path(__file__).parent.parent.parent / "small.toml").read_text(encoding="utf-8")
MORNING = datetime(2026, 3, 10, 0, tzinfo=UTC)  # 8 in Shanghai
MILESTONES = """
[[goals]]
id = "loyal"
name = { en = "A loyal customer", zh-Hans = "忠实顾客" }
of = "points_earned"
steps = [{ at = 500, points = 40, coupon = "ten-off" }, { at = 900, points = 60 }]
"""
CASHBACK = """
[[goals]]
id = "cashback"
name = { en = "Cashback", zh-Hans = "满额返" }
of = "spend"
within = "day"
steps = [{ at = 30_000, every = 30_000, times = 3, coupon = "ten-off" }]
"""
REBATE = """
[[goals]]
id = "rebate"
name = { en = "Points back", zh-Hans = "积分返还" }
of = "points_spent"
within = "month"
cap = 50
steps = [{ at = 300, part = "1/10" }]
"""


@pytest.fixture
def goals(bare_shop: Shop, clock: FrozenClock) -> Shop:
    """Earning 1 point a yuan at every tier, so that sums are easily reckoned."""
    source = SMALL.replace("tier_rates = { silver = 1.5, gold = 2 }\n", "")
    publish(bare_shop, source + MILESTONES + CASHBACK + REBATE)
    clock.set(MORNING)
    return bare_shop


def brought(shop: Shop, member_id: int, goal: str) -> list[tuple[str, int]]:
    query = select(entries).where(entries.c.member_id == member_id, entries.c.rule == f"goal:{goal}")
    with shop.read() as session:
        return [(row.kind, row.points) for row in session.execute(query.order_by(entries.c.id))]


def held(shop: Shop, member_id: int, source: str) -> list[str]:
    query = select(coupons.c.status).where(coupons.c.member_id == member_id, coupons.c.source.like(f"goal:{source}%"))
    with shop.read() as session:
        return list(session.execute(query.order_by(coupons.c.id)).scalars())


def use(shop: Shop, member_id: int, receipt: str) -> str:
    with shop.read() as session:
        code = coupons_of(shop, session, member_id)[0].code
    wish = CouponUse(code=code, external_id=receipt, lines=[line(5_000)])
    redeem_coupon(shop, Caller("till:1", f"use:{receipt}"), wish)
    return code


def take_mug(shop: Shop, member_id: int, key: str) -> str:
    wish = RewardWish(member=MemberRef(id=member_id), reward="mug")
    return redeem_reward(shop, Caller("till:1", key), wish).code


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


def sums_of(shop: Shop, member_id: int) -> dict[str, list[object]] | None:
    with shop.read() as session:
        kept = session.execute(select(accounts.c.goal_sums).where(accounts.c.member_id == member_id)).scalar_one()
    return kept["sums"] if kept else None


def test_a_purchase_that_reaches_nothing_reads_nothing_of_what_came_before(
    goals: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = enrol_one(goals)
    since: list[datetime] = []
    read = StoredRecords.facts

    def watched(own: StoredRecords, who: int, at: datetime) -> list[Fact]:
        since.append(at)
        return read(own, who, at)

    monkeypatch.setattr(StoredRecords, "facts", watched)
    buy(goals, ann, "a1", line(20_000))
    clock.move(days=1)
    buy(goals, ann, "a2", line(29_900))
    assert (since, sums_of(goals, ann)) == (
        [],
        {"loyal": ["ever", 499, 500], "cashback": ["2026-03-11", 29_900, 30_000], "rebate": ["2026-03", 0, 300]},
    )
    clock.move(hours=1)
    buy(goals, ann, "a3", line(99))
    assert since == []
    clock.move(hours=1)
    buy(goals, ann, "a4", line(100))  # both are reached: the day's alone would be read from its morning on
    assert since == [BEGINNING]
    assert sums_of(goals, ann) == {
        "loyal": ["ever", 500, 900],
        "cashback": ["2026-03-11", 30_099, 60_000],
        "rebate": ["2026-03", 0, 300],
    }
    clock.move(hours=1)
    buy(goals, ann, "a5", line(29_901))
    assert since == [BEGINNING, datetime(2026, 3, 10, 16, tzinfo=UTC)]
    proven(goals)
    publish(goals, SMALL + CASHBACK)
    clock.move(hours=1)
    buy(goals, ann, "a6", line(100))
    assert (len(since), sums_of(goals, ann)) == (3, {"cashback": ["2026-03-11", 60_100, 90_000]})
    proven(goals)


def test_audit_finds_sums_that_are_wrong(goals: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(goals)
    buy(goals, ann, "a1", line(100))
    wrong = {"version": 1, "sums": {"loyal": ["ever", 2, 500]}}
    with goals.write() as session:
        right = session.execute(select(accounts.c.goal_sums).where(accounts.c.member_id == ann)).scalar_one()
        session.execute(update(accounts).where(accounts.c.member_id == ann).values(goal_sums=wrong))
    [found] = audit(goals).differences
    assert (found.what, found.where) == ("goal", "sums")
    assert [json.loads(each) for each in (found.stored, found.proven)] == [wrong, right]


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_any_order_of_arrival_brings_the_same(goals: Shop, clock: FrozenClock, arrival: tuple[int, ...]) -> None:
    """The first two make a day's cashback, the last reaches the milestone."""
    bought = [(1, 20_000), (5, 10_000), (30, 22_000)]
    ann = enrol_one(goals)
    clock.move(days=10)
    for number in arrival:
        hours, amount = bought[number]
        buy(goals, ann, f"a{number}", line(amount), at=MORNING + timedelta(hours=hours))
    assert sum(points for _, points in brought(goals, ann, "loyal")) == 40
    assert held(goals, ann, "loyal").count("issued") == 1
    assert held(goals, ann, "cashback").count("issued") == 1
    assert balance_of(goals, ann).active == 520 + 100 + 40
    proven(goals)


drawn = st.lists(
    st.tuples(st.integers(0, 60), st.integers(5_000, 70_000)), min_size=1, max_size=5, unique_by=lambda each: each[0]
)
_names = iter(range(1_000_000))


@STORIES
@given(bought=drawn, data=st.data())
def test_whatever_comes_when_the_gifts_are_those_of_what_was_kept(
    goals: Shop, clock: FrozenClock, bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Against a reckoning from scratch; a coupon is used now and then, and stays."""
    clock.set(MORNING + timedelta(days=5))
    name = f"{next(_names)}"
    ann = enrol_one(goals, name, joined_at=MORNING)
    kept = dict(bought)
    for hour, amount in data.draw(st.permutations(bought)):
        made = buy(goals, ann, f"{name}-{hour}", line(amount), at=MORNING + timedelta(hours=hour))
        for part in range(data.draw(st.integers(0, 2))):
            back = data.draw(st.integers(0, kept[hour]))
            if back:
                bring_back(goals, made.id, f"{name}-r{hour}-{part}", amount=back)
                kept[hour] -= back
    earned = sum(amount // 100 for amount in kept.values())
    days: dict[object, int] = {}
    for hour, amount in kept.items():
        day = (MORNING + timedelta(hours=hour + 8)).date()
        days[day] = days.get(day, 0) + amount
    assert sum(points for _, points in brought(goals, ann, "loyal")) == 40 * (earned >= 500) + 60 * (earned >= 900)
    assert held(goals, ann, "loyal").count("issued") == (earned >= 500)
    due = sum(min(3, amount // 30_000) for amount in days.values())
    assert held(goals, ann, "cashback").count("issued") == due
    proven(goals)


def test_many_at_once_bring_the_same(goals: Shop, clock: FrozenClock) -> None:
    clock.move(days=10)
    ann = enrol_one(goals, joined_at=MORNING)
    orders = [order(ann, f"a{n}", MORNING + timedelta(hours=30 * n), line(30_000)) for n in range(4)]
    assert len(list(record_purchases(goals, Caller("import", "i"), orders))) == 4
    assert brought(goals, ann, "loyal") == [("bonus", 40), ("bonus", 60)]
    assert held(goals, ann, "cashback") == ["issued"] * 4
    proven(goals)


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
