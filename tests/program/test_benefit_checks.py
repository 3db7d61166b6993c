"""Benefits and discounts that contradict themselves are told with line and mend."""

from __future__ import annotations

import pytest

from core.program.loading import load
from tests.program.club import SOURCE
from tests.program.test_faults import faults

BENEFITS = """
[[benefits]]
id = "parking"
name = { en = "Parking", zh-Hans = "停车" }
tiers = ["silver", "gold"]
unit = "hour"

[benefits.daily]
steps = [{ spend = 20000, gives = 2 }]
most = 6

[[benefits.gifts]]
tier = "gold"
amount = 20
from = ["silver"]

[[discounts]]
id = "member"
name = { en = "Member price", zh-Hans = "会员价" }
tier_percents = { gold = 500 }
categories = ["produce"]
except_categories = ["produce/truffles"]

[[member_prices]]
id = "pears"
name = { en = "Pears", zh-Hans = "梨" }
sku = "pear-1"
price = 300
tiers = ["gold"]

[[member_prices]]
id = "pears-for-all"
name = { en = "Pears", zh-Hans = "梨" }
sku = "pear-1"
price = 350
since = 2026-08-01T00:00:00Z
until = 2026-09-01T00:00:00Z
"""
FIRST = SOURCE.count("\n") + 2  # the line of [[benefits]]


def test_it_is_right_as_it_is() -> None:
    program = load(SOURCE + BENEFITS, "club")
    assert program.benefit("parking") is not None
    assert program.benefit("sauna") is None
    assert [each.id for each in program.discounts] == ["member"]


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ('unit = "hour"\n', "\n", 6,
         'benefits[parking].daily: nothing says what is counted; add unit = "hour" above it'),
        ('tiers = ["silver", "gold"]', 'tiers = ["slver", "gold"]', 3,
         'benefits[parking].tiers[1]: there is no tier "slver"; did you mean "silver"?'),
        ("gives = 2", "gives = 7", 7,
         "benefits[parking].daily.steps[1].gives: 7 is more than the 6 that a day brings at most; "
         "lower it or raise most"),
        ("most = 6", 'measure = "goods"', 8,
         'benefits[parking].daily.measure: there is no measure "goods"; add it to [[tiering.measures]]'),
        ('tier = "gold"', 'tier = "regular"', 11,
         'benefits[parking].gifts[1].tier: nobody rises to "regular"; name a higher tier'),
        ('from = ["silver"]', 'from = ["gold"]', 13,
         'benefits[parking].gifts[1].from[1]: "gold" is not below "gold"; name lower tiers alone'),
        ('tiers = ["silver", "gold"]', 'tiers = ["silver"]', 11,
         'benefits[parking].gifts[1].tier: the benefit is not for "gold"; add it to tiers, or remove the gift'),
        ("spend = 20000", "spend = 20", 7,
         "benefits[parking].daily.steps[1].spend: 20 is less than 1 USD: money is counted in the smallest unit; "
         "write 2000 for 20 USD"),
        ("gold = 500", "gold = 5", 18, "discounts[member].tier_percents.gold: 5 is 0.05 %; write 500 for 5 %"),
        ("gold = 500", "gold = 10001", 18,
         "discounts[member].tier_percents.gold: 10001 is above 10000; write 10000 or less"),
        ('"produce/truffles"', '"produce"', 20,
         'discounts[member].except_categories[1]: "produce" is also under categories; keep it in one of the two'),
        ('tiers = ["gold"]\n\n', 'tiers = ["god"]\n\n', 27,
         'member_prices[pears].tiers[1]: there is no tier "god"; did you mean "gold"?'),
        ("price = 300", "price = 3", 26,
         "member_prices[pears].price: 3 is less than 1 USD: money is counted in the smallest unit; "
         "write 300 for 3 USD"),
        ("until = 2026-09-01", "until = 2026-08-01", 35,
         "member_prices[pears-for-all].until: 2026-08-01T00:00:00+00:00 is not after since, "
         "2026-08-01T00:00:00+00:00; write the first moment at which it is over"),
        ('tiers = ["gold"]\n\n', "since = 2026-08-01T00:00:00Z\nuntil = 2026-09-01T00:00:00Z\n", 32,
         'member_prices[pears-for-all].sku: "pear-1" has a price for the same members at the same time already, '
         '"pears"; keep the lower one'),
    ],
)  # fmt: skip
def test_a_contradiction_is_told(right: str, wrong: str, line: int, told: str) -> None:
    assert right in BENEFITS
    assert faults(SOURCE + BENEFITS.replace(right, wrong, 1)) == [f"{FIRST + line}: {told}"]


def test_a_unit_without_anything_in_it_and_two_gifts_for_one_tier() -> None:
    twice = BENEFITS.replace("[[discounts]]", '[[benefits.gifts]]\ntier = "gold"\namount = 1\n\n[[discounts]]')
    assert faults(SOURCE + twice) == [
        f'{FIRST + 16}: benefits[parking].gifts[2].tier: there are two gifts for "gold"; keep one'
    ]
    empty = BENEFITS.split("[benefits.daily]")[0]
    assert faults(SOURCE + empty) == [
        f"{FIRST + 4}: benefits[parking].unit: there is nothing to draw; add daily or gifts, or remove unit"
    ]
