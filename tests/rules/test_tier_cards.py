"""S5, the department store's cards, and S7, the campus club's, reckoned by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.rules.contributions import Contribution, Gap, Holding
from core.rules.tier_cards import counting, holding, period_end, to_keep, to_next
from tests.rules.stores import CAMPUS, INSTANT, SHANGHAI, STORE, always, invited, shanghai, spent

MORNING = shanghai(2026, 3, 2, 10)
NEW_YEAR_2028 = shanghai(2028, 1, 1)
NEW_YEAR_2030 = shanghai(2030, 1, 1)


def later(hours: int) -> datetime:
    return MORNING + timedelta(hours=hours)


def days(count: int) -> datetime:
    return MORNING + timedelta(days=count)


def card(*facts: Contribution, at: datetime | None = None, program: Program = STORE) -> str:
    return holding(always(program), facts, at or max(each.known for each in facts)).tier


VIP = spent(MORNING, 1000)


@pytest.mark.parametrize(
    ("yuan", "tier"),
    [
        (999, "none"),
        (1000, "vip"),
        (4999, "vip"),
        (5000, "silver"),
        (9999, "silver"),
        (10_000, "platinum"),
        (49_999, "platinum"),
        (50_000, "diamond"),
        (500_000, "diamond"),
    ],
)
def test_one_day_brings_the_highest_card_that_its_sum_reaches(yuan: int, tier: str) -> None:
    assert card(spent(MORNING, yuan)) == tier


def test_one_fen_less_is_not_enough() -> None:
    assert card(Contribution(MORNING, MORNING, 99_999, 0)) == "none"


def test_the_purchases_of_a_business_day_add_up() -> None:
    assert card(spent(MORNING, 600), spent(later(1), 399)) == "none"
    assert card(spent(MORNING, 600), spent(later(1), 400)) == "vip"
    assert card(spent(MORNING, 900), spent(later(1), 9100)) == "platinum"


def test_a_business_day_ends_at_midnight_in_shanghai() -> None:
    midnight = shanghai(2026, 3, 3)
    assert card(spent(midnight - INSTANT, 600), spent(midnight, 600)) == "none"
    assert card(spent(midnight, 600), spent(shanghai(2026, 3, 3, 23, 59), 400)) == "vip"


@pytest.mark.parametrize(
    ("total", "tier"),
    [
        (9999, "vip"),
        (10_000, "silver"),
        (49_999, "silver"),
        (50_000, "platinum"),
        (119_999, "platinum"),
        (120_000, "diamond"),
    ],
)
def test_a_card_rises_by_the_total_of_what_was_bought_with_it(total: int, tier: str) -> None:
    assert card(VIP, spent(days(1), total)) == tier
    assert card(VIP, spent(days(1), total - 5000), spent(days(300), 5000)) == tier


def test_the_purchase_that_brings_the_card_is_no_part_of_the_total() -> None:
    facts = [spent(MORNING, 4999), spent(later(1), 9999)]
    assert card(*facts) == "vip"
    assert counting(STORE, facts, later(1)) == (999_900, 0)


def test_a_days_sum_is_for_those_without_a_card() -> None:
    assert card(VIP, spent(later(1), 9000)) == "vip"
    assert card(VIP, spent(days(1), 9999)) == "vip"


def test_a_higher_card_goes_on_with_period_and_total() -> None:
    facts = [VIP, spent(days(1), 10_000)]
    silver = holding(always(STORE), facts, days(400))
    assert silver == Holding("silver", None, days(1), 1_000_000, 0, NEW_YEAR_2028, NEW_YEAR_2028)
    assert card(*facts, spent(days(401), 39_999)) == "silver"
    assert card(*facts, spent(days(401), 40_000)) == "platinum"


def test_the_first_period_runs_to_the_end_of_the_next_year() -> None:
    held = holding(always(STORE), [VIP], MORNING)
    assert held == Holding("vip", None, MORNING, 100_000, 0, NEW_YEAR_2028, NEW_YEAR_2028)
    on_new_years_eve = shanghai(2026, 12, 31, 23, 59)
    assert holding(always(STORE), [spent(on_new_years_eve, 1000)], on_new_years_eve).period_until == NEW_YEAR_2028
    on_new_years_day = shanghai(2027, 1, 1)
    first_of_2027 = holding(always(STORE), [spent(on_new_years_day, 1000)], on_new_years_day)
    assert first_of_2027.period_until == shanghai(2029, 1, 1)


def test_with_a_new_period_the_total_starts_anew_and_the_card_stays() -> None:
    facts = [VIP, spent(days(1), 9000)]
    before = holding(always(STORE), facts, NEW_YEAR_2028 - INSTANT)
    after = holding(always(STORE), facts, NEW_YEAR_2028)
    assert (before.tier, before.period_until) == ("vip", NEW_YEAR_2028)
    assert (after.tier, after.period_until, after.review_at) == ("vip", NEW_YEAR_2030, NEW_YEAR_2030)
    assert counting(STORE, facts, NEW_YEAR_2028 - INSTANT) == (900_000, 0)
    assert counting(STORE, facts, NEW_YEAR_2028) == (0, 0)
    assert card(*facts, spent(NEW_YEAR_2028 - INSTANT, 1000)) == "silver"
    assert card(*facts, spent(NEW_YEAR_2028, 1000)) == "vip"
    assert card(*facts, spent(NEW_YEAR_2028, 9999)) == "vip"
    assert card(*facts, spent(NEW_YEAR_2028, 10_000)) == "silver"


def test_a_period_is_followed_by_periods_of_the_same_length() -> None:
    assert holding(always(STORE), [VIP], shanghai(2030, 6, 1)).period_until == shanghai(2032, 1, 1)
    assert period_end(MORNING, 1, SHANGHAI) == NEW_YEAR_2028
    assert period_end(NEW_YEAR_2028 - INSTANT, 1, SHANGHAI) == shanghai(2029, 1, 1)
    assert period_end(MORNING, 3, SHANGHAI) == NEW_YEAR_2030


def test_nobody_holds_a_card_at_the_beginning() -> None:
    assert holding(always(STORE), [], MORNING) == Holding("none", None, None)


def test_what_is_not_known_yet_does_not_count() -> None:
    assert card(VIP, at=MORNING - INSTANT) == "none"
    taken_back = spent(MORNING, -1, known=days(3))
    assert card(VIP, taken_back, at=days(3) - INSTANT) == "vip"
    assert card(VIP, taken_back, at=days(3)) == "none"


def test_a_purchase_with_a_card_proves_none_even_when_that_card_is_taken_back() -> None:
    with_the_card = spent(later(1), 6000)
    facts = [VIP, with_the_card, spent(MORNING, -1000, known=later(2))]
    assert card(*facts) == "none"
    assert counting(STORE, facts, later(2)) == (0, 0)
    assert card(*facts, spent(later(3), 999)) == "none"
    assert card(*facts, spent(later(3), 1000)) == "vip"


def test_what_was_bought_without_a_card_still_proves_one_after_a_refund() -> None:
    facts = [spent(MORNING, 600), spent(later(1), 700), spent(MORNING, -600, known=later(2))]
    assert card(*facts) == "none"
    assert card(*facts, spent(later(3), 300)) == "vip"


def test_a_purchase_at_the_moment_of_the_refund_is_a_card_holders() -> None:
    facts = [VIP, spent(MORNING, -1000, known=later(2)), spent(later(2), 5000)]
    assert card(*facts) == "none"


def test_a_total_that_shrinks_by_a_refund_takes_the_higher_card_back() -> None:
    assert card(VIP, spent(days(1), 10_000), spent(days(1), -1, known=days(9))) == "vip"


def test_an_invitation_brings_a_card_with_a_period_of_its_own() -> None:
    held = holding(always(STORE), [invited(MORNING, "silver")], MORNING)
    assert held == Holding("silver", None, MORNING, 0, 0, NEW_YEAR_2028, NEW_YEAR_2028)
    assert card(invited(MORNING, "silver"), spent(days(1), 50_000)) == "platinum"


def test_an_invitation_to_a_lower_card_takes_nothing_away() -> None:
    assert card(spent(MORNING, 5000), invited(days(1), "vip")) == "silver"


def test_an_invitation_raises_within_the_same_period_and_total() -> None:
    facts = [VIP, spent(days(1), 9000), invited(shanghai(2027, 5, 1), "platinum")]
    assert holding(always(STORE), facts, shanghai(2027, 5, 1)).period_until == NEW_YEAR_2028
    assert counting(STORE, facts, shanghai(2027, 5, 1)) == (900_000, 0)


def test_what_is_missing_without_a_card_is_missing_today() -> None:
    facts = [spent(MORNING, 300)]
    held = holding(always(STORE), facts, later(1))
    assert to_next(STORE, facts, held, later(1)) == Gap("vip", 70_000, None, shanghai(2026, 3, 3))
    assert to_next(STORE, facts, held, days(1)) == Gap("vip", 100_000, None, shanghai(2026, 3, 4))


def test_what_is_missing_with_a_card_is_missing_in_the_period() -> None:
    facts = [VIP, spent(days(1), 4000)]
    held = holding(always(STORE), facts, days(2))
    assert to_next(STORE, facts, held, days(2)) == Gap("silver", 600_000, None, NEW_YEAR_2028)
    facts = [spent(MORNING, 5000), spent(days(1), 4000)]
    held = holding(always(STORE), facts, days(2))
    assert to_next(STORE, facts, held, days(2)) == Gap("platinum", 4_600_000, None, NEW_YEAR_2028)


def test_what_is_reached_already_is_missing_by_nothing() -> None:
    """A total may be reached by what a card of its own day cannot use: the next purchase brings it."""
    facts = [VIP, spent(days(1), 20_000)]
    assert to_next(STORE, facts, Holding("vip", None, None), days(2)) == Gap("silver", 0, None, NEW_YEAR_2028)


def test_above_the_highest_card_nothing_is_missing_and_none_is_lost() -> None:
    facts = [spent(MORNING, 50_000)]
    held = holding(always(STORE), facts, later(1))
    assert to_next(STORE, facts, held, later(1)) is None
    assert to_keep(STORE, facts, held, later(1)) is None


def test_a_new_version_does_not_judge_the_past_anew() -> None:
    dearer = STORE.model_copy(
        update={
            "tiers": [
                tier.model_copy(update={"ways": [way.model_copy(update={"spend": way.spend * 2}) for way in tier.ways]})
                for tier in STORE.tiers
            ]
        }
    )

    def program_at(at: datetime) -> Program:
        return dearer if at >= days(5) else STORE

    assert holding(program_at, [VIP], days(6)).tier == "vip"
    assert holding(program_at, [spent(days(6), 1999)], days(6)).tier == "none"
    assert holding(program_at, [spent(days(6), 2000)], days(6)).tier == "vip"


def test_a_card_that_the_program_no_longer_has_is_not_held() -> None:
    without = STORE.model_copy(update={"tiers": [STORE.tiers[0], *STORE.tiers[2:]]})

    def program_at(at: datetime) -> Program:
        return without if at >= days(5) else STORE

    assert holding(program_at, [VIP], days(6)).tier == "none"


@pytest.mark.parametrize(
    ("zones", "elsewhere", "tier"),
    [
        (99, 0, "none"),
        (100, 0, "member"),
        (0, 199, "none"),
        (0, 200, "member"),
        (99, 199, "none"),
        (100, 200, "member"),
    ],
)
def test_the_club_is_joined_by_what_was_spent_in_its_zones_or_elsewhere(zones: int, elsewhere: int, tier: str) -> None:
    assert card(spent(MORNING, zones, elsewhere=elsewhere), program=CAMPUS) == tier


def test_the_clubs_day_adds_up_zones_and_elsewhere_each_by_itself() -> None:
    facts = [spent(MORNING, 60, elsewhere=150), spent(later(1), 30, elsewhere=40)]
    assert card(*facts, program=CAMPUS) == "none"
    assert card(*facts, spent(later(2), 10), program=CAMPUS) == "member"
    assert card(*facts, spent(later(2), 0, elsewhere=10), program=CAMPUS) == "member"
    assert card(*facts, spent(days(1), 10, elsewhere=10), program=CAMPUS) == "none"


def test_the_least_that_is_missing_to_the_club_is_told() -> None:
    facts = [spent(MORNING, 20, elsewhere=150)]
    held = holding(always(CAMPUS), facts, later(1))
    assert to_next(CAMPUS, facts, held, later(1)) == Gap("member", 5000, None, shanghai(2026, 3, 3))


def test_the_club_is_not_lost() -> None:
    assert card(spent(MORNING, 100), at=days(4000), program=CAMPUS) == "member"


purchases = st.lists(
    st.tuples(st.integers(0, 24 * 1500), st.integers(0, 60_000), st.integers(0, 24 * 200)), min_size=1, max_size=10
)


def facts_of(bought: list[tuple[int, int, int]]) -> list[Contribution]:
    """Purchases; every third was returned some hours later."""
    kept = [spent(later(hour), yuan) for hour, yuan, _ in bought]
    back = [spent(later(hour), -yuan, known=later(hour + wait)) for hour, yuan, wait in bought[::3]]
    return kept + back


@given(bought=purchases, at=st.integers(0, 24 * 1800), data=st.data())
def test_the_order_of_arrival_does_not_matter(bought: list[tuple[int, int, int]], at: int, data: st.DataObject) -> None:
    facts = facts_of(bought)
    shuffled = data.draw(st.permutations(facts))
    assert holding(always(STORE), shuffled, later(at)) == holding(always(STORE), facts, later(at))


@given(
    bought=purchases, extra=st.tuples(st.integers(1, 24 * 1500), st.integers(0, 60_000)), at=st.integers(0, 24 * 1800)
)
def test_with_a_card_more_spending_never_lowers_it(
    bought: list[tuple[int, int, int]], extra: tuple[int, int], at: int
) -> None:
    facts = [VIP, *(spent(later(1 + hour), yuan) for hour, yuan, _ in bought)]
    more = [*facts, spent(later(extra[0]), extra[1])]
    assert STORE.rank(card(*more, at=later(at))) >= STORE.rank(card(*facts, at=later(at)))


@given(bought=purchases, more=st.integers(0, 60_000))
def test_a_larger_last_purchase_never_lowers_the_card(bought: list[tuple[int, int, int]], more: int) -> None:
    facts = [spent(later(hour), yuan) for hour, yuan, _ in bought]
    last = later(24 * 1600)
    ranks = [STORE.rank(card(*facts, spent(last, yuan), at=last)) for yuan in (more, more + 1, more + 40_000)]
    assert ranks == sorted(ranks)


@given(bought=purchases)
def test_without_refunds_a_card_is_never_lost(bought: list[tuple[int, int, int]]) -> None:
    facts = [spent(later(hour), yuan) for hour, yuan, _ in bought]
    ranks = [STORE.rank(card(*facts, at=later(hour))) for hour in range(0, 24 * 1600, 24 * 50)]
    assert ranks == sorted(ranks)


def test_what_is_not_known_yet_counts_for_nothing() -> None:
    late = spent(MORNING, 1000, known=later(5))
    assert card(late, at=later(4)) == "none"
    assert card(late, at=later(5)) == "vip"


def test_a_card_that_is_held_is_not_won_again() -> None:
    facts = [VIP, spent(days(1), 120_000), spent(days(2), 10)]
    held = holding(always(STORE), facts, days(3))
    assert (held.tier, held.met_at, held.spend) == ("diamond", days(1), 12_000_000)
    twice = [VIP, invited(days(1), "vip")]
    assert holding(always(STORE), twice, days(3)).met_at == MORNING


def test_a_card_says_what_it_was_won_with() -> None:
    elsewhere = spent(MORNING, 0, elsewhere=250)
    held = holding(always(CAMPUS), [elsewhere], MORNING)
    assert (held.tier, held.spend) == ("member", 25_000)


def test_an_invitation_that_was_taken_back_brings_nothing() -> None:
    asked = invited(MORNING, "vip")
    undone = replace(asked, known=later(1), cancels=True)
    assert card(asked, at=MORNING) == "vip"
    assert card(asked, undone, at=later(2)) == "none"
    both = [asked, replace(invited(MORNING, "silver"), known=MORNING), undone]
    assert card(*both, at=later(2)) == "silver"
