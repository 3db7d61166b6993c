"""Which kind of tiering is asked, and what qualifies at one moment."""

from __future__ import annotations

from core.rules.contributions import Contribution, moments
from core.rules.tiers import counting, holding, since, to_keep, to_next
from tests.rules.stores import CAMPUS, CLIENTS, STORE, always, shanghai, spent

MORNING = shanghai(2026, 3, 2, 10)


def test_each_kind_counts_in_its_own_way() -> None:
    assert counting(STORE, [spent(MORNING, 900)], MORNING) == (90_000, 0)
    assert counting(STORE, [spent(MORNING, 900)], shanghai(2026, 3, 3)) == (0, 0)
    assert counting(CLIENTS, [spent(MORNING, 900)], shanghai(2026, 12, 31)) == (90_000, 0)


def test_the_earliest_that_any_of_the_programs_asks_for_is_asked_for() -> None:
    assert since([STORE], MORNING) == since([CLIENTS, STORE], MORNING) <= since([CLIENTS], MORNING)


def test_what_is_held_and_missing_is_that_of_the_kind() -> None:
    facts = [spent(MORNING, 1_000)]
    held = holding(always(STORE), facts, MORNING)
    gap = to_next(STORE, facts, held, MORNING)
    assert held.tier == "vip"
    assert gap is not None
    assert (gap.tier, gap.spend) == ("silver", 1_000_000)
    assert to_keep(STORE, facts, held, MORNING) is None


def test_a_moment_has_nothing_of_a_measure_that_nothing_counted_for() -> None:
    [moment] = moments([Contribution(MORNING, MORNING, 100, 5, {"zones": 70})], MORNING)
    first = CAMPUS.tiering.measures[0].id
    assert [moment.sum(CAMPUS, each) for each in (None, first, "elsewhere")] == [100, 100, 0]
    assert CAMPUS.tiering.measures[1].id == "elsewhere"
