"""Odds to the last ticket, seeds to the last bit."""

from __future__ import annotations

import hmac
from collections import Counter
from datetime import UTC, datetime
from fractions import Fraction
from math import isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.prize_draws import Prize, PrizeDraw
from core.program.schema import Program
from core.rules.prize_draws import (
    SPACE,
    chi_square,
    commitment,
    drawn,
    fair,
    p_value,
    playable,
    prize_of,
    round_ends,
    running,
)
from tests.rules.stores import STORE

WORDS = {"en": "x", "zh-Hans": "x"}
SEED = f"{1:064x}"


def draw_of(odds: list[Fraction], **more: Any) -> PrizeDraw:
    prizes = [Prize(id=f"p{place}", name=WORDS, odds=each, points=1) for place, each in enumerate(odds)]
    return PrizeDraw(id="spring", name=WORDS, prizes=prizes, **{"price": 1, **more})


@st.composite
def odds_up_to_one(draw: st.DrawFn) -> list[Fraction]:
    left, odds = Fraction(1), []
    for bottom in draw(st.lists(st.integers(2, 12), min_size=1, max_size=4)):
        part = Fraction(draw(st.integers(1, bottom)), bottom)
        odds.append(min(part, left))
        left -= odds[-1]
        if not left:
            break
    return odds


@given(odds_up_to_one())
def test_each_prize_has_exactly_its_part_of_the_tickets(odds: list[Fraction]) -> None:
    draw = draw_of(odds)
    held = Counter(prize.id if (prize := prize_of(draw, ticket)) else None for ticket in range(draw.tickets))
    for place, each in enumerate(odds):
        assert Fraction(held[f"p{place}"], draw.tickets) == each
    assert Fraction(held[None], draw.tickets) == draw.nothing == 1 - sum(odds)


@given(st.integers(1, 60), st.integers(60, 400))
def test_every_ticket_has_as_many_values_as_any_other(tickets: int, space: int) -> None:
    counts = Counter(fair(value, tickets, space) for value in range(space))
    assert {counts[ticket] for ticket in range(tickets)} == {space // tickets}
    assert counts[None] == space % tickets


def test_the_last_values_of_a_digest_are_passed_over() -> None:
    first_unfair = SPACE - SPACE % 10
    assert (fair(first_unfair - 1, 10), fair(first_unfair, 10), fair(SPACE - 1, 10)) == (9, None, None)
    assert fair(SPACE - 1, 8) == 7


def test_seeds_and_tickets_are_what_openssl_gives() -> None:
    """printf SEED | sha256sum; printf spring:1:1:1 | openssl dgst -sha256 -hmac SEED"""
    assert commitment(SEED) == "c386d8e8d07342f2e39e189c8e6c57bb205bb373fe4e3a6f69404a8bb767b417"
    ticket = drawn(SEED, "spring", 1, 1, 1, 1000)
    assert ticket.digest == "b791e5e5e01e56d9f63d5c1ef7e27fca4ab4b8411da6760cc02a3cddd961eccd"
    assert ticket.number == int(ticket.digest, 16) % 1000


def test_a_digest_that_is_passed_over_is_followed_by_the_next() -> None:
    """With one ticket more than half of all values, the other half is passed over."""
    tickets = SPACE // 2 + 1
    seen = [drawn(SEED, "spring", 1, play, 1, tickets) for play in range(1, 9)]
    assert all(int(each.digest, 16) == each.number < tickets for each in seen)
    again = [each for play, each in enumerate(seen, 1) if each.digest != drawn(SEED, "spring", 1, play, 1, 1).digest]
    assert again, "about half of them had to draw anew"


@given(st.tuples(st.integers(1, 9), st.integers(1, 99), st.integers(1, 99)), st.integers(1, 10**18))
def test_a_play_draws_the_same_ticket_whenever_it_is_recomputed(play: tuple[int, int, int], tickets: int) -> None:
    ticket = drawn(SEED, "spring", *play, tickets)
    assert ticket == drawn(SEED, "spring", *play, tickets)
    assert 0 <= ticket.number < tickets


@pytest.mark.parametrize(("statistic", "degrees"), [("3.841459", 1), ("5.991465", 2), ("7.814728", 3), ("9.487729", 4)])
def test_the_chance_of_a_statistic_is_that_of_the_tables(statistic: str, degrees: int) -> None:
    """The 5 % points of the chi-square distribution, NIST/SEMATECH e-Handbook 1.3.6.7.4."""
    assert isclose(p_value(Fraction(statistic), degrees), 0.05, rel_tol=1e-5)
    assert (p_value(Fraction(0), degrees), p_value(Fraction(5), 0)) == (1.0, 1.0)


def test_the_statistic_is_exact() -> None:
    expected = {"mug": Fraction(5, 2), "": Fraction(15, 2)}
    assert chi_square({"mug": 4, "": 6}, expected) == Fraction(6, 5)


MARCH = datetime(2026, 3, 2, 15, tzinfo=UTC)
SPRING = datetime(2026, 3, 8, 5, tzinfo=UTC)


def shop(timezone: str) -> Program:
    return STORE.model_copy(update={"program": STORE.program.model_copy(update={"timezone": timezone})})


@pytest.mark.parametrize(
    ("timezone", "more", "at", "ends"),
    [
        ("Asia/Shanghai", {"rounds": "day"}, MARCH, datetime(2026, 3, 2, 16, tzinfo=UTC)),
        ("Asia/Shanghai", {}, MARCH, datetime(2026, 3, 31, 16, tzinfo=UTC)),
        ("America/New_York", {}, MARCH, datetime(2026, 4, 1, 4, tzinfo=UTC)),
        ("America/New_York", {}, datetime(2026, 4, 1, 3, tzinfo=UTC), datetime(2026, 4, 1, 4, tzinfo=UTC)),
        # the day on which New York puts its clocks forward has 23 hours
        ("America/New_York", {"rounds": "day"}, SPRING, datetime(2026, 3, 9, 4, tzinfo=UTC)),
        ("Asia/Shanghai", {}, datetime(2026, 12, 31, 15, 59, tzinfo=UTC), datetime(2026, 12, 31, 16, tzinfo=UTC)),
        ("Asia/Shanghai", {"until": datetime(2026, 3, 9, tzinfo=UTC)}, MARCH, datetime(2026, 3, 9, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_round_ends_with_the_day_the_month_or_the_draw(
    timezone: str, more: dict[str, Any], at: datetime, ends: datetime
) -> None:
    assert round_ends(shop(timezone), draw_of([Fraction(1, 2)], **more), at) == ends


@pytest.mark.parametrize(
    ("more", "tier", "today", "ever", "reason"),
    [
        ({}, "vip", 99, 99, None),
        ({"since": MARCH, "until": datetime(2026, 3, 3, tzinfo=UTC)}, "vip", 0, 0, None),
        ({"since": datetime(2026, 3, 3, tzinfo=UTC)}, "vip", 0, 0, "prize-draw-not-yet"),
        ({"until": MARCH}, "vip", 0, 0, "prize-draw-over"),
        ({"tiers": ["gold"]}, "vip", 0, 0, "prize-draw-not-for-tier"),
        ({"tiers": ["gold", "vip"]}, "vip", 0, 0, None),
        ({"per_day": 2}, "vip", 1, 9, None),
        ({"per_day": 2}, "vip", 2, 9, "prize-draw-limit-day"),
        ({"per_day": 2, "per_member": 9}, "vip", 2, 9, "prize-draw-limit"),
    ],
)
def test_who_may_play_when(more: dict[str, Any], tier: str, today: int, ever: int, reason: str | None) -> None:
    draw = draw_of([Fraction(1, 2)], **more)
    refusal = playable(draw, tier, today, ever, MARCH)
    assert (refusal.reason if refusal else None) == reason
    assert running(draw, MARCH) == (reason not in ("prize-draw-not-yet", "prize-draw-over"))


def test_a_refusal_says_what_it_was_judged_on() -> None:
    draw = draw_of([Fraction(1, 2)], tiers=["gold"], per_member=3, per_day=1, since=MARCH, until=SPRING)
    early, late = MARCH.replace(minute=0, second=0).replace(hour=14), SPRING
    told = [
        playable(draw, "gold", 0, 0, early),
        playable(draw, "gold", 0, 0, late),
        playable(draw, "vip", 0, 0, MARCH),
        playable(draw, "gold", 0, 3, MARCH),
        playable(draw, "gold", 1, 2, MARCH),
        playable(draw, "gold", 0, 2, MARCH),
    ]
    assert [each and each.facts for each in told] == [
        {"draw": "spring", "since": MARCH.isoformat()},
        {"draw": "spring", "until": SPRING.isoformat()},
        {"draw": "spring", "tier": "vip", "tiers": ["gold"]},
        {"draw": "spring", "limit": 3},
        {"draw": "spring", "limit": 1},
        None,
    ]


def test_what_is_drawn_anew_is_of_the_numbered_messages() -> None:
    """HMAC of spring:1:PLAY:1, then of spring:1:PLAY:1:1, :2 … until one is below the half."""
    tickets = SPACE // 2 + 1
    for play in range(1, 9):
        messages = [f"spring:1:{play}:1", *(f"spring:1:{play}:1:{turn}" for turn in range(1, 20))]
        digests = [hmac.digest(SEED.encode(), each.encode(), "sha256").hex() for each in messages]
        expected = next(each for each in digests if int(each, 16) < tickets)
        assert drawn(SEED, "spring", 1, play, 1, tickets).digest == expected


def test_a_round_ends_with_its_month_where_the_draw_goes_on() -> None:
    draw = draw_of([Fraction(1, 2)], until=datetime(2027, 1, 1, tzinfo=UTC))
    assert round_ends(shop("Asia/Shanghai"), draw, MARCH) == datetime(2026, 3, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(("statistic", "degrees"), [("11.070498", 5), ("12.591587", 6), ("18.307038", 10)])
def test_the_chance_of_a_statistic_of_many_prizes(statistic: str, degrees: int) -> None:
    assert isclose(p_value(Fraction(statistic), degrees), 0.05, rel_tol=1e-5)


def test_the_statistic_leaves_out_what_cannot_happen_and_counts_what_never_did() -> None:
    expected = {"mug": Fraction(2), "never": Fraction(0), "": Fraction(8)}
    assert chi_square({"": 10}, expected) == Fraction(2) + Fraction(1, 2)
    assert chi_square({}, {}) == 0
