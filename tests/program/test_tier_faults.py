"""Cards, years, measures and terms of points that contradict themselves, each told with its line and mend."""

from __future__ import annotations

import pytest

from core.program.loading import ProgramError, load
from tests.program.club import SOURCE as ROLLING
from tests.rules.stores import PROGRAMS

CARDS = (PROGRAMS / "department-store.toml").read_text(encoding="utf-8")
CLUB = (PROGRAMS / "campus-club.toml").read_text(encoding="utf-8")
YEARS = (PROGRAMS / "private-clients.toml").read_text(encoding="utf-8")


def faults(source: str, right: str, wrong: str) -> list[str]:
    """What is told of the program with that mistake in it, but for the number of the line, which must be there."""
    assert source.count(right) >= 1
    with pytest.raises(ProgramError) as caught:
        load(source.replace(right, wrong, 1), "it.toml")
    assert all(fault.line > 1 for fault in caught.value.faults)
    return [f"{fault.key}: {fault.message}; {fault.mend}" for fault in caught.value.faults]


VIP = 'ways = [{ by = "day", spend = 100000 }]'
SILVER = '{ by = "total", spend = 1000000, from = ["vip"] }'
PLATINUM_DAY = '{ by = "day", spend = 1000000 }'
PLATINUM = '{ by = "total", spend = 5000000, from = ["vip", "silver"] }'
DIAMOND = '{ by = "total", spend = 12000000 }'
LOWEST = 'id = "none"\nname = { en = "Guest", zh-Hans = "未持卡顾客" }'
PRIVATE = '{ by = "years", spend = 10000000, years = 2 }'
MISTAKES = [
    (CARDS, VIP, "", ['tiers[vip]: nothing says how this tier is reached; add ways = [{ by = "day", spend = 100000 }],'
     " or ways = [] for a tier by invitation only"]),
    (CARDS, VIP, "spend = 100000", [
        'tiers[vip].spend: spend does nothing where the kind of tiering is "cards"; remove it, or write kind ='
        ' "rolling" under [tiering]']),
    (CARDS, VIP, VIP + "\nkeep = 5000", [
        'tiers[vip].keep: keep does nothing where the kind of tiering is "cards"; remove it, or write kind ='
        ' "years" under [tiering]']),
    (CARDS, LOWEST, LOWEST + f"\n{VIP}", [
        "tiers[none].ways: the lowest tier is everybody's; remove ways, or put a tier without it first"]),
    (CARDS, VIP, 'ways = [{ by = "years", spend = 100000 }]', [
        'tiers[vip].ways[1].by: "years" is no way where the kind is "cards"; write "day" or "total"']),
    (CARDS, VIP, 'ways = [{ by = "day", spend = 100000, years = 2 }]', [
        'tiers[vip].ways[1].years: years does nothing in a way by "day"; remove it']),
    (CARDS, VIP, 'ways = [{ by = "total", spend = 100000 }]', [
        'tiers[vip].ways[1].by: there is no card below "vip", so that nobody has a total yet; write by = "day"']),
    (CARDS, VIP, 'ways = [{ by = "day", spend = 50 }]', [
        "tiers[vip].ways[1].spend: 50 is less than 1 CNY: money is counted in the smallest unit; write 5000 for 50"
        " CNY"]),
    (CARDS, VIP, 'ways = [{ by = "day", spend = 0 }]', ["tiers[vip].ways[1].spend: 0 is below 1; write 1 or more"]),
    (CARDS, SILVER, SILVER.replace("vip", "vipp"), [
        'tiers[silver].ways[2].from[1]: there is no tier "vipp"; did you mean "vip"?']),
    (CARDS, SILVER, SILVER.replace("vip", "none"), [
        'tiers[silver].ways[2].from[1]: who holds "none" has no card, and so no total; known here: vip']),
    (CARDS, SILVER, SILVER.replace("vip", "gold-card"), [
        'tiers[silver].ways[2].from[1]: there is no tier "gold-card"; known are none, vip, silver, platinum, diamond']),
    (CARDS, SILVER, SILVER.replace("vip", "diamond"), [
        'tiers[silver].ways[2].from[1]: who holds "diamond" needs no way to "silver"; known here: vip']),
    (CARDS, PLATINUM_DAY, '{ by = "day", spend = 1000000, from = ["vip"] }', [
        'tiers[platinum].ways[1].from[1]: who holds "vip" has a card, and a day\'s sum is for those without one;'
        " known here: none"]),
    (CARDS, PLATINUM_DAY, '{ by = "day", spend = 500000 }', [
        'tiers[platinum].ways[1].spend: 500000 is not above the 500000 of "silver"; order the tiers from the lowest to'
        " the highest"]),
    (CARDS, PLATINUM, '{ by = "total", spend = 1000000, from = ["vip", "silver"] }', [
        'tiers[platinum].ways[2].spend: 1000000 is not above the 1000000 of "silver"; order the tiers from the lowest'
        " to the highest"]),
    (CARDS, DIAMOND, '{ by = "total", spend = 4000000 }', [
        'tiers[diamond].ways[2].spend: 4000000 is not above the 5000000 of "platinum"; order the tiers from the lowest'
        " to the highest"]),
    (CARDS, VIP, 'ways = [{ by = "day", spend = 100000, measure = "good" }]', [
        'tiers[vip].ways[1].measure: there is no measure "good"; did you mean "goods"?']),
    (CARDS, "period_years = 1 ", "window_months = 12 ", [
        'tiering.window_months: window_months does nothing where the kind is "cards"; remove it']),
    (CARDS, "period_years = 1 ", 'downgrade = "one_step" ', [
        'tiering.downgrade: downgrade does nothing where the kind is "cards"; remove it']),
    (YEARS, 'kind = "years"', 'kind = "years"\ngrace_days = 30', [
        'tiering.grace_days: grace_days does nothing where the kind is "years"; remove it']),
    (ROLLING, "[earning]", "[tiering]\ngrace_months = 1\ngrace_days = 30\n\n[earning]", [
        "tiering.grace_days: a grace is counted in months or in days; keep grace_months or grace_days"]),
    (ROLLING, "[earning]", '[tiering]\ndowngrade = "onestep"\n\n[earning]', [
        'tiering.downgrade: "onestep" is not known here; did you mean "one_step"?']),
    (CARDS, 'kind = "cards"', 'kind = "card"', ["tiering.kind: \"card\" is not known here; did you mean \"cards\"?"]),
    (CARDS, 'categories = ["department"]\nbulk', 'categories = ["departments"]\nbulk', [
        'tiering.measures[goods].categories[1]: there is no category "departments"; did you mean "department"?']),
    (CARDS, "bulk_from = 3", 'bulk_from = 3\nexcept_categories = ["department"]', [
        'tiering.measures[goods].categories[1]: "department" is left out under except_categories; keep it in one of the'
        " two"]),
    (CARDS, "bulk_from = 3", "bulk_from = 1", ["tiering.measures[goods].bulk_from: 1 is below 2; write 2 or more"]),
    (CLUB, 'id = "elsewhere"', 'id = "zones"', [
        'tiering.measures[zones].id: there are two of "zones"; give each measure an id of its own',
        'tiers[member].ways[2].measure: there is no measure "elsewhere"; known are zones']),
    (YEARS, PRIVATE, '{ by = "total", spend = 10000000 }', [
        'tiers[private].ways[1].by: "total" is no way where the kind is "years"; write "years"']),
    (YEARS, PRIVATE, '{ by = "years", spend = 10000000, years = 2, from = ["private"] }', [
        'tiers[private].ways[1].from[1]: who holds "private" needs no way to "private"; known here: client']),
    (YEARS, "keep = 5000000", "keep = 10000001", [
        'tiers[private].keep: to keep "private" takes more than the 10000000 that bring it; write at most keep ='
        " 10000000"]),
    (YEARS, "keep = 5000000", "keep = 50", [
        "tiers[private].keep: 50 is less than 1 CNY: money is counted in the smallest unit; write 5000 for 50 CNY"]),
    (YEARS, 'expires = "never"', 'expires = "period"', [
        'earning.expires: only cards have a period; write expires = "year_end", or kind = "cards" under [tiering]']),
    (YEARS, 'expires = "never"', 'expires = "never"\nexpires_months = 6', [
        'earning.expires_months: expires_months does nothing where expires is "never"; remove it, or write expires ='
        ' "months"']),
    (ROLLING, "expires_months = 12", "expires_years = 1", [
        'earning.expires_years: expires_years does nothing where expires is "months"; remove it, or write expires ='
        ' "year_end"']),
    (ROLLING, "expires_months = 12", "delivered_after_days = 30", [
        'earning.delivered_after_days: nothing waits for a delivery; remove it, or add until_delivered = ["web"]']),
    (ROLLING, "expires_months = 12", 'until_delivered = ["web"]\ndelivered_after_days = 6\npending_days = 7', [
        "earning.delivered_after_days: points wait 7 days after a delivery already; write 7 or more, or lower"
        " pending_days"]),
    (ROLLING, "expires_months = 12", 'expires = "fixed_date"', [
        'earning.expires: nothing says on which date; add expires_on = "06-30"']),
    (ROLLING, "expires_months = 12", 'expires_on = "06-30"', [
        'earning.expires_on: expires_on does nothing where expires is "months"; remove it, or write expires ='
        ' "fixed_date"']),
    (ROLLING, "expires_months = 12", 'expires = "fixed_date"\nexpires_on = "06-31"', [
        'earning.expires_on: "06-31" cannot be used; write a month and a day, as in "06-30"']),
    (ROLLING, "expires_months = 12", 'active_by = ["purchase"]', [
        'earning.active_by: active_by does nothing where expires is "months"; remove it, or write expires ='
        ' "inactivity"']),
    (ROLLING, "expires_months = 12", 'expires = "inactivity"\nactive_by = ["purchase", "purchase"]', [
        'earning.active_by[2]: "purchase" is there twice; keep it once']),
    (ROLLING, "expires_months = 12", 'expires = "inactivity"\nactive_by = []', [
        "earning.active_by: has fewer than 1 entries; write at least 1"]),
    (ROLLING, "expires_months = 12", 'expires = "inactivity"\nactive_by = ["visit"]', [
        'earning.active_by[1]: "visit" is not known here; write "purchase" or "reward"']),
    (ROLLING, "expires_months = 12", 'expires = "inactivity"\nexpires_months = 1\npending_days = 32', [
        "earning.pending_days: after 32 days points have lapsed already; lower it, or raise expires_months"]),
    (YEARS.partition("[[rewards]]")[0], 'expires = "never"', 'expires = "inactivity"\nactive_by = ["reward"]', [
        "earning.active_by[1]: there is no reward to take; remove it, or add [[rewards]]"]),
    (ROLLING, "expires_months = 12", "expires_months = 1\npending_days = 32", [
        "earning.pending_days: after 32 days points have lapsed already; lower it, or raise expires_months"]),
    (ROLLING, "spend = 150000", 'ways = [{ by = "day", spend = 150000 }]', [
        'tiers[gold].ways: ways does nothing where the kind of tiering is "rolling"; remove it, or write kind = "cards"'
        ' or kind = "years" under [tiering]']),
    (CARDS, "days = [8], rate = 2 }", "days = [8], rate = 2 }, { days = [1, 8], rate = 3 }", [
        "earning.rules[base].day_rates[2].days[2]: day 8 is there twice; keep it in one place"]),
    (CARDS, "days = [8]", "days = [32]", [
        "earning.rules[base].day_rates[1].days[1]: 32 is above 31; write 31 or less"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "right", "wrong", "told"), MISTAKES, ids=[wrong or right for _, right, wrong, _ in MISTAKES]
)
def test_a_contradiction_is_told_with_its_mend(source: str, right: str, wrong: str, told: list[str]) -> None:
    assert faults(source, right, wrong) == told


def test_a_lower_total_from_a_higher_card_is_no_contradiction() -> None:
    load(CARDS.replace(PLATINUM, '{ by = "total", spend = 800000, from = ["silver"] }', 1), "it.toml")


def test_a_tier_may_be_by_invitation_only() -> None:
    program = load(CARDS.replace(VIP, "ways = []", 1), "it.toml")
    assert program.tiers[1].ways == []


def test_tills_may_name_other_categories_only_where_the_program_says_so() -> None:
    assert not load(CARDS, "it.toml").takes("garden")
    assert load(CARDS, "it.toml").takes("department/garden")
    assert load(CLUB, "it.toml").takes("garden")
