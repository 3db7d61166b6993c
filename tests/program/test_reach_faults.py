"""What could never do anything is refused: rewards nobody can reach, rules that give nothing, times that are over."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.program.loading import ProgramError, load, load_file
from tests.program.club import SOURCE
from tests.program.test_tier_faults import CARDS, faults
from tests.rules.stores import PROGRAMS

BASE = 'id = "base"\nname = { en = "Shopping", zh-Hans = "消费" }\npoints = 1\nper = 100\n'
CAPPED = SOURCE.replace(BASE, BASE + "cap_per_month = 40\n").replace(
    "fixed = 200\n", "fixed = 200\ncap_per_day = 200\n"
)
CAPPED = CAPPED[: CAPPED.index("[check_in]")] + CAPPED[CAPPED.index("[[coupons]]") :]
REFERRAL = "[referral]\ninviter_points = 5\nfriend_points = 5\n\n[[coupons]]"
REWARD = '[[rewards]]\nid = "voucher"\nname = {{ en = "Voucher", zh-Hans = "券" }}\nprices = [{{ points = 9 }}]\n{}\n\n'
MISTAKES = [
    (SOURCE, 'id = "first"\n', f'{BASE.replace("base", "again")}except_categories = ["fuel"]\n'
     'tier_rates = { silver = 1.1, gold = "5/4" }\ncategory_rates = { produce = 1.5 }\n\n'
     '[[earning.rules]]\nid = "first"\n',
     ['earning.rules[again]: it gives the same as "base" for the same purchases, once more; change one of the two, or'
      " remove it"]),
    (SOURCE, 'except_categories = ["fuel"]', 'except_categories = ["fuel"]\ncategories = ["produce", "fuel/diesel"]', [
        'earning.rules[base].categories[2]: "fuel/diesel" lies under "fuel", which except_categories leaves out; remove'
        " it here or there"]),
    (SOURCE, "fixed = 200", "fixed = 200\ncap_per_day = 199", [
        "earning.rules[first].cap_per_day: the 200 of one purchase are more than that; write cap_per_day = 200 or"
        " more"]),
    (SOURCE, "first_purchase = true", "first_purchase = true, except_first_purchase = true", [
        "earning.rules[first].when.except_first_purchase: no purchase is a first one and none; keep one of the two"]),
    (SOURCE, "cap = 600 }", "cap = 0 }", [
        "coupons[season].discount.cap: the coupon takes nothing off; write the most that it takes off, or remove cap"]),
    (SOURCE, "[[coupons]]", REFERRAL.replace("5", "0"), [
        "referral.inviter_points: nobody is paid; write how many points, or remove [referral]"]),
    (CAPPED, "[[coupons]]", "[check_in]\npoints = 0\n\n[[coupons]]", [
        "check_in.points: a check-in gives nothing; write how many, or remove [check_in]"]),
    (SOURCE, "[[offers]]", REWARD.format('coupon = "season"\nper_member = 3') + "[[offers]]", []),
    (SOURCE.replace("cap = 600 }", "cap = 600 }\nper_member = 2\ntotal = 9"), "[[offers]]",
     REWARD.format('coupon = "season"\nper_member = 3\nstock = 10') + "[[offers]]", [
        'rewards[voucher].per_member: 3 are more than per_member = 2 of the coupon "season"; write at most per_member ='
        " 2, or raise that of the coupon",
        'rewards[voucher].stock: 10 are more than total = 9 of the coupon "season"; write at most stock = 9, or raise'
        " that of the coupon"]),
    (CAPPED, "points = 600 }", f"points = {13 * (40 + 31 * 200)} }}", []),
    (CAPPED, "[{ points = 600 }, { points = 200, money = 400 }]", f"[{{ points = {13 * (40 + 31 * 200) + 1} }}]", []),
    (CAPPED.replace("gold = [{ points = 500 }]", "gold = [{ points = 90000 }]"),
     "[{ points = 600 }, { points = 200, money = 400 }]", f"[{{ points = {13 * (40 + 31 * 200) + 1} }}]", [
        "rewards[tote].prices: nobody can reach it: with their caps the rules bring 81120 points at most before they"
        " lapse; lower the price, or raise the caps"]),
    (CARDS, "[[benefits]]", REWARD.format('tiers = ["none"]') + "[[benefits]]", [
        'rewards[voucher].tiers: nobody can reach it: points are earned from "vip" up; add "vip", or let "none" earn']),
    (CARDS, "[[benefits]]", REWARD.format('tiers = ["none", "vip"]') + "[[benefits]]", []),
    (SOURCE, "expires_months = 12", 'expires = "year_end"\nexpires_years = 0\npending_days = 365', [
        "earning.pending_days: after 365 days the year's points have lapsed already; lower it, or raise"
        " expires_years"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "right", "wrong", "told"), MISTAKES, ids=[each[2][:60] for each in MISTAKES])
def test_what_never_does_anything_is_told_with_its_mend(source: str, right: str, wrong: str, told: list[str]) -> None:
    if told:
        assert faults(source, right, wrong) == told
    else:
        assert right in source
        load(source.replace(right, wrong, 1), "it.toml")


def test_what_is_over_when_it_comes_into_force_is_refused() -> None:
    source = SOURCE.replace('tiers = ["silver", "gold"]', "until = 2026-12-01T00:00:00Z")
    source = source.replace('coupon = "five"\nuntil', 'coupon = "season"\nuntil').replace("2026-12-20", "2026-11-20")
    assert load(source, "club.toml", datetime(2026, 11, 30, tzinfo=UTC)) == load(source, "club.toml")
    with pytest.raises(ProgramError) as caught:
        load(source, "club.toml", datetime(2027, 1, 6, 5, tzinfo=UTC))
    assert [str(fault).removeprefix("club.toml:") for fault in caught.value.faults] == [
        "78: coupons[season].validity.until: 2027-01-06T00:00:00-05:00 is over already; write a later moment, or remove"
        " what has ended",
        "91: offers[fresh].until: 2026-12-01T00:00:00+00:00 is over already; write a later moment, or remove what has"
        " ended",
    ]


@pytest.mark.parametrize("name", ["five-tier", "department-store", "campus-club", "private-clients"])
def test_the_shipped_programs_are_fine_while_they_are_new(name: str) -> None:
    load_file(PROGRAMS / f"{name}.toml", datetime(2026, 12, 1, tzinfo=UTC))
