"""S8 worked out by hand, in yuan: judged at each turn of the year; `qualifying` is the calendar year's sum, in fen."""

from __future__ import annotations

from tests.stories.golden import Line, lines

EXPECTED: list[Line] = [
    ("jin", 0, 0, 0, "client", 0, [], None),
    ("bao", 0, 0, 0, "client", 0, [], None),
    ("jin", 120000, 0, 0, "client", 12000000, [("base", 120000)], None),  # 2024: 120,000
    ("bao", 200000, 0, 0, "client", 20000000, [("base", 200000)], None),  # 2024: 200,000, in its last second
    (
        "bao",
        200000,
        0,
        0,
        "client",
        0,
        [],
        None,
    ),  # not above 200,000, and no year of 100,000 before: no entry, no bonus
    ("bao", 400000, 0, 0, "client", 20000001, [("base", 200000)], None),  # 2025: 200,000.01
    ("jin", 220000, 0, 0, "client", 10000000, [("base", 100000)], None),  # 2025: 100,000
    ("jin", 220000, 0, 0, "client", 10000000, [], None),  # nothing before the turn of the year
    # 2025 above 200,000: in, and 20,000 points; 400000 + 20000.
    ("bao", 420000, 0, 0, "private", 0, [("year_end:great-year", 20000)], None),
    ("jin", 220000, 0, 0, "private", 0, [], None),  # 120,000 and 100,000 in two years on end: in, without a bonus
    ("jin", 218000, 0, 0, "private", 0, [("reward:afternoon-tea", -2000)], None),  # 3,000 for clients, 2,000 for these
    # 0.02 of 2025 came back: 199,999.99 are worth 199999 (1 goes back) and bring no bonus (20000 go back). The tier
    # stays: 200,000 in 2024 and 199,999.99 in 2025 are two years of 100,000.
    ("bao", 399999, 0, 0, "private", 0, [("base", -1), ("year_end:great-year", -20000)], None),
    ("jin", 267999, 0, 0, "private", 4999999, [("base", 49999)], None),  # 2026: 49,999.99; 218000 + 49999
    ("jin", 267999, 0, 0, "private", 4999999, [], None),
    ("jin", 267999, 0, 0, "client", 0, [], None),  # less than 50,000 in the year that ended: out
    ("jin", 267999, 0, 0, "client", 0, [], None),  # two years after 1 July 2026, to the end of the day
    ("jin", 0, 0, 0, "client", 0, [("dormancy", -267999)], None),  # closed, and every point with it
    ("jin", 0, 0, 0, "client", 0, [], "member-closed"),
    # 1,000.00 of 1 March 2027, told of in July 2028: never away for so long; 267999 + 1000.
    ("jin", 268999, 0, 0, "client", 0, [("dormancy", 267999), ("base", 1000)], None),
    ("jin", 0, 0, 0, "client", 0, [("dormancy", -268999)], None),  # two years after that
]


def test_it_comes_out_to_the_point() -> None:
    for number, (line, expected) in enumerate(zip(lines("private-clients"), EXPECTED, strict=True), 1):
        assert line == expected, f"line {number}"
