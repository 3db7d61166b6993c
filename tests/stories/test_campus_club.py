"""S7 worked out by hand, in yuan: the card with 100 in the zones in one day or 200 elsewhere, then 1 point a yuan.

`qualifying` is what was bought in the zones, in fen.
"""

from __future__ import annotations

from tests.stories.golden import Line, lines, told

EXPECTED: list[Line] = [
    ("mei", 0, 0, 0, "none", 0, [], None),
    ("mei", 0, 0, 0, "none", 6000, [("base", 0)], None),  # sports: 60 of 100
    ("mei", 0, 0, 0, "none", 6000, [("base", 0)], None),  # shoes are no zone: 150 of 200
    ("mei", 0, 0, 0, "none", 9999, [("base", 0)], None),  # denim: 60 + 39.99 = 99.99
    ("mei", 0, 0, 0, "member", 0, [("base", 0)], None),  # pens: 99.99 + 0.01 = 100.00; the joining day so far earns 0
    ("mei", 120, 0, 0, "member", 12050, [("base", 120)], None),  # 120.50 × 1 = 120.50
    ("mei", 20, 0, 0, "member", 12050, [("reward:notebook", -100)], None),
    ("mei", 20, 0, 0, "member", 12050, [], "points-short"),  # 1,500 for the backpack
    # Half of 120.50 came back: 60.25 are worth 60, so 120 - 60 go back; 20 are there, 40 are owed.
    ("mei", 0, 0, 40, "member", 6025, [("base", -60)], None),
    ("mei", 60, 0, 0, "member", 16025, [("base", 100)], None),  # 100 - 40 owed
    ("tao", 0, 0, 0, "none", 0, [], None),
    ("tao", 0, 0, 0, "none", 0, [], "reward-not-for-tier"),
    ("tao", 0, 0, 0, "none", 9999, [("base", 0)], None),  # 99.99 in the zones and 199.99 elsewhere do not add up
    ("tao", 0, 0, 0, "member", 0, [("base", 0)], None),  # the next day: 200 elsewhere
    # The period of the total ended with 2027, and with 2029; the points are still there, and go along with the card.
    ("mei", 60, 0, 0, "member", 0, [("handover", 0)], None),
    ("yun", 60, 0, 0, "member", 0, [], None),  # ten years on
]


def test_it_comes_out_to_the_point() -> None:
    for number, (line, expected) in enumerate(zip(lines("campus-club"), EXPECTED, strict=True), 1):
        assert line == expected, f"line {number}"


def test_the_clubs_points_never_lapse() -> None:
    assert {entry.expires_at for each in told("campus-club") for entry in each.entries} == {None}
