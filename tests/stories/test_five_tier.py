"""S2 worked out by hand, in dollars: 1 point a dollar × category × tier, plus bonuses; points and tiers last a year."""

from __future__ import annotations

from tests.stories.golden import Line, lines, told

EXPECTED: list[Line] = [
    ("ann", 0, 0, 0, "regular", 0, [], None),
    # 100.00 × 1; the first purchase; a big shop from 100.00.
    ("ann", 350, 0, 0, "regular", 10000, [("base", 100), ("first-purchase", 200), ("big-shop", 50)], None),
    ("ann", 352, 0, 0, "regular", 10000, [("check_in", 2)], None),
    ("ann", 352, 0, 0, "regular", 10000, [], "checked-in-already"),
    # 2 × 3.33 = 6.66 × 1.5 = 9.99 for produce, 6.66 × 1/2 = 3.33 online; 352 + 9 + 3.
    ("ann", 364, 0, 0, "regular", 10666, [("base", 9), ("online-fresh", 3)], None),
    # 393.34 × 1.25 = 491.675 for seafood; 364 + 491 + 50. 100.00 + 6.66 + 393.34 = 500.00: Silver. One full 300.00 in
    # February: a coupon, which is an entry of 0 points.
    ("ann", 905, 0, 0, "silver", 50000, [("base", 491), ("big-shop", 50), ("goal:monthly-cashback", 0)], None),
    ("ann", 916, 0, 0, "silver", 52000, [("base", 11)], None),  # 20.00 × 0.5 for fuel × 1.1 as Silver
    # Out of what lapses first: 352 of 5 January, 12 of the 10th, 136 of 1 February.
    ("ann", 416, 0, 0, "silver", 52000, [("reward:voucher-5", -500)], None),
    # 3.33 are left: 3.33 × 1.5 = 4.995, so 9 - 4; 3.33 × 1/2 = 1.665, so 3 - 1. From what lapses next: 1 February's.
    ("ann", 409, 0, 0, "silver", 51667, [("base", -5), ("online-fresh", -2)], None),
    ("ann", 409, 0, 0, "silver", 51667, [], None),
    ("bob", 0, 0, 0, "regular", 0, [], None),
    ("bob", 370, 0, 0, "regular", 2000, [("base", 20), ("first-purchase", 200), ("referral_friend", 150)], None),
    ("ann", 709, 0, 0, "silver", 51667, [], None),  # 409 + 300 for bob's first purchase
    ("cat", 0, 0, 0, "regular", 0, [], None),
    # 600.00, two full 300.00; Silver from 500.00 on.
    (
        "cat",
        850,
        0,
        0,
        "silver",
        60000,
        [("base", 600), ("first-purchase", 200), ("big-shop", 50), ("goal:monthly-cashback", 0)],
        None,
    ),
    # 350.00 × 1.1; July has come to 950.00, three full 300.00; 850 + 385 + 50.
    ("cat", 1285, 0, 0, "silver", 95000, [("base", 385), ("big-shop", 50), ("goal:monthly-cashback", 0)], None),
    # 20.00 × 1.1; 600 + 385 + 22 = 1,007 points by shopping: 100 for the first thousand. 1285 + 22 + 100.
    ("cat", 1407, 0, 0, "silver", 97000, [("base", 22), ("goal:milestones", 100)], None),
    ("cat", 907, 0, 0, "silver", 97000, [("reward:voucher-5", -500)], None),
    # 1,000 points paid for rewards this year: a twentieth of them comes back.
    ("cat", 457, 0, 0, "silver", 97000, [("reward:voucher-5", -500), ("goal:points-back", 50)], None),
    # 11 of 22: 996 points by shopping, so the first thousand is no longer reached. 457 - 11 - 100.
    ("cat", 346, 0, 0, "silver", 96000, [("base", -11), ("goal:milestones", -100)], None),
    ("ann", 709, 0, 0, "silver", 41334, [], None),  # a year on January's purchases count no more: 393.34 + 20.00
    # 541 of 1 February less 136 and 7: 398 lapse with the end of 1 February 2027; 709 - 398.
    ("ann", 311, 0, 0, "silver", 2000, [("expiry", -398)], None),
    # Silver was last met on 5 February 2026: with berries back 1 February had 496.67, the 5th 516.67.
    ("ann", 300, 0, 0, "regular", 0, [("expiry", -11)], None),
]


def test_it_comes_out_to_the_point() -> None:
    for number, (line, expected) in enumerate(zip(lines("five-tier"), EXPECTED, strict=True), 1):
        assert line == expected, f"line {number}"


def test_coupons_are_told_while_they_can_be_used() -> None:
    """The voucher of 10 February lasts 90 days, the birthday coupon of 15 June 30, cashback 60."""
    held = [[coupon.template for coupon in each.coupons] for each in told("five-tier")]
    assert held[:5] == [[]] * 5
    assert held[5] == held[6] == ["cashback-5"]
    assert held[7] == held[8] == ["cashback-5", "points-5"]
    assert held[9] == held[12] == ["birthday-10"]
    assert [len(each) for each in held[14:20]] == [2, 3, 3, 4, 5, 5]
    assert [*held[10:12], held[13], *held[20:]] == [[]] * 6
