from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import Program
from core.rules.contributions import Contribution, Gap, Holding
from core.rules.tier_rolling import JUST_BEFORE, counting, holding, met, to_keep, to_next
from tests.rules.small import PROGRAM

START = datetime(2025, 1, 10, 4, tzinfo=UTC)  # noon in Shanghai


def in_force(_at: datetime) -> Program:
    return PROGRAM


def spent(day: int, amount: int, known: int | None = None) -> Contribution:
    at = START + timedelta(days=day)
    return Contribution(at, START + timedelta(days=day if known is None else known), amount, amount // 100)


def on(day: int) -> datetime:
    return START + timedelta(days=day)


@pytest.mark.parametrize(
    ("spend", "points", "tier"),
    [(0, 0, "basic"), (99_999, 7999, "basic"), (100_000, 0, "silver"), (500_000, 0, "gold"), (0, 8000, "gold")],
)
def test_either_threshold_is_enough(spend: int, points: int, tier: str) -> None:
    assert met(PROGRAM, spend, points) == tier


def test_the_lowest_tier_is_held_by_everybody_for_ever() -> None:
    assert holding(in_force, [], START) == Holding("basic", None, None)


def test_a_tier_is_held_to_the_end_of_the_same_day_next_year() -> None:
    held = holding(in_force, [spent(0, 100_000)], on(1))
    assert held == Holding(
        "silver", datetime(2026, 1, 10, 16, tzinfo=UTC), START, 100_000, 1000, datetime(2026, 1, 10, 16, tzinfo=UTC)
    )
    assert holding(in_force, [spent(0, 100_000)], datetime(2026, 1, 10, 15, 59, 59, tzinfo=UTC)).tier == "silver"
    assert holding(in_force, [spent(0, 100_000)], datetime(2026, 1, 10, 16, tzinfo=UTC)).tier == "basic"


def test_meeting_it_again_keeps_it_for_another_year() -> None:
    facts = [spent(0, 100_000), spent(200, 50_000)]
    assert holding(in_force, facts, on(201)).until == datetime(2026, 7, 29, 16, tzinfo=UTC)


def test_it_falls_to_the_highest_tier_still_held() -> None:
    facts = [spent(0, 500_000), spent(300, 0), spent(364, 1)]
    assert holding(in_force, facts, on(365)).tier == "gold"
    facts = [spent(0, 400_000), spent(10, 100_000), spent(370, 100_000)]
    gold_until = holding(in_force, facts, on(371)).until
    assert gold_until is not None
    assert holding(in_force, facts, gold_until) == Holding(
        "silver",
        datetime(2027, 1, 15, 16, tzinfo=UTC),
        on(370),
        200_000,
        2000,
        review_at=datetime(2027, 1, 15, 16, tzinfo=UTC),
    )


def test_a_refund_counts_from_its_own_day_against_the_purchase() -> None:
    facts = [spent(0, 100_000), Contribution(START, on(30), -1, 0)]
    assert holding(in_force, facts, on(29)).tier == "silver"
    assert holding(in_force, facts, on(30)).tier == "basic"


def test_what_counts_now() -> None:
    facts = [spent(-400, 7000), spent(0, 500), spent(3, 300), spent(9, 40)]
    assert counting(PROGRAM, facts, on(5)) == (800, 8)


def test_a_new_version_takes_nothing_away_before_its_term_is_over() -> None:
    stricter = PROGRAM.model_copy(
        update={"tiers": [tier.model_copy(update={"spend": 900_000} if tier.spend else {}) for tier in PROGRAM.tiers]}
    )

    def program_at(at: datetime) -> Program:
        return stricter if at >= on(50) else PROGRAM

    facts = [spent(0, 500_000), spent(60, 100_000)]
    assert holding(program_at, facts, on(61)) == Holding(
        "gold",
        datetime(2026, 1, 10, 16, tzinfo=UTC),
        START,
        500_000,
        5000,
        review_at=datetime(2026, 1, 10, 16, tzinfo=UTC),
    )


amounts = st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 300_000)), min_size=1, max_size=12)


@given(facts=amounts, extra=st.tuples(st.integers(0, 1200), st.integers(0, 300_000)), at=st.integers(0, 1800))
def test_more_spending_never_lowers_the_tier(facts: list[tuple[int, int]], extra: tuple[int, int], at: int) -> None:
    before = holding(in_force, [spent(*each) for each in facts], on(at))
    after = holding(in_force, [spent(*each) for each in [*facts, extra]], on(at))
    assert PROGRAM.rank(after.tier) >= PROGRAM.rank(before.tier)


@given(facts=amounts, at=st.integers(0, 1800), data=st.data())
def test_the_order_of_arrival_does_not_matter(facts: list[tuple[int, int]], at: int, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(facts))
    one = holding(in_force, [spent(*each) for each in facts], on(at))
    other = holding(in_force, [spent(*each) for each in shuffled], on(at))
    assert (one.tier, one.until) == (other.tier, other.until)


GOLD_END = datetime(2026, 1, 10, 16, tzinfo=UTC)


def test_what_is_missing_to_the_next_tier_and_to_keep_this_one() -> None:
    facts = [spent(0, 100_000), spent(20, 30_000)]
    held = holding(in_force, facts, on(21))
    assert held.until == datetime(2026, 1, 30, 16, tzinfo=UTC)
    assert to_next(PROGRAM, facts, held, on(21)) == Gap("gold", 370_000, 6_700)
    assert to_keep(PROGRAM, facts, held, on(21)) == Gap("silver", 70_000, None, held.until)
    rich = [spent(0, 100_000), spent(20, 430_000)]
    top = holding(in_force, rich, on(21))
    assert to_next(PROGRAM, rich, top, on(21)) is None
    assert to_keep(PROGRAM, rich, top, on(21)) == Gap("gold", 70_000, 3_700, top.until)
    lowest = holding(in_force, [], on(1))
    assert to_next(PROGRAM, [], lowest, on(1)) == Gap("silver", 100_000, None)
    assert to_keep(PROGRAM, [], lowest, on(1)) is None


def test_more_than_enough_leaves_nothing_missing() -> None:
    """What has gone over a threshold is not owed back: invited to Silver, with more than Gold asks for."""
    facts = [spent(0, 600_000)]
    assert to_next(PROGRAM, facts, Holding("silver", None, None), on(1)) == Gap("gold", 0, 2_000)


def test_a_contribution_counts_from_its_moment_to_the_end_of_its_window() -> None:
    facts = [spent(0, 500), spent(0, 40, known=3)]
    assert counting(PROGRAM, facts, START - JUST_BEFORE) == (0, 0)
    assert counting(PROGRAM, facts, START) == (500, 5)
    assert counting(PROGRAM, facts, on(3) - JUST_BEFORE) == (500, 5)
    assert counting(PROGRAM, facts, on(3)) == (540, 5)
    assert counting(PROGRAM, facts, GOLD_END - JUST_BEFORE) == (540, 5)
    assert counting(PROGRAM, facts, GOLD_END) == (0, 0)


@pytest.mark.parametrize(("moment", "tier"), [(GOLD_END - JUST_BEFORE, "silver"), (GOLD_END, "basic")])
def test_two_purchases_add_up_while_the_first_ones_window_lasts(moment: datetime, tier: str) -> None:
    second = Contribution(moment, moment, 1, 0)
    assert holding(in_force, [spent(0, 99_999), second], moment).tier == tier


@pytest.mark.parametrize(
    ("until", "held"),
    [
        (on(10), ("basic", None)),
        (on(10) + JUST_BEFORE, ("gold", on(10) + JUST_BEFORE)),
        (GOLD_END, ("gold", GOLD_END)),
        (GOLD_END + JUST_BEFORE, ("gold", GOLD_END)),  # never beyond the term
    ],
)
def test_an_invitation_holds_to_its_own_end(until: datetime, held: tuple[str, datetime | None]) -> None:
    invited = Contribution(START, START, 0, 0, invited_to="gold", invited_until=until)
    found = holding(in_force, [invited], on(10))
    assert (found.tier, found.until) == held
    assert found.review_at == found.until


def test_what_qualifies_beside_an_invitation_is_judged_by_its_sums() -> None:
    """Silver by spending at the very moment of an invitation to Gold that ends before it."""
    invited = Contribution(START, START, 100_000, 1_000, invited_to="gold", invited_until=on(5))
    assert holding(in_force, [invited], on(4)).tier == "gold"
    assert holding(in_force, [invited], on(5)) == Holding("silver", GOLD_END, START, 100_000, 1_000, GOLD_END)
    lasting = Contribution(START, START, 100_000, 1_000, invited_to="gold")
    assert holding(in_force, [lasting], on(5)) == Holding("gold", GOLD_END, START, 100_000, 1_000, GOLD_END)


def test_an_invitations_end_leaves_out_its_grace() -> None:
    kept = with_terms(grace_days=10)
    invited = Contribution(START, START, 0, 0, invited_to="gold", invited_until=GOLD_END)
    assert holding(lambda _: kept, [invited], on(10)) == Holding("gold", GOLD_END, START, 0, 0, GOLD_END)
    graced = GOLD_END + timedelta(days=10)
    longer = replace(invited, invited_until=graced)
    assert holding(lambda _: kept, [longer], on(10)) == Holding(
        "gold", graced, START, 0, 0, graced, term_until=GOLD_END
    )
    over = replace(longer, invited_until=on(9))
    assert holding(lambda _: kept, [over], on(10)) == Holding("basic", None, None)


def test_what_was_met_under_two_versions_holds_for_the_longer_of_their_terms() -> None:
    brief = with_terms(validity_months=1)

    def program_at(at: datetime) -> Program:
        return brief if at >= on(100) else PROGRAM

    held = holding(program_at, [spent(0, 100_000), spent(100, 100_000)], on(200))
    assert held == Holding("silver", GOLD_END, START, 100_000, 1_000, GOLD_END)


def test_each_moment_is_judged_over_the_window_of_its_own_version() -> None:
    narrow = with_terms(window_months=1)

    def program_at(at: datetime) -> Program:
        return narrow if at >= on(300) else PROGRAM

    assert holding(program_at, [spent(0, 60_000), spent(310, 50_000)], on(311)).tier == "basic"
    assert holding(program_at, [spent(0, 60_000), spent(200, 50_000), spent(310, 1)], on(311)).met_at == on(200)


def test_a_tier_by_points_alone_has_no_spend_to_miss() -> None:
    tiers = [*PROGRAM.tiers[:2], PROGRAM.tiers[2].model_copy(update={"spend": None, "points": 1_000})]
    program = PROGRAM.model_copy(update={"tiers": tiers})
    held = Holding("silver", GOLD_END, START)
    assert to_next(program, [spent(0, 99_000)], held, on(1)) == Gap("gold", None, 10, None)
    assert to_next(program, [spent(0, 100_000)], held, on(1)) == Gap("gold", None, 0, None)


def with_terms(**terms: int) -> Program:
    return PROGRAM.model_copy(update={"tiering": PROGRAM.tiering.model_copy(update=terms)})
