"""Birthday coupons, on both databases. The clock starts on 2 March 2026, 23:00 in Shanghai."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from core.db.coupons import coupons
from core.services.care.birthdays import issue_birthday_coupons
from core.services.members.forget_member import Forget, forget_member
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.club import SOURCE, publish
from tests.conftest import FrozenClock
from tests.shopping import dump, enrol_one, proven

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def born(shop: Shop, month: int, day: int, year: int = 1988, joined_at: datetime = LONG_AGO) -> int:
    name = f"{year}-{month}-{day}"
    return enrol_one(shop, name, birthday=date(year, month, day), joined_at=joined_at)


def given(shop: Shop) -> list[tuple[int, str]]:
    with shop.read() as session:
        query = select(coupons.c.member_id, coupons.c.source).order_by(coupons.c.id)
        return [(row.member_id, row.source) for row in session.execute(query)]


def test_on_the_day_in_the_shops_zone_once_a_year(club: Shop, clock: FrozenClock) -> None:
    today, tomorrow = born(club, 3, 2), born(club, 3, 3)
    born(club, 3, 4)
    assert issue_birthday_coupons(club) == 1
    before = dump(club)
    assert issue_birthday_coupons(club) == 0
    assert dump(club) == before
    clock.move(hours=1)
    assert issue_birthday_coupons(club) == 1
    assert given(club) == [(today, "birthday:2026"), (tomorrow, "birthday:2026")]
    clock.set(datetime(2027, 3, 2, 4, 0, tzinfo=UTC))
    assert issue_birthday_coupons(club) == 1
    assert given(club)[-1] == (today, "birthday:2027")
    proven(club)


def test_who_lives_ahead_of_the_shop_has_it_when_their_day_begins(club: Shop, clock: FrozenClock) -> None:
    """On Kiritimati, six hours ahead of Shanghai, 4 March begins at 10:00 UTC on the 3rd."""
    born(club, 3, 4)
    ahead = born(club, 3, 4, year=1989)
    update_member(club, Caller("bot", "z"), MemberChange(member_id=ahead, zone="Pacific/Kiritimati"))
    clock.set(datetime(2026, 3, 3, 9, 59, tzinfo=UTC))
    assert issue_birthday_coupons(club) == 0
    clock.move(minutes=1)
    assert issue_birthday_coupons(club) == 1
    assert given(club) == [(ahead, "birthday:2026")]


def test_what_a_standstill_missed_is_made_up_for_within_a_week(club: Shop) -> None:
    missed = born(club, 2, 23)
    born(club, 2, 22)
    assert issue_birthday_coupons(club) == 1
    assert given(club) == [(missed, "birthday:2026")]


def test_a_late_one_is_of_the_year_it_fell_into(club: Shop, clock: FrozenClock) -> None:
    born(club, 12, 30)
    clock.set(datetime(2027, 1, 2, 4, 0, tzinfo=UTC))
    assert issue_birthday_coupons(club) == 1
    assert given(club) == [(1, "birthday:2026")]


@pytest.mark.parametrize(("year", "day"), [(2026, 28), (2028, 29)])
def test_born_on_the_29th_of_february(club: Shop, clock: FrozenClock, year: int, day: int) -> None:
    born(club, 2, 29)
    clock.set(datetime(year, 2, day - 1, 4, 0, tzinfo=UTC))
    assert issue_birthday_coupons(club) == 0
    clock.move(days=1)
    assert issue_birthday_coupons(club) == 1


def test_who_joined_after_the_birthday_waits_for_the_next(club: Shop) -> None:
    born(club, 3, 1, joined_at=datetime(2026, 3, 2, tzinfo=UTC))
    born(club, 3, 2, joined_at=datetime(2026, 3, 2, tzinfo=UTC))
    assert issue_birthday_coupons(club) == 1
    assert given(club) == [(2, "birthday:2026")]


def test_the_forgotten_get_nothing(club: Shop) -> None:
    member_id = born(club, 3, 2)
    forget_member(club, Caller("staff:bo", "forget"), Forget(member_id=member_id))
    assert issue_birthday_coupons(club) == 0


def test_a_limit_that_is_reached_stops_nobody_else(bare_shop: Shop) -> None:
    publish(bare_shop, SOURCE.replace("validity = { days = 1 }", "validity = { days = 1 }\ntotal = 1"))
    born(bare_shop, 3, 2)
    born(bare_shop, 3, 2, 1989)
    assert issue_birthday_coupons(bare_shop) == 1
    assert given(bare_shop) == [(1, "birthday:2026")]


def test_a_program_without_birthdays_gives_nothing(bare_shop: Shop) -> None:
    publish(bare_shop, SOURCE.partition("[birthday]")[0])
    born(bare_shop, 3, 2)
    assert issue_birthday_coupons(bare_shop) == 0


def test_by_the_lunar_calendar_once_a_lunar_year(club: Shop, clock: FrozenClock) -> None:
    """22 February 1990 is the 27th of the first month, as 15 March 2026 is. Ann turns to that calendar herself."""
    ann = born(club, 2, 22, 1990)
    change = MemberChange(member_id=ann, birthday_calendar="lunar")
    assert update_member(club, Caller("staff:bo", "c1"), change).changed == ["birthday_calendar"]
    bo = enrol_one(club, "Bo", birthday=date(1990, 2, 22), birthday_calendar="lunar", joined_at=LONG_AGO)
    for day, issued in (("2026-02-22", 0), ("2026-03-15", 2), ("2026-03-16", 0), ("2027-03-04", 2)):
        clock.set(datetime.fromisoformat(f"{day}T04:00").replace(tzinfo=UTC))
        assert issue_birthday_coupons(club) == issued, day
    assert given(club) == [(each, f"birthday:{year}") for year in (2026, 2027) for each in (ann, bo)]
