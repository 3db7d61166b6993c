from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.rules.lots import Lot, Take, active_points, lapsed, pending_points, spend, take_back
from core.rules.refusal import Refusal

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def lot(number: int, remaining: int, active_in: int = 0, left: int = 10) -> Lot:
    return Lot(number, remaining, NOW + active_in * DAY, NOW + left * DAY)


lots = st.lists(
    st.builds(lot, st.just(0), st.integers(1, 500), st.integers(-3, 3), st.integers(-2, 5)), max_size=8
).map(
    lambda drawn: [Lot(place, each.remaining, each.activates_at, each.expires_at) for place, each in enumerate(drawn)]
)


def test_what_expires_first_is_spent_first_and_the_older_of_two() -> None:
    held = [lot(1, 50, left=9), lot(2, 30, left=3), lot(3, 40, left=3)]
    assert spend(held, 60, NOW) == [Take(2, 30), Take(3, 30)]


def test_pending_and_lapsed_points_cannot_be_spent() -> None:
    held = [lot(1, 50, active_in=1), lot(2, 30, left=0), lot(3, 20)]
    assert (active_points(held, NOW), pending_points(held, NOW)) == (20, 50)
    assert spend(held, 21, NOW) == Refusal("points-short", {"needed": 21, "active": 20, "missing": 1})


def test_a_lot_is_spendable_from_its_first_moment_to_before_its_last() -> None:
    assert active_points([lot(1, 5, active_in=0)], NOW) == 5
    assert active_points([lot(1, 5, left=0)], NOW) == 0


def test_a_reversal_takes_its_own_lot_first_even_a_pending_one() -> None:
    held = [lot(1, 50, left=1), lot(2, 30, active_in=2)]
    assert take_back(held, 40, 2, NOW) == ([Take(2, 30), Take(1, 10)], 0)


def test_a_reversal_takes_what_is_still_to_come_before_anything_is_owed() -> None:
    held = [lot(1, 50, active_in=3), lot(2, 30, active_in=2), lot(3, 10)]
    assert take_back(held, 60, None, NOW) == ([Take(3, 10), Take(2, 30), Take(1, 20)], 0)


def test_a_reversal_says_what_is_missing() -> None:
    assert take_back([lot(1, 5)], 9, None, NOW) == ([Take(1, 5)], 4)


def test_what_is_over_lapses_by_its_moment() -> None:
    held = [lot(1, 5, left=0), lot(2, 7, left=-1), lot(3, 9), lot(4, 0, left=-1)]
    assert lapsed(held, NOW) == {NOW - DAY: [Take(2, 7)], NOW: [Take(1, 5)]}


@given(held=lots, points=st.integers(1, 2000))
def test_spending_takes_exactly_what_was_asked_and_never_more_than_is_there(held: list[Lot], points: int) -> None:
    takes = spend(held, points, NOW)
    if isinstance(takes, Refusal):
        assert active_points(held, NOW) < points
        return
    left = {each.id: each.remaining for each in held if each.active(NOW)}
    assert sum(take.points for take in takes) == points
    assert all(0 < take.points <= left[take.lot_id] for take in takes)


@given(held=lots, days=st.lists(st.integers(-3, 6), min_size=1, max_size=4))
def test_lapsing_twice_is_once_and_at_any_moments_in_between_the_same(held: list[Lot], days: list[int]) -> None:
    moments = [NOW + each * DAY for each in sorted(days)]
    left, over = held, dict[datetime, list[Take]]()
    for moment in [*moments, moments[-1]]:
        taken = lapsed(left, moment)
        over.update(taken)
        gone = {take.lot_id: take.points for takes in taken.values() for take in takes}
        left = [replace(lot, remaining=lot.remaining - gone.get(lot.id, 0)) for lot in left]
    assert over == lapsed(held, moments[-1])
    assert lapsed(left, moments[-1]) == {}


@given(held=lots, points=st.integers(1, 2000), own=st.integers(0, 8))
def test_taking_back_and_what_is_missing_add_up(held: list[Lot], points: int, own: int) -> None:
    takes, missing = take_back(held, points, own, NOW)
    assert sum(take.points for take in takes) + missing == points
    assert len({take.lot_id for take in takes}) == len(takes)
    assert missing == max(0, points - sum(each.remaining for each in held if each.expires_at > NOW or each.id == own))
