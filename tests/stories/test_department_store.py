"""S5 worked out by hand, in yuan: 1 point a yuan × the card held before (1, 1.5, 2, 2.5) × 2 on the 8th, rounded down.

Only department-store goods count towards cards, and not three or more of one item. `qualifying` is in fen: without a
card the day's sum, with one the period's.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.stories.golden import Line, lines, told

CHINA = timezone(timedelta(hours=8))

EXPECTED: list[Line] = [
    ("lin", 0, 0, 0, "none", 0, [], None),
    # 7 March. 600 of the 1,000 for VIP; without a card nothing earns.
    ("lin", 0, 0, 0, "none", 60000, [("base", 0)], None),
    ("lin", 0, 0, 0, "none", 60000, [("base", 0)], None),  # 900 of supermarket goods do not count
    ("lin", 0, 0, 0, "none", 60000, [("base", 0)], None),  # 3 × 100 of one item do not count
    # 600 + 400 = 1,000: VIP. The purchase that brings the card earns nothing; the period's total begins at 0.
    ("lin", 0, 0, 0, "vip", 0, [("base", 0)], None),
    ("lin", 91, 0, 0, "vip", 0, [("base", 91)], None),  # 2 × 45.50 = 91 × 1; every category earns, this one counts not
    # 8 March, ten past midnight. 123.45 × 1 × 2 = 246.90; 91 + 246 = 337.
    ("lin", 337, 0, 0, "vip", 12345, [("base", 246)], None),
    ("lin", 337, 0, 0, "vip", 12345, [], "claim-too-late"),  # on the 9th at midnight, for the 8th
    # 9,876.54 × 1; 337 + 9876 = 10213; total 123.45 + 9,876.54 = 9,999.99, a fen short of Silver.
    ("lin", 10213, 0, 0, "vip", 999999, [("base", 9876)], None),
    ("lin", 10213, 0, 0, "silver", 1000000, [("base", 0)], None),  # 0.01 × 1 = 0.01; total 10,000.00, and it goes on
    ("lin", 10712, 0, 0, "silver", 1000000, [("base", 499)], None),  # 333.33 × 1.5 = 499.995; 10213 + 499
    # The fen comes back: 9,999.99 prove VIP and no more. It had brought 0 points.
    ("lin", 10712, 0, 0, "vip", 999999, [("base", 0)], None),
    ("wei", 0, 0, 0, "none", 0, [], None),
    ("wei", 0, 0, 0, "diamond", 0, [("base", 0)], None),  # 50,000 in one day
    ("wei", 2500, 0, 0, "diamond", 0, [("base", 2500)], None),  # 1,000 × 2.5; appliances do not count
    ("wei", 3000, 0, 0, "diamond", 0, [("base", 500)], None),  # 8 April: 100.10 × 2.5 × 2 = 500.50
    ("hua", 0, 0, 0, "none", 0, [], None),
    ("hua", 0, 0, 0, "none", 60000, [("base", 0)], None),  # 600 a second before midnight
    ("hua", 0, 0, 0, "none", 40000, [("base", 0)], None),  # 400 at midnight: another day
    ("hua", 0, 0, 0, "vip", 0, [("base", 0)], None),  # 400 + 600 = 1,000
    # 5,000 in one day are Silver for those without a card; a VIP needs 10,000 in total.
    ("hua", 5000, 0, 0, "vip", 500000, [("base", 5000)], None),
    # As VIP: 40,000.01 × 1; 10712 + 40000 = 50712. Total 9,999.99 + 40,000.01 = 50,000.00: Platinum.
    ("lin", 50712, 0, 0, "platinum", 5000000, [("base", 40000)], None),
    ("lin", 50712, 0, 0, "platinum", 5000000, [], None),
    # 70,000 × 2 = 140000; 50712 + 140000 = 190712. Total 120,000: Diamond.
    ("lin", 190712, 0, 0, "diamond", 12000000, [("base", 140000)], None),
    ("lin", 190712, 0, 0, "diamond", 12000000, [], "check-in-not-offered"),
    ("lin", 190712, 0, 0, "diamond", 12000000, [], "benefit-short"),
    # The first period runs from 1 April 2026 to 31 December 2027.
    ("wei", 3000, 0, 0, "diamond", 0, [], None),
    ("wei", 0, 0, 0, "diamond", 0, [("expiry", -3000)], None),  # 2500 + 500 unused; the card stays
    ("wei", 500, 0, 0, "diamond", 10000, [("base", 500)], None),  # 8 February 2028: 2 × 50 × 2.5 × 2; two are no bulk
    ("wei", 250, 0, 0, "diamond", 5000, [("base", -250)], None),  # one of the two came back
    # Stored value, see MONEY. What is bought with it earns points as anything else: 1,010 × 2.5.
    ("wei", 250, 0, 0, "diamond", 5000, [], None),
    ("wei", 250, 0, 0, "diamond", 5000, [], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [("base", 2525)], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [], "stored-value-short"),
    ("wei", 2775, 0, 0, "diamond", 5000, [], "top-up-below-least"),
    ("wei", 2775, 0, 0, "diamond", 5000, [], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [], None),
    ("wei", 2775, 0, 0, "diamond", 5000, [], None),
]
MONEY = [
    (100000, 5000, [("top_up", 100000), ("bonus", 5000)]),
    (0, 4000, [("payment", -101000)]),
    (0, 4000, []),
    (1000, 5000, [("refund", 2000)]),
    (0, 0, [("payout", -1000), ("reversal", -5000)]),
    (0, 0, []),
    (0, 0, []),
    (300000, 24000, [("top_up", 300000), ("bonus", 24000)]),
    (300000, 24000, []),
    (300000, 0, [("expiry", -24000)]),
]
"""Paid in, bonus, and what moved, of the story's last lines."""


def test_it_comes_out_to_the_point() -> None:
    for number, (line, expected) in enumerate(zip(lines("department-store"), EXPECTED, strict=True), 1):
        assert line == expected, f"line {number}"


def test_money_comes_out_to_the_smallest_unit() -> None:
    for each, expected in zip(told("department-store")[-len(MONEY) :], MONEY, strict=True):
        held = each.stored_value
        assert held is not None
        assert (held.paid_in, held.bonus, [(e.kind, e.paid_in + e.bonus) for e in held.entries]) == expected, each.at


PARKING = {
    # A day's 200 give 2 hours, each full 200 above 400 one more, at most 6: 2 + (1,000 - 400) / 200 = 5.
    5: (0, 5, 0, 5),
    6: (0, 5, 0, 5),  # supermarket goods do not count
    7: (0, 0, 0, 0),  # 123.45
    9: (0, 6, 0, 6),  # 9,876.54 would give 2 + 47
    10: (10, 0, 0, 10),  # from VIP to Silver: 10 hours
    12: (0, 0, 0, 0),  # and back
    14: (0, 6, 0, 6),  # Diamond at once: no gift, for there was no lower card
    22: (20, 6, 0, 26),  # from VIP to Platinum: 20 hours, and the day's 6
    23: (20, 6, 8, 18),  # 8 drawn: the day's 6 first, then 2 of the gift
    24: (18, 6, 0, 24),  # the next day; rising to Diamond brings no hours
    26: (18, 0, 0, 18),  # 19 are refused
}


def test_parking_comes_out_to_the_hour() -> None:
    story = told("department-store")
    for number, expected in PARKING.items():
        (parking,) = (each for each in story[number - 1].benefits if each.id == "parking")
        assert (parking.gift, parking.daily, parking.drawn, parking.available) == expected, f"line {number}"


def test_partners_give_to_card_holders_alone() -> None:
    story = told("department-store")
    assert story[0].benefits == []
    assert [each.id for each in story[4].benefits] == ["parking", "cinema"]
    assert [each.id for each in story[9].benefits] == ["parking", "hotel-upgrade", "cinema"]


def test_points_lapse_with_the_cards_period() -> None:
    """A period ends with 31 December of the year after the one it begins in: 2027, then 2029."""
    until = {
        entry.expires_at for each in told("department-store") for entry in each.entries if entry.expires_at is not None
    }
    assert until == {datetime(2028, 1, 1, tzinfo=CHINA), datetime(2030, 1, 1, tzinfo=CHINA)}
