"""Parking by the day's spend and by gifts, to the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.benefits import Benefit, Daily
from core.program.loading import load_file
from core.program.schema import Program
from core.rules.benefits import Left, draw, entitled, gifts_due, of_day, spend_of_day
from core.rules.contributions import Contribution, Rise
from core.rules.refusal import Fact, Refusal

DEPARTMENT_STORE = load_file(Path(__file__).parent.parent.parent / "programs" / "department-store.toml")
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in Shanghai


def benefit(name: str) -> Benefit:
    found = DEPARTMENT_STORE.benefit(name)
    assert found is not None
    return found


PARKING = benefit("parking")


@pytest.mark.parametrize(
    ("yuan", "hours"),
    [
        (0, 0), (199, 0), (200, 2), (399, 2), (400, 2), (599, 2), (600, 3), (799, 3), (800, 4), (1000, 5), (1199, 5),
        (1200, 6), (1400, 6), (100_000, 6),
    ],
)  # fmt: skip
def test_a_day_brings_two_hours_from_200_and_one_for_each_full_200_above_400(yuan: int, hours: int) -> None:
    assert of_day(PARKING.daily, yuan * 100) == hours


@pytest.mark.parametrize(("fen", "hours"), [(19_999, 0), (20_000, 2), (59_999, 2), (60_000, 3)])
def test_the_thresholds_are_exact_to_the_fen(fen: int, hours: int) -> None:
    assert of_day(PARKING.daily, fen) == hours


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_spending_never_brings_less(spend: int, more: int) -> None:
    assert of_day(PARKING.daily, spend) <= of_day(PARKING.daily, spend + more) <= 6


def test_without_a_cap_steps_add_up_and_without_a_daily_part_there_is_nothing() -> None:
    steps = [{"spend": 0, "gives": 1}, {"spend": 100, "each": 50, "gives": 2}]
    assert of_day(Daily.model_validate({"steps": steps}), 1_000) == 1 + 2 * 18
    assert of_day(None, 10**9) == 0


def test_only_what_counts_on_that_business_day_does() -> None:
    facts = [
        Contribution(NOON, NOON, 30_000, 0),
        Contribution(NOON - timedelta(hours=12), NOON, 500, 0),  # the first moment of the day
        Contribution(NOON - timedelta(hours=12, microseconds=1), NOON, 7_000, 0),  # the last of the day before
        Contribution(NOON, NOON + timedelta(hours=1), -30_000, 0),  # a refund at one
    ]
    assert spend_of_day(DEPARTMENT_STORE, facts, None, NOON) == 30_500
    assert spend_of_day(DEPARTMENT_STORE, facts, "goods", NOON) == 30_500
    assert spend_of_day(DEPARTMENT_STORE, facts, None, NOON + timedelta(hours=1)) == 500
    assert spend_of_day(DEPARTMENT_STORE, facts, None, NOON + timedelta(hours=12)) == 0


def test_another_measure_counts_what_is_noted_under_it() -> None:
    assert spend_of_day(DEPARTMENT_STORE, [Contribution(NOON, NOON, 5, 0, {"food": 70})], "food", NOON) == 70


def at(moment: datetime) -> Program:
    assert moment == NOON
    return DEPARTMENT_STORE


@pytest.mark.parametrize(
    ("rises", "due"),
    [
        ([("none", "silver")], {}),  # the first card is no rise from a lower one
        ([("none", "vip"), ("vip", "silver")], {"silver": 10}),
        ([("none", "vip"), ("vip", "platinum")], {"platinum": 20}),
        ([("vip", "silver"), ("silver", "platinum")], {"silver": 10, "platinum": 20}),
        ([("platinum", "diamond")], {}),
        ([("vip", "silver"), ("vip", "silver")], {"silver": 20}),  # each rise brings its own
    ],
)
def test_gifts_are_for_those_who_rise_from_a_lower_card(rises: list[tuple[str, str]], due: dict[str, int]) -> None:
    found = gifts_due(at, [Rise(from_tier, to_tier, NOON) for from_tier, to_tier in rises])
    assert found == {("parking", tier): amount for tier, amount in due.items()}


def test_a_gift_without_lower_tiers_named_is_for_any_rise() -> None:
    gifts = [gift.model_copy(update={"held": []}) for gift in PARKING.gifts]
    program = DEPARTMENT_STORE.model_copy(update={"benefits": [PARKING.model_copy(update={"gifts": gifts})]})
    assert gifts_due(lambda _: program, [Rise("none", "silver", NOON)]) == {("parking", "silver"): 10}


@pytest.mark.parametrize(
    ("left", "amount", "taken"),
    [(Left(2, 10), 1, Left(1, 0)), (Left(2, 10), 2, Left(2, 0)), (Left(2, 10), 5, Left(2, 3)),
     (Left(0, 10), 10, Left(0, 10)), (Left(2, 10), 12, Left(2, 10))],
)  # fmt: skip
def test_a_draw_takes_of_the_day_first(left: Left, amount: int, taken: Left) -> None:
    assert draw(PARKING, "vip", left, amount) == taken


def test_refusals_say_what_is_left_and_for_whom() -> None:
    facts: dict[str, Fact] = {"benefit": "parking", "needed": 13, "available": 12}
    assert draw(PARKING, "vip", Left(2, 10), 13) == Refusal("benefit-short", facts)
    tiers = ["vip", "silver", "platinum", "diamond"]
    assert draw(PARKING, "none", Left(2, 10), 1) == Refusal(
        "benefit-not-for-tier", {"benefit": "parking", "tier": "none", "tiers": tiers}
    )
    assert draw(benefit("cinema"), "vip", Left(0, 0), 1) == Refusal("benefit-not-drawn", {"benefit": "cinema"})


def test_a_benefit_without_tiers_is_everybodys() -> None:
    assert entitled(PARKING.model_copy(update={"tiers": []}), "none")
    assert entitled(PARKING, "vip")
    assert not entitled(PARKING, "none")
