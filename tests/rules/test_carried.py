"""Two members who are merged stand as if they had been one; parted again, as if they never had."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load_file
from core.program.schema import Program
from core.rules.contributions import Contribution
from core.rules.tiers import counting, holding
from tests.rules.small import PROGRAM
from tests.rules.stores import PROGRAMS, shanghai

START = shanghai(2024, 1, 1)
NOW = START + timedelta(days=1100)
KINDS = [PROGRAM, load_file(PROGRAMS / "department-store.toml"), load_file(PROGRAMS / "private-clients.toml")]


def bought(day: int, yuan: int) -> Contribution:
    at = START + timedelta(days=day)
    more = dict.fromkeys(("department", "counted"), yuan * 100)
    return Contribution(at, at, yuan * 100, yuan, more)


BOUGHT = st.lists(st.builds(bought, st.integers(0, 1000), st.integers(0, 60_000)), max_size=8)


def carried(contributions: list[Contribution], known: datetime) -> list[Contribution]:
    return [replace(each, known=known, carried=True) for each in contributions]


def cancelled(contributions: list[Contribution], known: datetime) -> list[Contribution]:
    return [
        replace(
            each,
            known=known,
            spend=-each.spend,
            points=-each.points,
            more={measure: -amount for measure, amount in each.more.items()},
            cancels=True,
        )
        for each in contributions
    ]


def of_card(program: Program, contributions: list[Contribution], at: datetime) -> object:
    return holding(lambda _: program, contributions, at), counting(program, contributions, at)


@given(st.sampled_from(KINDS), BOUGHT, BOUGHT, st.integers(0, 400))
def test_merged_they_stand_as_one(
    program: Program, one: list[Contribution], other: list[Contribution], later: int
) -> None:
    at = NOW + timedelta(days=later)
    assert of_card(program, one + carried(other, NOW), at) == of_card(program, one + other, at)


@given(st.sampled_from(KINDS), BOUGHT, BOUGHT, st.integers(0, 400))
def test_parted_each_stands_alone(
    program: Program, one: list[Contribution], other: list[Contribution], later: int
) -> None:
    joined = one + carried(other, NOW)
    parted = joined + cancelled(carried(other, NOW), NOW + timedelta(days=1))
    at = NOW + timedelta(days=1 + later)
    assert of_card(program, parted, at) == of_card(program, one, at)


def test_an_invitation_goes_back_with_who_was_invited() -> None:
    invited = Contribution(START, START, 0, 0, {}, "gold", START + timedelta(days=300))
    at = START + timedelta(days=10)
    joined = carried([invited], at)
    assert holding(lambda _: PROGRAM, joined, at).tier == "gold"
    parted = joined + cancelled(joined, at)
    assert holding(lambda _: PROGRAM, parted, at).tier == PROGRAM.tiers[0].id
