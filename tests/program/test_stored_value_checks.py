"""Stored value that contradicts itself is told with line and mend."""

from __future__ import annotations

import pytest

from core.program.loading import load
from tests.program.club import SOURCE
from tests.program.test_faults import faults

STORED_VALUE = """
[stored_value]
least = 1000
most = 200000
most_held = 500000
bonuses = [
    { from = 10000, gives = 1000 },
    { from = 50000, percent = 1500 },
]
bonus_months = 12
spend_first = "bonus"
"""
FIRST = SOURCE.count("\n") + 2  # the line of [stored_value]


def test_it_is_right_as_it_is() -> None:
    stored = load(SOURCE + STORED_VALUE, "club").stored_value
    assert stored is not None
    assert [(each.reaches, each.gives, each.percent) for each in stored.bonuses] == [
        (10000, 1000, None),
        (50000, None, 1500),
    ]
    bare = load(SOURCE + "\n[stored_value]\n", "club").stored_value
    assert bare is not None
    assert (bare.least, bare.most, bare.bonuses, bare.spend_first) == (1, None, [], "paid_in")


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("least = 1000", "least = 200001", 1,
         "stored_value.least: 200001 is more than the 200000 that a top-up may bring; lower it"),
        ("most_held = 500000", "most_held = 999", 3,
         "stored_value.most_held: a top-up of 1000 is more than a member may hold; raise it, or lower least"),
        ("gives = 1000", "gives = 1000, percent = 500", 5,
         "stored_value.bonuses[1].percent: the step has both gives and percent; keep one of the two"),
        (", gives = 1000", "", 5,
         "stored_value.bonuses[1]: the step brings nothing; add gives = 1000, or percent = 500 for 5 %"),
        ("from = 50000", "from = 10000", 6,
         "stored_value.bonuses[2].from: 10000 is not above the 10000 of the step before; put them in order"),
        ("percent = 1500", "percent = 199", 6,
         "stored_value.bonuses[2].from: a top-up of 50000 would bring 995, by the step before it would be 1000; "
         "let more money bring more"),
        ("most = 200000", "most = 49999", 6,
         "stored_value.bonuses[2].from: a top-up brings 49999 at most; lower it or raise most"),
        ("least = 1000", "least = 50000", 5,
         "stored_value.bonuses[1].from: a top-up brings 50000 at least, which reaches the next step; remove the step"),
        ("most_held = 500000", "most_held = 57499", 6,
         "stored_value.bonuses[2].from: with its bonus that is more than the 57499 held at most; raise most_held"),
        ("percent = 1500", "percent = 15", 6,
         "stored_value.bonuses[2].percent: 15 is 0.15 %; write 1500 for 15 %"),
        ('spend_first = "bonus"', 'spend_first = "newest"', 9,
         'stored_value.spend_first: "newest" is not known here; write "paid_in" or "bonus"'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_mend(right: str, wrong: str, line: int, told: str) -> None:
    assert right in STORED_VALUE
    source = SOURCE + STORED_VALUE.replace(right, wrong, 1)
    assert f"{FIRST + line}: {told}" in faults(source)


def test_what_does_nothing_without_bonuses_is_told() -> None:
    source = SOURCE + '\n[stored_value]\nbonus_months = 12\nspend_first = "bonus"\n'
    assert faults(source) == [
        f"{FIRST + line}: stored_value.{key}: {key} does nothing without bonuses; remove it or add bonuses"
        for line, key in ((1, "bonus_months"), (2, "spend_first"))
    ]
