"""S8, private clients, reckoned by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.program.tiering import Measure, Way
from core.rules.contributions import Contribution, Gap, Holding
from core.rules.tier_years import counting, holding, to_keep, to_next, year_sum
from tests.rules.stores import CLIENTS, INSTANT, always, invited, shanghai, spent


def turn(year: int) -> datetime:
    """The moment a year begins."""
    return shanghai(year, 1, 1)


def june(year: int) -> datetime:
    return shanghai(year, 6, 1, 12)


def after(*yuan: int, first: int = 2024) -> str:
    """The tier after years that brought so much, at the turn that ends the last of them."""
    facts = [spent(june(first + place), amount) for place, amount in enumerate(yuan)]
    return holding(always(CLIENTS), facts, turn(first + len(yuan))).tier


@pytest.mark.parametrize(
    ("years", "tier"),
    [
        ((200_000,), "client"),
        ((200_001,), "private"),
        ((100_000, 99_999), "client"),
        ((99_999, 100_000), "client"),
        ((100_000, 100_000), "private"),
        ((100_000, 0, 100_000), "client"),
        ((100_000, 100_000, 50_000), "private"),
        ((100_000, 100_000, 49_999), "client"),
        ((300_000, 50_000, 50_000, 50_000), "private"),
        ((300_000, 49_999, 100_000), "client"),
        ((300_000, 49_999, 100_000, 100_000), "private"),
        ((300_000, 0, 200_001), "private"),
    ],
)
def test_each_turn_of_the_year_judges(years: tuple[int, ...], tier: str) -> None:
    assert after(*years) == tier


def test_above_two_hundred_thousand_means_above_by_a_fen() -> None:
    def with_fen(amount: int) -> str:
        return holding(always(CLIENTS), [Contribution(june(2026), june(2026), amount, 0)], turn(2027)).tier

    assert with_fen(20_000_000) == "client"
    assert with_fen(20_000_001) == "private"


def test_less_than_fifty_thousand_means_less_by_a_fen() -> None:
    def with_fen(amount: int) -> str:
        facts = [spent(june(2025), 300_000), Contribution(june(2026), june(2026), amount, 0)]
        return holding(always(CLIENTS), facts, turn(2027)).tier

    assert with_fen(4_999_999) == "client"
    assert with_fen(5_000_000) == "private"


def test_nothing_changes_but_at_the_turn_of_the_year() -> None:
    facts = [spent(june(2026), 300_000)]
    before = holding(always(CLIENTS), facts, turn(2027) - INSTANT)
    assert before == Holding("client", None, None, 0, 0, turn(2027))
    entered = holding(always(CLIENTS), facts, turn(2027))
    assert entered == Holding("private", turn(2028), turn(2027), 30_000_000, 0, turn(2028))
    assert holding(always(CLIENTS), facts, turn(2028) - INSTANT) == entered
    assert holding(always(CLIENTS), facts, turn(2028)) == Holding("client", None, turn(2028), 0, 0, turn(2029))


def test_a_year_turns_in_shanghai() -> None:
    midnight = turn(2027)
    halves = [spent(june(2026), 100_000), spent(midnight - INSTANT, 100_001)]
    assert holding(always(CLIENTS), halves, midnight).tier == "private"
    halves = [spent(june(2026), 100_000), spent(midnight, 100_001)]
    assert holding(always(CLIENTS), halves, midnight).tier == "client"
    assert holding(always(CLIENTS), halves, turn(2028)).tier == "private"


def test_nobody_is_private_at_the_beginning() -> None:
    assert holding(always(CLIENTS), [], june(2026)) == Holding("client", None, None)


def test_a_refund_in_the_new_year_undoes_what_the_old_one_proved() -> None:
    facts = [spent(june(2026), 200_001), spent(june(2026), -1, known=shanghai(2027, 2, 1))]
    assert holding(always(CLIENTS), facts, shanghai(2027, 2, 1) - INSTANT).tier == "private"
    assert holding(always(CLIENTS), facts, shanghai(2027, 2, 1)).tier == "client"


def test_an_invitation_lasts_until_a_turn_finds_the_year_too_small() -> None:
    facts = [invited(june(2026), "private")]
    held = holding(always(CLIENTS), facts, june(2026))
    assert held == Holding("private", turn(2027), june(2026), 0, 0, turn(2027))
    assert holding(always(CLIENTS), facts, turn(2027)).tier == "client"
    facts.append(spent(june(2026), 50_000))
    assert holding(always(CLIENTS), facts, turn(2027)).tier == "private"


def test_an_invitation_to_a_lower_tier_takes_nothing_away() -> None:
    facts = [spent(june(2026), 300_000), invited(june(2027), "client")]
    assert holding(always(CLIENTS), facts, june(2027)).tier == "private"


def test_an_invitation_to_the_tier_that_is_held_changes_nothing() -> None:
    facts = [invited(june(2026), "private"), invited(shanghai(2026, 9, 1), "private")]
    assert holding(always(CLIENTS), facts, shanghai(2026, 10, 1)).met_at == june(2026)


def test_an_invitation_stands_whatever_was_bought_before_it() -> None:
    facts = [spent(shanghai(2026, 2, 1), 10), invited(june(2026), "private"), spent(shanghai(2026, 7, 1), 50_000)]
    assert holding(always(CLIENTS), facts, june(2026)).tier == "private"
    assert holding(always(CLIENTS), facts, turn(2027)).tier == "private"


@pytest.mark.parametrize(
    ("bought", "year"), [(shanghai(2026, 1, 1), 2026), (shanghai(2026, 12, 31, 23), 2026), (shanghai(2027, 1, 1), 2027)]
)
def test_the_first_and_the_last_hours_of_a_year_are_shanghais(bought: datetime, year: int) -> None:
    facts = [spent(bought, 200_001)]
    assert holding(always(CLIENTS), facts, turn(year + 1) - INSTANT).tier == "client"
    assert holding(always(CLIENTS), facts, turn(year + 1)).tier == "private"
    invitation = [invited(bought, "private")]
    assert holding(always(CLIENTS), invitation, turn(year + 1) - INSTANT).tier == "private"
    assert holding(always(CLIENTS), invitation, turn(year + 1)).tier == "client"
    assert to_next(CLIENTS, [], Holding("client", None, None), bought) == Gap(
        "private", 20_000_001, None, turn(year + 1)
    )


def test_who_falls_is_told_what_the_year_came_to() -> None:
    facts = [spent(june(2025), 300_000), spent(june(2026), 49_999)]
    fallen = holding(always(CLIENTS), facts, turn(2027))
    assert fallen == Holding("client", None, turn(2027), 4_999_900, 0, turn(2028))


def by_another_measure() -> Program:
    """A year's 100 of either sum, or two years of 50 in the second."""
    measures = [Measure(id="goods"), Measure(id="books")]
    ways = [
        Way(by="years", spend=10_000, measure="goods"),
        Way(by="years", spend=10_000, measure="books"),
        Way(by="years", spend=5_000, measure="books", years=2),
    ]
    private = CLIENTS.tiers[1].model_copy(update={"ways": ways})
    tiering = CLIENTS.tiering.model_copy(update={"measures": measures})
    return CLIENTS.model_copy(update={"tiering": tiering, "tiers": [CLIENTS.tiers[0], private]})


def test_a_way_counts_its_own_measure() -> None:
    program = by_another_measure()

    def tier(*facts: Contribution) -> str:
        return holding(always(program), facts, turn(2027)).tier

    assert tier(spent(june(2026), 99, books=99)) == "client"
    assert tier(spent(june(2026), 0, books=100)) == "private"
    assert tier(spent(june(2025), 50, books=49), spent(june(2026), 50, books=50)) == "client"
    assert tier(spent(june(2025), 0, books=50), spent(june(2026), 0, books=50)) == "private"
    held = Holding("client", None, None)
    some = [spent(june(2026), 10, books=30)]
    assert to_next(program, some, held, june(2026)) == Gap("private", 7_000, None, turn(2027))
    some = [spent(june(2025), 60, books=40), *some]
    assert to_next(program, some, held, june(2026)) == Gap("private", 7_000, None, turn(2027))
    some = [spent(june(2025), 0, books=10), *some]
    assert to_next(program, some, held, june(2026)) == Gap("private", 2_000, None, turn(2027))
    enough = [spent(june(2026), 100, books=99)]
    assert to_next(program, enough, held, june(2026)) == Gap("private", 0, None, turn(2027))


def test_the_sum_of_a_year() -> None:
    facts = [spent(june(2026), 7), spent(june(2027), 5), spent(june(2027), 4), spent(june(2027), -1, known=turn(2028))]
    assert counting(CLIENTS, facts, june(2027)) == (900, 0)
    assert counting(CLIENTS, facts, turn(2028)) == (0, 0)
    assert year_sum(CLIENTS, [], 2027) == 0


def missing(*facts: Contribution, at: datetime) -> Gap | None:
    return to_next(CLIENTS, facts, holding(always(CLIENTS), facts, at), at)


def test_what_this_year_must_still_bring() -> None:
    assert missing(at=june(2026)) == Gap("private", 20_000_001, None, turn(2027))
    assert missing(spent(june(2026), 50_000), at=june(2026)) == Gap("private", 15_000_001, None, turn(2027))
    last_year = spent(june(2025), 100_000)
    assert missing(last_year, at=june(2026)) == Gap("private", 10_000_000, None, turn(2027))
    assert missing(last_year, spent(june(2026), 120_000), at=june(2026)) == Gap("private", 0, None, turn(2027))
    assert missing(spent(june(2025), 200_001), at=june(2026)) is None


def test_what_this_year_must_still_bring_to_stay() -> None:
    facts = [spent(june(2025), 200_001), spent(june(2026), 20_000)]
    held = holding(always(CLIENTS), facts, june(2026))
    assert to_keep(CLIENTS, facts, held, june(2026)) == Gap("private", 3_000_000, None, turn(2027))
    facts.append(spent(june(2026), 40_000))
    assert to_keep(CLIENTS, facts, held, june(2026)) == Gap("private", 0, None, turn(2027))
    assert to_keep(CLIENTS, [], Holding("client", None, None), june(2026)) is None


def with_inner_circle() -> Program:
    """A third tier above, only from within."""
    way = Way.model_validate({"by": "years", "spend": 30_000_000, "from": ["private"]})
    circle = CLIENTS.tiers[1].model_copy(update={"id": "circle", "ways": [way], "keep": None})
    return CLIENTS.model_copy(update={"tiers": [*CLIENTS.tiers, circle]})


def test_a_way_is_open_only_to_those_it_names() -> None:
    program = with_inner_circle()
    facts = [spent(june(2025), 400_000), spent(june(2026), 400_000)]
    assert holding(always(program), facts, turn(2026)).tier == "private"
    assert holding(always(program), facts, turn(2027)).tier == "circle"
    assert holding(always(program), facts, turn(2030)).tier == "circle"
    client = Holding("client", None, None)
    assert to_next(program, [], client, june(2026)) == Gap("private", 20_000_001, None, turn(2027))
    held = holding(always(program), facts[:1], june(2026))
    assert to_next(program, facts[:1], held, june(2026)) == Gap("circle", 30_000_000, None, turn(2027))


def test_a_turn_is_judged_by_the_version_in_force_then() -> None:
    generous = CLIENTS.model_copy(
        update={
            "tiers": [
                CLIENTS.tiers[0],
                CLIENTS.tiers[1].model_copy(update={"ways": [Way(by="years", spend=100)], "keep": None}),
            ]
        }
    )

    def program_at(at: datetime) -> Program:
        return generous if at >= turn(2027) else CLIENTS

    facts = [spent(june(2025), 1), spent(june(2026), 1)]
    assert holding(program_at, facts, turn(2026)).tier == "client"
    assert holding(program_at, facts, turn(2027)).tier == "private"


def test_a_tier_that_the_program_no_longer_has_is_not_held() -> None:
    plain = CLIENTS.model_copy(update={"tiers": CLIENTS.tiers[:1]})

    def program_at(at: datetime) -> Program:
        return plain if at >= june(2027) else CLIENTS

    facts = [spent(june(2026), 300_000)]
    assert holding(program_at, facts, june(2027)).tier == "client"


purchases = st.lists(st.tuples(st.integers(0, 1800), st.integers(0, 250_000), st.integers(0, 400)), max_size=10)
START = shanghai(2024, 1, 1)


def on(day: int) -> datetime:
    return START + timedelta(days=day)


@given(bought=purchases, at=st.integers(0, 2600), data=st.data())
def test_the_order_of_arrival_does_not_matter(bought: list[tuple[int, int, int]], at: int, data: st.DataObject) -> None:
    facts = [spent(on(day), yuan) for day, yuan, _ in bought]
    facts += [spent(on(day), -yuan, known=on(day + wait)) for day, yuan, wait in bought[::3]]
    shuffled = data.draw(st.permutations(facts))
    assert holding(always(CLIENTS), shuffled, on(at)) == holding(always(CLIENTS), facts, on(at))


@given(bought=purchases, extra=st.tuples(st.integers(0, 1800), st.integers(0, 250_000)), at=st.integers(0, 2600))
def test_more_spending_never_lowers_the_tier(
    bought: list[tuple[int, int, int]], extra: tuple[int, int], at: int
) -> None:
    facts = [spent(on(day), yuan) for day, yuan, _ in bought]
    before = holding(always(CLIENTS), facts, on(at)).tier
    more = holding(always(CLIENTS), [*facts, spent(on(extra[0]), extra[1])], on(at)).tier
    assert CLIENTS.rank(more) >= CLIENTS.rank(before)
