"""What a calendar year brings at its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.program.loading import load_file
from core.program.schema import Program, YearEnd
from core.rules.contributions import Moment
from core.rules.year_end import awaited, begin_of, due, ended, turn_of

PRIVATE_CLIENTS: Program = load_file(Path(__file__).parent.parent.parent / "programs" / "private-clients.toml")
TURN = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
"""Midnight in Shanghai, 2027."""
BEGIN = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def bought(at: datetime, spend: int) -> Moment:
    return Moment(at, spend, 0, {"zones": spend // 2}, None)


def rule(**changes: object) -> YearEnd:
    return YearEnd.model_validate({"id": "great", "name": {"en": "Great year"}, "spend": 1000, "points": 50, **changes})


@pytest.mark.parametrize("at", [BEGIN, BEGIN + timedelta(days=100), TURN - MOMENT])
def test_the_year_turns_in_the_shops_zone(at: datetime) -> None:
    assert turn_of(PRIVATE_CLIENTS, at) == TURN
    assert awaited(PRIVATE_CLIENTS, at) == TURN
    assert begin_of(PRIVATE_CLIENTS, 2026) == BEGIN


def test_the_turn_belongs_to_the_next_year() -> None:
    assert turn_of(PRIVATE_CLIENTS, TURN) == datetime(2027, 12, 31, 16, 0, tzinfo=UTC)
    assert turn_of(PRIVATE_CLIENTS, BEGIN - MOMENT) == BEGIN


def test_nothing_is_awaited_where_a_year_brings_nothing() -> None:
    assert awaited(PRIVATE_CLIENTS.model_copy(update={"year_end": []}), BEGIN) is None


def test_a_year_ends_at_one_moment() -> None:
    assert [ended(PRIVATE_CLIENTS, at) for at in (TURN - MOMENT, TURN, TURN + MOMENT)] == [None, 2026, None]


def test_the_year_counts_from_its_first_moment_to_before_its_last() -> None:
    known = [bought(BEGIN - MOMENT, 10_000), bought(BEGIN, 400), bought(TURN - MOMENT, 600), bought(TURN, 10_000)]
    assert due(PRIVATE_CLIENTS, rule(), known, 2026, "client") == (1000, 50)
    assert due(PRIVATE_CLIENTS, rule(spend=1001), known, 2026, "client") == (1000, 0)


def test_another_measure_and_tiers_may_be_asked_for() -> None:
    known = [bought(BEGIN, 1000)]
    assert due(PRIVATE_CLIENTS, rule(measure="zones"), known, 2026, "client") == (500, 0)
    assert due(PRIVATE_CLIENTS, rule(tiers=["private"]), known, 2026, "client") == (1000, 0)
    assert due(PRIVATE_CLIENTS, rule(tiers=["private"]), known, 2026, "private") == (1000, 50)
