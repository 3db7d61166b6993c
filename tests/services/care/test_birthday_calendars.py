"""One birthday a year, by whichever calendar and whichever day, on both databases.

By hand, from a printed lunar calendar: 20 January 1990 is the 24th of the twelfth month, as are 31 January 2027,
20 January 2028 and 7 February 2029. 15 January 1991 is the 30th of the eleventh, which is kept on 7 January 2027,
27 December 2027 (twice in that year, and not in 2028) and 14 January 2029.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import pytest
from sqlalchemy import select, update

from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.members import members
from core.rules.care import born_on
from core.services.care.birthdays import issue_birthday_coupons
from core.services.care.plan_care import plan_care
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.services.care.test_moving import WISH
from tests.services.care.test_plan_care import PLAIN
from tests.shopping import enrol_one, proven

Calendar = Literal["solar", "lunar"]
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
JANUARY_20, JANUARY_15 = date(1990, 1, 20), date(1991, 1, 15)


def noon(clock: FrozenClock, day: str) -> None:
    clock.set(datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC))


def keep_by(shop: Shop, member: int, calendar: Calendar) -> None:
    wish = MemberChange(member_id=member, birthday_calendar=calendar)
    update_member(shop, Caller("bot", f"{member}:{shop.now().isoformat()}"), wish)


def given(shop: Shop, member: int) -> list[tuple[str, str]]:
    with shop.read() as session:
        mine = select(coupons).where(coupons.c.member_id == member).order_by(coupons.c.id)
        return [(f"{row.issued_at:%Y-%m-%d}", row.source) for row in session.execute(mine)]


def test_who_changes_the_calendar_has_one_coupon_a_year(club: Shop, clock: FrozenClock) -> None:
    def born(name: str, day: date, calendar: Calendar) -> int:
        return enrol_one(club, name, birthday=day, birthday_calendar=calendar, joined_at=LONG_AGO)

    ann, bo = born("Ann", JANUARY_20, "solar"), born("Bo", JANUARY_20, "lunar")
    cy, dee = born("Cy", JANUARY_15, "lunar"), born("Dee", JANUARY_15, "lunar")
    changes: dict[str, tuple[int, Calendar]] = {
        "2027-01-22": (ann, "lunar"),
        "2027-02-01": (bo, "solar"),
        "2027-12-30": (cy, "solar"),
    }
    early = ["2027-01-07", "2027-01-15", "2027-01-20", "2027-01-22", "2027-01-31", "2027-02-01"]
    late = ["2027-12-27", "2027-12-30", "2028-01-15", "2028-01-20", "2029-01-14", "2029-01-15", "2029-01-20"]
    for day in [*early, *late, "2029-02-07"]:
        noon(clock, day)
        if day in changes:
            keep_by(club, *changes[day])
        issue_birthday_coupons(club)
    years = [f"birthday:{year}" for year in (2027, 2028, 2029)]
    assert given(club, ann) == list(zip(["2027-01-20", "2028-01-20", "2029-02-07"], years, strict=True))
    assert given(club, bo) == list(zip(["2027-01-31", "2028-01-20", "2029-01-20"], years, strict=True))
    assert given(club, cy) == list(zip(["2027-01-07", "2027-12-27", "2029-01-15"], years, strict=True))
    assert given(club, dee) == list(zip(["2027-01-07", "2027-12-27", "2029-01-14"], years, strict=True))
    proven(club)


def test_a_coupon_under_the_lunar_years_name_counts_and_so_does_one_for_another_day(
    club: Shop, clock: FrozenClock
) -> None:
    """Until now a coupon before Spring Festival bore the lunar year, which is the civil one before."""
    ann = enrol_one(club, "Ann", birthday=JANUARY_20, birthday_calendar="lunar", joined_at=LONG_AGO)
    bo = enrol_one(club, "Bo", birthday=date(1990, 12, 20), joined_at=LONG_AGO)
    noon(clock, "2026-12-20")
    assert issue_birthday_coupons(club) == 1
    noon(clock, "2027-01-31")
    assert issue_birthday_coupons(club) == 1
    with club.write() as session:
        session.execute(update(coupons).where(coupons.c.member_id == ann).values(source="birthday:2026"))
        changed = {"birthday": date(1990, 2, 3), "birthday_md": 203}
        session.execute(update(members).where(members.c.id == bo).values(changed))
    for day, issued in (("2027-02-01", 0), ("2027-02-03", 0), ("2028-01-20", 1), ("2028-02-03", 1)):
        noon(clock, day)
        assert issue_birthday_coupons(club) == issued, day
    assert given(club, ann) == [("2027-01-31", "birthday:2026"), ("2028-01-20", "birthday:2028")]
    assert given(club, bo) == [("2026-12-20", "birthday:2026"), ("2028-02-03", "birthday:2028")]


GIFT = WISH + 'coupon = "ten-off"\n'


def test_who_changes_the_calendar_has_one_wish_a_year_and_its_gift(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, PLAIN + GIFT)
    ann = enrol_one(bare_shop, "Ann", language="en", birthday=JANUARY_20, joined_at=LONG_AGO)
    lunar: dict[str, Any] = {"birthday": JANUARY_15, "birthday_calendar": "lunar"}
    cy = enrol_one(bare_shop, "Cy", language="en", joined_at=LONG_AGO, **lunar)
    days = ["2027-01-07", "2027-01-20", "2027-01-31", "2027-12-27", "2028-01-15", "2028-01-20", "2029-01-15"]
    for day in [*days, "2029-02-07"]:
        noon(clock, day)
        plan_care(bare_shop)
        if day == "2027-01-20":
            keep_by(bare_shop, ann, "lunar")
        if day == "2027-12-27":
            keep_by(bare_shop, cy, "solar")
    with bare_shop.read() as session:
        rows = session.execute(select(deliveries).order_by(deliveries.c.due_at, deliveries.c.id)).all()
    mine = {
        who: [(f"{row.due_at:%Y-%m-%d}", row.occasion) for row in rows if row.member_id == who] for who in (ann, cy)
    }
    assert mine[ann] == [("2027-01-20", "2027/0"), ("2028-01-20", "2028/0"), ("2029-02-07", "2029/0")]
    assert mine[cy] == [("2027-01-07", "2027/0"), ("2027-12-27", "2028/0"), ("2029-01-15", "2029/0")]
    for who in (ann, cy):
        assert given(bare_shop, who) == [(day, f"journey:birthday:{occasion}") for day, occasion in mine[who]]
    proven(bare_shop)


def test_a_birthday_whose_coupon_bears_the_lunar_year_brings_no_other_with_its_wish(
    small_shop: Shop, clock: FrozenClock
) -> None:
    """The shop turns from [birthday] to a journey between the day's beginning and nine o'clock."""
    noon(clock, "2027-01-30")
    lunar: dict[str, Any] = {"birthday": JANUARY_20, "birthday_calendar": "lunar"}
    ann = enrol_one(small_shop, "Ann", language="en", joined_at=LONG_AGO, **lunar)
    clock.move(hours=14)
    issue_birthday_coupons(small_shop)
    with small_shop.write() as session:
        session.execute(update(coupons).values(source="birthday:2026"))
    publish(small_shop, PLAIN + GIFT)
    clock.move(hours=8)
    assert (plan_care(small_shop).planned, given(small_shop, ann)) == (1, [("2027-01-30", "birthday:2026")])


@pytest.mark.parametrize(
    ("day", "years"),
    [
        ("2027-01-31", [(2027, 101, 801), (2026, 802, 1231)]),  # half a year on is 2 August 2027
        ("2027-12-27", [(2027, 627, 1231), (2028, 101, 626)]),  # and 27 June 2028
        ("2027-07-02", [(2027, 101, 1231)]),  # and 1 January 2028: there is nobody before it
    ],
)
def test_a_lunar_birthday_is_of_the_year_of_the_nearest_civil_one(day: str, years: list[tuple[int, int, int]]) -> None:
    found = [(each.year, *each.between) for each in born_on(date.fromisoformat(day))]
    assert [each for each in found if each[1] <= each[2]] == years
