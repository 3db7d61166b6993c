"""Goals worked out by hand, in yuan: marks of points earned, every fifth visit, ¥10 for each ¥100 of a day, and a part
of the points paid in a month.

`qualifying` is what was eaten and drunk in the last twelve months, in fen.
"""

from __future__ import annotations

from tests.stories.golden import Line, lines, told

EXPECTED: list[Line] = [
    ("lin", 0, 0, 0, "guest", 0, [], None),
    ("lin", 99, 0, 0, "guest", 9999, [("base", 99)], None),  # 99.99: one fen short
    ("lin", 199, 0, 0, "guest", 20001, [("base", 100), ("goal:hundred-ten", 0)], None),  # 200.01: two coupons
    # 50.01 came back: 150.00 are left, one coupon is withdrawn.
    ("lin", 149, 0, 0, "guest", 15000, [("base", -50), ("goal:hundred-ten", 0)], None),
    ("lin", 330, 0, 0, "guest", 15000, [("base", 151), ("goal:well-read-leaves", 30)], None),  # 99 + 50 + 151 = 300
    ("lin", 372, 0, 0, "guest", 19200, [("base", 42)], None),
    ("lin", 414, 0, 0, "guest", 23400, [("base", 42)], None),
    ("lin", 456, 0, 0, "guest", 27600, [("base", 42), ("goal:fifth-visit", 0)], None),
    ("lin", 271, 0, 0, "guest", 27600, [("reward:cup", -205), ("goal:points-back", 20)], None),  # 205 / 10 = 20.5
    ("lin", 271, 0, 0, "guest", 27600, [], "points-short"),
    ("lin", 971, 0, 0, "guest", 27600, [("base", 600), ("goal:well-read-leaves", 100)], None),  # 426 + 600 = 1,026
    ("lin", 714, 0, 0, "guest", 27600, [("reward:caddy", -300), ("goal:points-back", 43)], None),  # 505 / 8 = 63.125
    ("lin", 14, 0, 0, "guest", 27600, [("base", -600), ("goal:well-read-leaves", -100)], None),
    ("lin", 64, 0, 0, "guest", 32600, [("base", 50), ("goal:hundred-ten", 0)], None),  # 150.00 + 50.00 of that day
    ("lin", 64, 0, 0, "guest", 32600, [], None),
]
COUPONS: list[tuple[int, int]] = [
    *[(0, 0), (0, 0), (2, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 1), (1, 1), (1, 1)],
    *[(1, 2), (1, 2), (1, 1), (2, 1)],
    (1, 1),  # the one of 2 March was good for 30 days
]
"""How many of ¥10 and how many pots of tea can be used."""


def test_it_comes_out_to_the_point() -> None:
    for number, (line, expected) in enumerate(zip(lines("tea-house"), EXPECTED, strict=True), 1):
        assert line == expected, f"line {number}"


def test_the_coupons_come_and_go() -> None:
    held = [[coupon.template for coupon in each.coupons] for each in told("tea-house")]
    assert [(each.count("ten-back"), each.count("pot-of-tea")) for each in held] == COUPONS
