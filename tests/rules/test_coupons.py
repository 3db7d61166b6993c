"""What a coupon is worth, to the minor unit, and when it counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.schema import AmountOff, CouponTemplate, Fixed, PercentOff, Relative
from core.rules.coupons import discount, eligible_amount, issuable, stackable, state, usable, window
from core.rules.refusal import Refusal

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai


@dataclass(frozen=True)
class Line:
    category: str
    unit_price: int
    quantity: int = 1


def template(**given: Any) -> CouponTemplate:
    plain: dict[str, Any] = {
        "id": "plain",
        "name": {"en": "Plain"},
        "discount": AmountOff(kind="amount", amount=500),
        "validity": Relative(days=7),
    }
    return CouponTemplate(**{**plain, **given})


def percent(basis_points: int, cap: int | None = None) -> PercentOff:
    return PercentOff(kind="percent", percent=basis_points, cap=cap)


def test_an_amount_comes_off_once_whatever_the_quantity() -> None:
    assert discount(template(), [Line("food", 400, 3)]) == 500


def test_an_amount_is_never_more_than_the_eligible_lines() -> None:
    assert discount(template(categories=["food"]), [Line("food", 300), Line("toys", 9_000)]) == 300


def test_a_percentage_rounds_down() -> None:
    assert discount(template(discount=percent(1_500)), [Line("food", 999)]) == 149  # 149.85


def test_a_percentage_stops_at_its_cap() -> None:
    assert discount(template(discount=percent(5_000, cap=600)), [Line("food", 2_000)]) == 600


def test_categories_hold_for_what_lies_below_them_only() -> None:
    food = template(categories=["food/fresh"])
    lines = [Line("food", 1), Line("food/fresh", 10), Line("food/fresh/fruit", 100), Line("food/freshest", 1_000)]
    assert eligible_amount(food, lines) == 110


def test_no_eligible_line_is_refused_with_the_categories() -> None:
    refusal = discount(template(categories=["food"]), [Line("toys", 900)])
    assert refusal == Refusal("coupon-no-eligible-lines", {"categories": ["food"]})


def test_the_minimum_is_met_by_eligible_lines_alone() -> None:
    food = template(categories=["food"], min_spend=1_000)
    assert discount(food, [Line("food", 999), Line("toys", 5_000)]) == Refusal(
        "coupon-min-spend", {"min_spend": 1_000, "eligible": 999}
    )
    assert discount(food, [Line("food", 1_000)]) == 500


def test_what_other_coupons_took_is_not_taken_again() -> None:
    assert discount(template(), [Line("food", 700)], taken=400) == 300


@pytest.mark.parametrize(("lines", "taken"), [([Line("food", 500)], 500), ([Line("food", 3)], 0)])
def test_a_coupon_is_not_used_up_for_nothing(lines: list[Line], taken: int) -> None:
    eligible = lines[0].unit_price
    refusal = discount(template(discount=percent(1_000)), lines, taken)
    assert refusal == Refusal("coupon-worth-nothing", {"eligible": eligible, "taken": taken})


lines_of = st.lists(
    st.builds(
        Line,
        st.sampled_from(["food", "food/fruit", "toys"]),
        st.integers(0, 1_000_000_000),
        st.integers(1, 100_000),
    ),
    max_size=20,
)
templates = st.builds(
    template,
    discount=st.one_of(
        st.builds(AmountOff, kind=st.just("amount"), amount=st.integers(1, 10**11)),
        st.builds(
            PercentOff,
            kind=st.just("percent"),
            percent=st.integers(1, 10_000),
            cap=st.none() | st.integers(0, 10**11),
        ),
    ),
    categories=st.sampled_from([[], ["food"], ["toys"], ["food/fruit", "toys"]]),
    min_spend=st.integers(0, 10**6),
)


@given(templates, lines_of, st.integers(0, 10**9))
def test_a_discount_lies_between_nothing_and_what_is_to_pay(
    coupon: CouponTemplate, lines: list[Line], taken: int
) -> None:
    off = discount(coupon, lines, taken)
    if isinstance(off, Refusal):
        return
    total = sum(line.unit_price * line.quantity for line in lines)
    eligible = eligible_amount(coupon, lines)
    assert 0 < off <= min(eligible, total - taken)
    assert eligible >= coupon.min_spend


@given(templates, lines_of)
def test_the_order_of_the_lines_does_not_matter(coupon: CouponTemplate, lines: list[Line]) -> None:
    assert discount(coupon, lines) == discount(coupon, list(reversed(lines)))


@given(templates, lines_of, st.integers(1, 10**6))
def test_buying_more_never_makes_a_coupon_worth_less(coupon: CouponTemplate, lines: list[Line], price: int) -> None:
    less, more = discount(coupon, lines), discount(coupon, [*lines, Line("food", price)])
    if isinstance(less, int):
        assert isinstance(more, int)
        assert more >= less


@given(templates, templates, lines_of)
def test_two_coupons_together_never_take_more_than_the_purchase(
    one: CouponTemplate, other: CouponTemplate, lines: list[Line]
) -> None:
    first = discount(one, lines)
    if isinstance(first, int):
        second = discount(other, lines, first)
        if isinstance(second, int):
            assert first + second <= sum(line.unit_price * line.quantity for line in lines)


def test_relative_validity_counts_business_days_with_the_day_of_issue() -> None:
    since, until = window(Relative(days=1), NOW, SHANGHAI)
    assert (since, until) == (NOW, datetime(2026, 3, 2, 16, 0, tzinfo=UTC))  # midnight in Shanghai, an hour on
    assert window(Relative(days=7), NOW, SHANGHAI)[1] == datetime(2026, 3, 8, 16, 0, tzinfo=UTC)


def test_relative_validity_ends_at_midnight_through_a_change_of_the_clocks() -> None:
    at = datetime(2026, 3, 7, 17, 0, tzinfo=UTC)  # noon in New York; on the 8th the clocks go forward
    assert window(Relative(days=2), at, ZoneInfo("America/New_York"))[1] == datetime(2026, 3, 9, 4, 0, tzinfo=UTC)


def test_fixed_validity_is_what_it_says() -> None:
    fixed = Fixed(since=datetime(2026, 4, 1, tzinfo=UTC), until=datetime(2026, 5, 1, tzinfo=UTC))
    assert window(fixed, NOW, SHANGHAI) == (fixed.since, fixed.until)


SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
BEFORE = datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "now", "stands"),
    [
        ("issued", BEFORE, "not_yet"),
        ("issued", SINCE, "issued"),
        ("issued", UNTIL, "lapsed"),
        ("redeemed", UNTIL, "redeemed"),
        ("void", SINCE, "void"),
    ],
)
def test_how_a_coupon_stands_at_a_moment(status: str, now: datetime, stands: str) -> None:
    assert state(status, SINCE, UNTIL, now) == stands


def test_only_an_issued_coupon_is_usable() -> None:
    assert usable("issued", SINCE, UNTIL) is None
    assert usable("redeemed", SINCE, UNTIL) == Refusal("coupon-used")
    assert usable("void", SINCE, UNTIL) == Refusal("coupon-void")
    assert usable("lapsed", SINCE, UNTIL) == Refusal("coupon-lapsed", {"valid_until": "2026-04-01T00:00:00+00:00"})
    not_yet = Refusal("coupon-not-yet-valid", {"valid_from": "2026-03-01T00:00:00+00:00"})
    assert usable("not_yet", SINCE, UNTIL) == not_yet


def test_stacking_needs_everybody_to_agree() -> None:
    alone, social, other = template(id="alone"), template(id="social", stacking="together"), template(id="other")
    assert stackable(alone, []) is None
    assert stackable(social, [template(id="friend", stacking="together")]) is None
    assert stackable(social, [alone]) == Refusal("coupon-not-stackable", {"alone": ["alone"]})
    assert stackable(alone, [social, other]) == Refusal("coupon-not-stackable", {"alone": ["alone", "other"]})


def test_limits_of_issuing() -> None:
    twice = template(per_member=2)
    assert issuable(twice, 1, UNTIL, NOW) is None
    assert issuable(twice, 2, UNTIL, NOW) == Refusal("coupon-limit-per-member", {"limit": 2})
    assert issuable(twice, 0, NOW, NOW) == Refusal("coupon-lapsed", {"valid_until": NOW.isoformat()})
    assert issuable(template(), 1_000, UNTIL, NOW) is None


def test_the_least_that_a_coupon_takes_is_one() -> None:
    assert discount(template(discount=percent(1)), [Line("food", 10_000)]) == 1
    assert discount(template(discount=percent(10_000)), [Line("food", 10_000)]) == 10_000
    assert discount(template(), [Line("food", 500)]) == 500
