"""What a draft changes, key by key."""

from __future__ import annotations

import pytest

from core.program.differences import differences
from core.program.loading import load
from tests.conftest import FIVE_TIER, SMALL

SOURCE = SMALL.read_text(encoding="utf-8")
SMALL_PROGRAM = load(SOURCE, "small")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("points = 1\nper = 100", "points = 7\nper = 100", ["changed earning.rules[base].points: 1 → 7"]),
        ("spend = 100_000", "spend = 90_000", ["changed tiers[silver].spend: 100000 → 90000"]),
        ("silver = 1.5, gold", "gold", ["removed earning.rules[base].tier_rates.silver = 3/2"]),
        ("silver = 1.5", 'silver = "3/2"', []),
        ("category_rates = { fresh = 2 }\n", "", ["removed earning.rules[base].category_rates.fresh = 2"]),
        (
            "points = 8000",
            'benefits = { en = ["Tea"], zh-Hans = ["茶"] }',
            [
                "removed tiers[gold].points = 8000",
                'added tiers[gold].benefits.en = ["Tea"]',
                'added tiers[gold].benefits.zh-Hans = ["茶"]',
            ],
        ),
        ('en = "Small"', 'en = "Smaller"', ['changed program.name.en: "Small" → "Smaller"']),
        ("first_purchase = true", "birthday_month = true", [
            "changed earning.rules[first].when.first_purchase: true → false",
            "changed earning.rules[first].when.birthday_month: false → true",
        ]),
        (
            'except_categories = ["gift-card"]',
            'except_categories = ["gift-card", "grocery"]',
            ['changed earning.rules[base].except_categories: ["gift-card"] → ["gift-card", "grocery"]'],
        ),
        (
            "[earning]\n",
            '[[activities]]\nid = "visit"\nname = { en = "Visit", zh-Hans = "到店" }\npoints = 5\n\n[earning]\n',
            ["added activities[visit]"],
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_as_the_file_calls_it(before: str, after: str, told: list[str]) -> None:
    assert before in SOURCE
    changed = load(SOURCE.replace(before, after, 1), "changed")
    assert [str(change) for change in differences(SMALL_PROGRAM, changed)] == told


def test_what_is_added_one_way_is_removed_the_other() -> None:
    other = load(FIVE_TIER.read_text(encoding="utf-8"), "other")
    there, back = differences(SMALL_PROGRAM, other), differences(other, SMALL_PROGRAM)
    opposite = {"added": "removed", "removed": "added"}
    turned = {(opposite.get(each.what, each.what), each.key) for each in there}
    assert turned == {(each.what, each.key) for each in back}
    assert differences(other, other) == []


def test_another_order_is_a_change_where_things_have_ids() -> None:
    fresh, gift = SOURCE.index('[[categories]]\nid = "fresh"'), SOURCE.index('[[categories]]\nid = "gift-card"')
    tiers = SOURCE.index("[[tiers]]")
    swapped = SOURCE[:fresh] + SOURCE[gift:tiers] + SOURCE[fresh:gift] + SOURCE[tiers:]
    [change] = differences(SMALL_PROGRAM, load(swapped, "swapped"))
    assert str(change) == "reordered categories: grocery, gift-card, fresh, before grocery, fresh, gift-card"
