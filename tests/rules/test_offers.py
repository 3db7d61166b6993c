"""Which offer comes first, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load, load_file
from core.program.schema import Offer, Program
from core.rules.offers import WINDOW_DAYS, Habit, Ranked, familiarity, open_to, rank, shown
from core.rules.refusal import Refusal
from tests.club import SOURCE
from tests.conftest import FIVE_TIER

CLUB: Program = load(SOURCE, "club.toml")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def offer(offer_id: str, *categories: str, **more: Any) -> Offer:
    words = {"en": offer_id}
    return Offer(id=offer_id, name=words, text=words, coupon="three", categories=list(categories), **more)


FOOD, TOYS, ALL, GOLD = offer("food", "food"), offer("toys", "toys"), offer("all"), offer("gold", tiers=["gold"])


def order(offers: list[Offer], style: str | None = None, tier: str = "basic", **days_ago: tuple[int, ...]) -> list[str]:
    habits = {root: Habit(days) for root, days in days_ago.items()}
    return [each.offer.id for each in rank(CLUB, offers, tier, style, habits, NOW)]


def why(offer_: Offer, style: str | None = None, **days_ago: tuple[int, ...]) -> list[dict[str, Any]]:
    habits = {root: Habit(days) for root, days in days_ago.items()}
    return rank(CLUB, [offer_], "gold", style, habits, NOW)[0].reasons


def test_what_is_bought_more_and_later_comes_first() -> None:
    assert order([ALL, FOOD, TOYS], food=(3,), toys=(3, 40)) == ["toys", "food", "all"]
    assert order([FOOD, TOYS], food=(100, 110), toys=(2, 3)) == ["toys", "food"]
    assert order([FOOD, TOYS], food=(170, 171, 172), toys=(10,)) == ["toys", "food"]  # 27 days of weight against 170


def test_equals_keep_the_programs_order() -> None:
    assert order([ALL, TOYS, FOOD]) == ["all", "toys", "food"]
    assert order([TOYS, FOOD], food=(9,), toys=(9,)) == ["toys", "food"]


def test_what_is_for_few_comes_first() -> None:
    assert order([FOOD, GOLD], tier="gold", food=(1, 2, 3)) == ["gold", "food"]


def test_lively_members_see_the_new_first() -> None:
    assert order([FOOD, TOYS, ALL], "lively", food=(1, 2)) == ["toys", "food", "all"]


@pytest.mark.parametrize(("style", "count"), [(None, 5), ("lively", 5), ("careful", 5), ("calm", 3), ("fast", 2)])
def test_as_many_as_the_style_bears(style: str | None, count: int) -> None:
    ranked = [Ranked(offer(f"o{number}"), []) for number in range(5)]
    assert shown(ranked, style) == ranked[:count]


def test_weight_runs_out_with_the_window() -> None:
    assert [Habit((days,)).weight for days in (0, 1, WINDOW_DAYS - 1, WINDOW_DAYS, 400)] == [180, 179, 1, 0, 0]
    assert familiarity(offer("both", "food/fruit", "toys", "food"), {"food": Habit((0,)), "toys": Habit((80,))}) == 280


def test_reasons_are_told_as_data() -> None:
    assert why(FOOD, food=(1, 2)) == [{"code": "often_bought", "category": "food", "times": 2}]
    assert why(FOOD, food=(1,)) == [{"code": "bought_before", "category": "food"}]
    assert why(FOOD) == [{"code": "new_for_you", "category": "food"}]
    assert why(GOLD) == [{"code": "tier_only", "tier": "gold"}]
    assert why(ALL) == [{"code": "for_everyone"}]
    until = NOW + timedelta(days=7)
    assert why(offer("soon", until=until)) == [{"code": "ends_soon", "until": until.isoformat()}]
    assert why(offer("later", until=until + timedelta(seconds=1))) == [{"code": "for_everyone"}]


def test_a_style_hears_as_many_reasons_as_it_likes() -> None:
    until = NOW + timedelta(days=1)
    full = offer("full", "food", "toys", tiers=["gold"], until=until)
    all_reasons: list[dict[str, Any]] = [
        {"code": "often_bought", "category": "toys", "times": 3},
        {"code": "bought_before", "category": "food"},
        {"code": "tier_only", "tier": "gold"},
        {"code": "ends_soon", "until": until.isoformat()},
    ]
    for style, count in (("careful", 4), ("fast", 1), ("calm", 2), ("lively", 2), (None, 2)):
        assert why(full, style, food=(9,), toys=(1, 2, 3)) == all_reasons[:count]


def test_an_offer_is_open_from_its_first_moment_to_before_its_last() -> None:
    since, until = NOW, NOW + timedelta(days=1)
    april = offer("april", since=since, until=until)
    moment = timedelta(microseconds=1)
    assert open_to(april, "basic", since) is None
    assert open_to(april, "basic", since - moment) == Refusal("offer-not-yet", {"since": since.isoformat()})
    assert open_to(april, "basic", until - moment) is None
    assert open_to(april, "basic", until) == Refusal("offer-over", {"until": until.isoformat()})
    assert open_to(GOLD, "basic", NOW) == Refusal("offer-not-for-tier", {"tier": "basic", "tiers": ["gold"]})
    assert order([april, GOLD, ALL]) == ["april", "all"]


days = st.lists(st.integers(0, WINDOW_DAYS - 1), max_size=5).map(tuple)


@given(days, days, st.sampled_from([None, "lively", "calm", "fast", "careful"]))
def test_ranking_loses_nothing_and_gives_a_reason_for_each(
    food: tuple[int, ...], toys: tuple[int, ...], style: str | None
) -> None:
    habits = {root: Habit(each) for root, each in (("food", food), ("toys", toys)) if each}
    ranked = rank(CLUB, [ALL, FOOD, TOYS, GOLD], "gold", style, habits, NOW)
    assert sorted(each.offer.id for each in ranked) == ["all", "food", "gold", "toys"]
    assert all(each.reasons for each in ranked)


def test_an_offer_for_a_path_fits_those_who_buy_below_its_root() -> None:
    deep = offer("deep", "food/fruit/apples", "food/fish")
    assert why(deep, food=(1,)) == [{"code": "bought_before", "category": "food"}]
    assert why(deep) == [{"code": "new_for_you", "category": "food"}]


def test_the_tier_named_is_the_lowest_that_may_claim_it() -> None:
    """By the program's order of tiers: in the alphabet diamond comes before silver."""
    few = offer("few", tiers=["diamond", "silver"])
    [ranked] = rank(load_file(FIVE_TIER), [few], "diamond", None, {}, NOW)
    assert ranked.reasons == [{"code": "tier_only", "tier": "silver"}]
