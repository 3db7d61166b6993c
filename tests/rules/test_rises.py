"""Rises, proven from what qualifies, for every kind of tiering."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from core.program.loading import load_file
from core.program.schema import Program
from core.rules.contributions import Contribution, Rise
from core.rules.rises import rises

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
CARDS, ROLLING, YEARS = (
    load_file(PROGRAMS / f"{name}.toml") for name in ("department-store", "five-tier", "private-clients")
)
START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LATER = datetime(2032, 1, 1, tzinfo=UTC)


def bought(days: float, amount: int, known: float | None = None) -> Contribution:
    """So many days after the start; known: in days after the start, at once if None."""
    return Contribution(
        START + timedelta(days=days), START + timedelta(days=days if known is None else known), amount, 0
    )


def found(program: Program, facts: list[Contribution], at: datetime = LATER) -> list[tuple[str, str, datetime]]:
    return [(rise.from_tier, rise.to_tier, rise.at) for rise in rises(lambda _: program, facts, at)]


def days(number: float) -> datetime:
    return START + timedelta(days=number)


def test_nothing_bought_is_no_rise() -> None:
    for program in (CARDS, ROLLING, YEARS):
        assert rises(lambda _, program=program: program, [], LATER) == []  # type: ignore[misc]


def test_cards_rise_by_the_day_and_then_by_the_total() -> None:
    facts = [bought(0, 100_000), bought(1, 400_000), bought(2, 600_000), bought(3, 4_000_000)]
    expected = [("none", "vip", START), ("vip", "silver", days(2)), ("silver", "platinum", days(3))]
    for order in permutations(facts):
        assert found(CARDS, list(order)) == expected
    assert found(CARDS, facts, days(2)) == expected[:2]


def test_a_refund_takes_the_rise_back_from_when_it_is_known() -> None:
    facts = [bought(0, 100_000), bought(1, 1_000_000), bought(1, -1, known=5)]
    assert found(CARDS, facts, days(4)) == [("none", "vip", START), ("vip", "silver", days(1))]
    assert found(CARDS, facts, days(5)) == [("none", "vip", START)]
    again = [*facts, bought(6, 1)]
    assert found(CARDS, again) == [("none", "vip", START), ("vip", "silver", days(6))]


def test_a_rolling_tier_won_again_after_it_was_lost_is_another_rise() -> None:
    silver = ROLLING.tiers[1]
    assert silver.spend is not None
    facts = [bought(0, silver.spend), bought(1, 1), bought(900, silver.spend)]
    assert found(ROLLING, facts) == [("regular", "silver", START), ("regular", "silver", days(900))]
    assert found(ROLLING, [*facts, bought(0, -silver.spend, known=950)]) == [("regular", "silver", days(900))]


@pytest.mark.parametrize("more", [0, 5_000_000])
def test_years_rise_at_the_turn(more: int) -> None:
    turn = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    facts = [bought(0, 20_000_001), bought(365, more)]
    assert found(YEARS, facts) == [("client", "private", turn)]
    assert found(YEARS, facts, turn - timedelta(microseconds=1)) == []


def test_a_rise_counts_from_its_own_moment_and_when_it_is_known() -> None:
    silver = ROLLING.tiers[1].spend or 0
    facts = [bought(1, silver, known=3)]
    assert found(ROLLING, facts, days(3)) == [("regular", "silver", days(1))]
    assert found(ROLLING, facts, days(2)) == []
    assert found(ROLLING, [bought(1, silver)], days(1)) == [("regular", "silver", days(1))]
    assert found(ROLLING, [bought(1, silver)], days(1) - timedelta(microseconds=1)) == []


def test_two_rises_while_more_is_ahead_are_two() -> None:
    silver, gold = (ROLLING.tiers[place].spend or 0 for place in (1, 2))
    facts = [bought(0, silver), bought(1, gold - silver), bought(400, 1), bought(401, 1)]
    assert found(ROLLING, facts)[:2] == [("regular", "silver", START), ("silver", "gold", days(1))]


def test_each_rise_is_seen_by_the_program_of_its_time() -> None:
    """The same tiers under other names later on: what was won before stays told by its own names."""
    tiers = [tier.model_copy(update={"id": f"new-{tier.id}"}) for tier in ROLLING.tiers]
    renamed = ROLLING.model_copy(update={"tiers": tiers})

    def program_at(at: datetime) -> Program:
        assert at.tzinfo is not None
        return renamed if at >= days(10) else ROLLING

    facts = [bought(0, ROLLING.tiers[1].spend or 0)]
    assert [(rise.from_tier, rise.to_tier) for rise in rises(program_at, facts, days(5))] == [("regular", "silver")]


def test_the_kind_of_tiering_is_the_one_in_force() -> None:
    def program_at(at: datetime) -> Program:
        return CARDS if at >= days(10) else ROLLING

    facts = [bought(11, 100_000), bought(12, 400_000)]
    assert [rise.to_tier for rise in rises(program_at, facts, days(13))] == ["vip"]


def test_rises_are_values() -> None:
    (rise,) = rises(lambda _: CARDS, [bought(0, 100_000)], LATER)
    assert rise == Rise("none", "vip", START)
