"""The report of a replay: exact figures of outcomes made by hand, and a draft over a small shop's real history."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.program.loading import ProgramError, load, read
from core.rules.refusal import Refused
from core.services.programs.replay_program import Pair, folded, point_worth, replay_program, report_of
from core.services.replaying.explaining import rules
from core.services.replaying.outcome import NOTICES, Entered, Outcome, Unpaid
from core.services.replaying.report import ReplayReport, Sides
from core.shop import Shop, Version
from tests.conftest import FIVE_TIER, SMALL, FrozenClock
from tests.shopping import buy, dump, enrol_one, line

SOURCE = read(SMALL)
SMALL_PROGRAM = load(SOURCE, "small")
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TWICE = SOURCE.replace("points = 1\nper = 100", "points = 2\nper = 100")


def stands(member_id: int, active: int, tier: str = "basic", **more: Any) -> Outcome:
    plain: dict[str, Any] = {"pending": 0, "debt": 0, "tier_until": None, "lots": (), "lapsed": 0, "notices": {}}
    return Outcome(member_id=member_id, active=active, tier=tier, **plain | more)


def report(*pairs: Pair) -> ReplayReport:
    return report_of(folded(SMALL_PROGRAM, pairs), Version(1, SMALL_PROGRAM, NOW), "0" * 64, None, NOW)


def test_every_figure_is_counted() -> None:
    told = report(
        (stands(1, 100), stands(1, 130, "silver", pending=20, notices={"tier_reached": 1, "points_earned": 3})),
        (stands(2, 50, "gold", lapsed=7), stands(2, 10, debt=5, unpaid=(Unpaid("mug", 300, "points-short"),))),
        (stands(3, 5, "silver", notices={"points_earned": 2}), stands(3, 5, "silver", notices={"points_earned": 2})),
        (stands(4, 0), stands(4, 0, refused={"category-unknown": 2}, unpaid=(Unpaid("mug", 200, "points-short"),))),
    )
    assert (told.members, told.different, told.unchanged, told.not_replayed) == (4, 3, 2, 0)
    assert told.gaining.model_dump() == {"members": 1, "points": 50}
    assert told.losing.model_dump() == {"members": 1, "points": 45}
    assert [(each.before, each.after, each.members) for each in told.tiers] == [
        ("basic", "basic", 1),
        ("basic", "silver", 1),
        ("silver", "silver", 1),
        ("gold", "basic", 1),
    ]
    assert (told.active, told.pending) == (Sides(before=155, after=145), Sides(before=0, after=20))
    assert (told.liability, told.debt) == (Sides(before=155, after=165), Sides(before=0, after=5))
    assert told.lapsed == Sides(before=7, after=0)
    assert set(told.notices) == set(NOTICES)
    assert told.notices["points_earned"] == Sides(before=2, after=5)
    assert [each.model_dump() for each in told.unpaid] == [
        {"reward": "mug", "reason": "points-short", "times": 2, "points": 500}
    ]
    assert told.refused == {"category-unknown": 2}


def test_the_most_affected_come_first_and_are_ten() -> None:
    """By points, then by how far the tier moves, then by who joined first; who stands the same is never among them."""
    pairs = [(stands(each, 100), stands(each, 100 + each)) for each in range(1, 11)]
    pairs += [(stands(20, 100), stands(20, 95)), (stands(21, 100), stands(21, 95, "silver"))]
    pairs += [(stands(30, 9_999), stands(30, 9_999))]
    assert folded(SMALL_PROGRAM, pairs).affected() == [10, 9, 8, 7, 6, 21, 5, 20, 4, 3]


def test_nothing_is_kept_of_members_who_are_counted() -> None:
    def many(members: int) -> Iterator[Pair]:
        for each in range(members):
            yield stands(each, each), stands(each, each + each % 50)

    def peak(members: int) -> int:
        tracemalloc.start()
        folded(SMALL_PROGRAM, many(members))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(100)
    assert peak(20_000) < peak(2_000) + 20_000


def test_rules_are_told_by_what_they_change() -> None:
    def entered(*sums: tuple[str, int]) -> tuple[Entered, ...]:
        return tuple(Entered("accrual", points, rule, NOW, {}) for rule, points in sums)

    before = entered(("base", 100), ("base", -30), ("first", 100), ("reward:mug", -50))
    after = entered(("base", 140), ("base", -40), ("first", 100), ("streak", 45))
    assert [(each.rule, each.before, each.after) for each in rules(before, after)] == [
        ("reward:mug", -50, 0),
        ("streak", 0, 45),
        ("base", 70, 100),
    ]


def test_a_point_is_worth_what_the_best_coupon_takes_off() -> None:
    assert point_worth(SMALL_PROGRAM) is None
    program = load(read(FIVE_TIER), "five-tier")
    coupons = {each.coupon: each for each in program.rewards if each.coupon}
    assert point_worth(program) == max(
        program.coupon(template).discount.amount / price.points  # type: ignore[union-attr]
        for template, reward in coupons.items()
        for prices in [reward.prices, *reward.tier_prices.values()]
        for price in prices
    )


@pytest.fixture
def lived(small_shop: Shop, clock: FrozenClock) -> Shop:
    """Ann bought for 40 yuan and, ten days later, for 1,000; Bob for 10."""
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    buy(small_shop, ann, "p1", line(4_000))
    buy(small_shop, bob, "p2", line(1_000))
    clock.move(days=10)
    buy(small_shop, ann, "p3", line(100_000))
    clock.move(days=1)
    return small_shop


def test_the_published_program_makes_no_difference(lived: Shop) -> None:
    before = dump(lived)
    told = replay_program(lived, SOURCE)
    assert (told.members, told.different, told.affected, told.refused) == (2, 0, [], {})
    assert dump(lived) == before


def test_a_draft_is_told_with_the_rules_that_make_the_difference(lived: Shop) -> None:
    told = replay_program(lived, TWICE)
    assert (told.gaining.members, told.gaining.points, told.losing.members) == (2, 1_050, 0)
    ann, bob = told.affected
    assert (ann.before.balance, ann.after.balance, ann.after.tier) == (1_040, 2_080, "silver")
    assert [(each.rule, each.before, each.after) for each in ann.rules] == [("base", 1_040, 2_080)]
    assert ann.example is not None
    assert (ann.example.before, ann.example.after) == (1_000, 2_000)
    assert "1 point for every CN¥1.00" in ann.example.explained_before[0]
    assert "2 points for every CN¥1.00" in ann.example.explained_after[0]
    assert (bob.before.balance, bob.after.balance) == (10, 20)


def test_a_draft_judges_from_its_day_on(lived: Shop, clock: FrozenClock) -> None:
    told = replay_program(lived, TWICE, clock.now() - timedelta(days=2))
    assert (told.gaining.members, told.gaining.points, told.unchanged) == (1, 1_000, 1)


def test_what_cannot_be_replayed_is_refused(lived: Shop) -> None:
    with pytest.raises(ProgramError, match="schema"):
        replay_program(lived, SOURCE.replace("schema = 1", "schema = 2"))
    with pytest.raises(Refused, match="program-currency-changed"):
        replay_program(lived, SOURCE.replace('"CNY"', '"USD"'))
