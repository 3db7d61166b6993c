"""Who will be closed hears of it in time, and of the right day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from core.services.care.preview_care import preview_care
from core.services.once import Caller
from core.services.purchases.record_purchase import record_purchases
from core.shop import Shop
from tests.club import give, publish
from tests.conftest import FrozenClock
from tests.dormancy import CAPS, PLAIN, SOURCE, on_to, seen, shop
from tests.rules.stores import shanghai
from tests.shopping import buy, enrol_one, line, order, proven

__all__ = ["shop"]


def told_around(shop: Shop, *days: date) -> list[tuple[str, str]]:
    """On which day somebody is told what, from the day before each of these to the day after."""
    around = [day + timedelta(days=more) for day in days for more in (-1, 0, 1)]
    return [(str(day), each.text or "") for day in around for each in preview_care(shop, day, CAPS)]


def closed_at(shop: Shop, clock: FrozenClock, member_id: int, at: datetime) -> datetime | None:
    """As of then, after a tick in the minute before found the account open."""
    on_to(shop, clock, at - timedelta(minutes=1))
    assert seen(shop, member_id).closed_at is None
    on_to(shop, clock, at)
    return seen(shop, member_id).closed_at


def test_who_bought_before_joining_hears_of_the_day_that_joining_makes(shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 6, 1, 12))
    ann = enrol_one(shop)
    buy(shop, ann, "old", line(1000), at=shanghai(2023, 12, 1, 12))
    clock.set(shanghai(2025, 10, 25))
    assert told_around(shop, date(2025, 11, 1), date(2026, 5, 2)) == [("2026-05-02", "Until Jun 1, 2026.")]
    assert closed_at(shop, clock, ann, shanghai(2026, 6, 2)) == shanghai(2026, 6, 2)


def test_a_notice_that_is_to_come_sooner_begins_anew(bare_shop: Shop, clock: FrozenClock) -> None:
    near = SOURCE.replace("notice_days = 60", "notice_days = 62").replace("days = -30", "days = -10")
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, near)
    ann = enrol_one(bare_shop)  # to be closed on 2 January 2026
    clock.set(shanghai(2025, 11, 15, 12))
    publish(bare_shop, near.replace("days = -10", "days = -60"))
    assert told_around(bare_shop, date(2025, 11, 16), date(2026, 1, 15)) == [("2025-11-16", "Until Jan 15, 2026.")]
    assert closed_at(bare_shop, clock, ann, shanghai(2026, 1, 16)) == shanghai(2026, 1, 16)
    proven(bare_shop)


def test_nobody_hears_of_a_day_before_the_first_are_closed(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 2, 15, 12))
    publish(bare_shop, PLAIN)
    ann = enrol_one(bare_shop)
    clock.set(shanghai(2024, 2, 29, 12))
    bob = enrol_one(bare_shop, "Bob")
    clock.set(shanghai(2025, 12, 31, 12))
    publish(bare_shop, SOURCE)  # nobody is closed before 1 March
    told = [(str(day), each.member_id, each.text) for day in january() for each in preview_care(bare_shop, day, CAPS)]
    assert told == [("2026-01-29", each, "Until Feb 28, 2026.") for each in (ann, bob)]
    on_to(bare_shop, clock, shanghai(2026, 3, 1))
    assert [seen(bare_shop, each).closed_at for each in (ann, bob)] == [shanghai(2026, 3, 1)] * 2


def january() -> list[date]:
    return [date(2026, 1, day) for day in (15, 16, 17, 29, 30, 31)]


def test_who_is_brought_in_later_has_the_notice_from_then(shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2026, 6, 1, 12))
    ann, bob, cyd = (enrol_one(shop, name, joined_at=shanghai(2015, 1, 1)) for name in ("Ann", "Bob", "Cyd"))
    give(shop, ann, 500)
    history = [
        order(ann, "h1", shanghai(2022, 1, 1), line(1000)),
        order(bob, "h2", shanghai(2024, 7, 20, 12), line(1000)),  # for whom the months end before the notice does
        order(cyd, "h3", shanghai(2024, 8, 20, 12), line(1000)),  # and after it
    ]
    taken = [each for _, each in record_purchases(shop, Caller("importer:x", "i"), history)]
    assert [getattr(each, "reason", None) for each in taken] == [None] * 3
    told = [("2026-06-30", "Until Jul 30, 2026.")] * 2 + [("2026-07-21", "Until Aug 20, 2026.")]
    assert told_around(shop, date(2026, 6, 20), date(2026, 6, 30), date(2026, 7, 21)) == told
    on_to(shop, clock, shanghai(2026, 7, 30, 23, 59))
    assert [seen(shop, each).closed_at for each in (ann, bob)] == [None, None]
    on_to(shop, clock, shanghai(2026, 7, 31))
    assert [seen(shop, each).closed_at for each in (ann, bob)] == [shanghai(2026, 7, 31)] * 2
    assert closed_at(shop, clock, cyd, shanghai(2026, 8, 21)) == shanghai(2026, 8, 21)
    buy(shop, ann, "h4", line(1000), at=shanghai(2025, 2, 1, 12))  # she was not away for so long
    assert seen(shop, ann).closed_at is None
