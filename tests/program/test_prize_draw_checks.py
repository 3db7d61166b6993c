"""Prize draws that contradict themselves are told with line and mend."""

from __future__ import annotations

from fractions import Fraction

import pytest

from core.program.loading import load
from tests.program.club import SOURCE
from tests.program.test_faults import faults

DRAW = """
[[prize_draws]]
id = "spring"
name = { en = "Spring", zh-Hans = "春" }
price = 50
consolation = 5
per_day = 2

[[prize_draws.prizes]]
id = "mug"
name = { en = "Mug", zh-Hans = "杯" }
odds = "1/100"
goods = true
stock = 20

[[prize_draws.prizes]]
id = "off"
name = { en = "Five off", zh-Hans = "减五" }
odds = 0.05
coupon = "five"
"""
FIRST = SOURCE.count("\n") + 2  # the line of [[prize_draws]]
OF_DRAW = "prize_draws[spring]"


def test_it_is_right_as_it_is() -> None:
    (draw,) = load(SOURCE + DRAW, "club").prize_draws
    assert (draw.tickets, draw.nothing) == (100, Fraction(94, 100))
    assert [prize.odds for prize in draw.prizes] == [Fraction(1, 100), Fraction(1, 20)]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("odds = 0.05", 'odds = "995/1000"', 17,
         f'{OF_DRAW}.prizes[off].odds: with it the odds add up to 201/200, more than one; write "99/100" at most, or '
         "lower the others"),
        ('odds = "1/100"', "odds = 1", 17,
         f"{OF_DRAW}.prizes[off].odds: with it the odds add up to 21/20, more than one; remove it, or lower the "
         "others"),
        ("odds = 0.05", "odds = 0", 17,
         f'{OF_DRAW}.prizes[off].odds: 0 cannot be used; write an exact part of one: "1/100" is one play in a hundred'),
        ("odds = 0.05", "odds = 1e-3", 17,
         f'{OF_DRAW}.prizes[off].odds: 0.001 cannot be used; write an exact part of one: "1/100" is one play in a '
         "hundred"),
        ("goods = true\n", "\n", 7,
         f'{OF_DRAW}.prizes[mug]: nothing says what is won; add points = 500, coupon = "…" or goods = true'),
        ("goods = true\n", "goods = true\npoints = 9\n", 11,
         f"{OF_DRAW}.prizes[mug].goods: the prize has both points and goods; keep one of the two"),
        ('coupon = "five"\n', 'coupon = "five"\nclaim_days = 3\n', 19,
         f"{OF_DRAW}.prizes[off].claim_days: there are no goods to fetch; remove it, or write goods = true"),
        ('id = "off"', 'id = "mug"', 15,
         f'{OF_DRAW}.prizes[mug].id: there are two of "mug"; give each prize an id of its own'),
        ("per_day = 2", "per_day = 2\nper_member = 1", 5,
         f"{OF_DRAW}.per_day: 2 a day are never reached with 1 in all; lower per_day or raise per_member"),
        ("price = 50\nconsolation = 5\nper_day = 2", "price = 0", 3,
         f"{OF_DRAW}.price: without a limit it could be played for ever; add per_day or per_member"),
        ("price = 50\nconsolation = 5\nper_day = 2", "price = 5\nconsolation = 10", 3,
         f"{OF_DRAW}.price: a play brings back 9.4 points on average and costs 5; raise it, lower what is won, or add "
         "per_day or per_member"),
        ("per_day = 2", 'per_day = 2\ntiers = ["glod"]', 6,
         f'{OF_DRAW}.tiers[1]: there is no tier "glod"; did you mean "gold"?'),
        ("per_day = 2", "since = 2026-03-02T00:00:00+08:00\nuntil = 2026-03-02T00:00:00+08:00\nper_day = 2", 6,
         f"{OF_DRAW}.until: 2026-03-02T00:00:00+08:00 is not after since, 2026-03-02T00:00:00+08:00; write the first "
         "moment at which it is over"),
        ("per_day = 2", 'per_day = 2\nrounds = "week"', 6,
         f'{OF_DRAW}.rounds: "week" is not known here; write "day" or "month"'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_mend(right: str, wrong: str, line: int, told: str) -> None:
    assert right in DRAW
    assert faults(SOURCE + DRAW.replace(right, wrong, 1)) == [f"{FIRST + line}: {told}"]


def test_a_coupon_that_is_over_before_the_draw_begins() -> None:
    wrong = DRAW.replace("per_day = 2", "per_day = 2\nsince = 2027-02-01T00:00:00+08:00").replace('"five"', '"season"')
    assert faults(SOURCE + wrong) == [
        f'{FIRST + 19}: {OF_DRAW}.prizes[off].coupon: "season" is over before the prize draw begins; move the dates of '
        "the prize draw or of the coupon"
    ]


def test_odds_over_numbers_that_have_nothing_in_common() -> None:
    more = '\n[[prize_draws.prizes]]\nid = "a"\nname = { en = "A", zh-Hans = "A" }\nodds = "1/999999929"\npoints = 1\n'
    wrong = DRAW.replace('"1/100"', '"1/999999937"') + more
    assert faults(SOURCE + wrong) == [
        f"{FIRST + 23}: {OF_DRAW}.prizes[a].odds: the odds of the prizes have too large a common denominator; write "
        'them over the same number, such as "1/1000"'
    ]


def test_all_faults_of_a_draw_are_told_at_once() -> None:
    wrong = DRAW.replace('odds = "1/100"', "odds = 1").replace('"five"', '"fife"').replace("price = 50", "price = 5.5")
    assert len(faults(SOURCE + wrong)) == 3
