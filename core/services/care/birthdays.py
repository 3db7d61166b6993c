"""The birthday coupon: once a year, on the day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, or_, select, true

from core.db.care_queries import birthday_coupon, celebrating, given, zones
from core.db.coupons import coupons
from core.db.members import members
from core.rules.care import APART, born_on
from core.rules.refusal import Refused
from core.rules.terms import business_day, start_of_day
from core.services.books.books import open_book
from core.services.isolating import Isolated
from core.services.once import Caller
from core.services.rewards.issue_coupon import grant_coupon
from core.shop import Shop

LATE_DAYS = 7
"""A birthday that fell into a standstill is made up for within a week."""


def issue_birthday_coupons(shop: Shop, each: Isolated | None = None) -> int:
    """Issue the coupon to everybody whose birthday is today, or was within LATE_DAYS, or has begun already
    where they live; how many were issued.

    The source `birthday:YEAR` says which birthday it was for: running it again issues nothing more. When it is and of
    which year, for who was born on 29 February or keeps the lunar calendar, core.rules.care.born_on says. Who had one
    within half a year, for a birthday on another day, has no other.
    """
    now = shop.now()
    with shop.reading() as (_, program):
        if program.birthday is None:
            return 0
        template, zone = program.birthday.coupon, program.program.zone
    each = each or Isolated()
    today = business_day(now, zone)
    days: list[tuple[date, ColumnElement[bool]]] = [
        (today - timedelta(days=back), true()) for back in range(LATE_DAYS + 1)
    ]
    if ahead := _ahead(shop, now, today):
        days.append((today + timedelta(days=1), members.c.zone.in_(ahead)))
    return sum(
        each.attempt(member_id, partial(_issue, shop, member_id, template, source, had))
        for day, where in days
        for source, celebrate in _birthdays(day)
        for had in [_had(source, start_of_day(day, zone))]
        for member_id in _without(shop, had, and_(celebrate, where), start_of_day(day + timedelta(days=1), zone))
    )


def _ahead(shop: Shop, now: datetime, today: date) -> list[str]:
    """The zones of members' own in which tomorrow has begun."""
    with shop.read() as session:
        return [each for each in zones(session) if business_day(now, ZoneInfo(each)) > today]


def _birthdays(day: date) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """Who celebrates on a day, with the source of the year's coupon."""
    for born in born_on(day):
        yield f"birthday:{born.year}", celebrating(born.civil, born.lunar, born.between)


def _had(source: str, day: datetime) -> ColumnElement[bool]:
    """Which coupons were for this birthday."""
    return or_(coupons.c.source == source, birthday_coupon(since=day - APART))


def _without(
    shop: Shop, had: ColumnElement[bool], celebrate: ColumnElement[bool], joined_before: datetime
) -> list[int]:
    """Members by then who celebrate and have no such coupon yet, in ascending id."""
    cards = members.alias("cards")
    mine = exists().where(coupons.c.member_id == members.c.id, had)
    merged = exists().where(cards.c.merged_into == members.c.id, coupons.c.member_id == cards.c.id, had)
    query = select(members.c.id).where(
        celebrate,
        members.c.forgotten_at.is_(None),
        members.c.merged_into.is_(None),
        members.c.closed_at.is_(None),
        members.c.joined_at < joined_before,
        ~mine.correlate(members),
        ~merged.correlate(members),
    )
    with shop.read() as session:
        return list(session.execute(query.order_by(members.c.id)).scalars())


def _issue(shop: Shop, member_id: int, template: str, source: str, had: ColumnElement[bool]) -> int:
    """1 if a coupon was issued; 0 if somebody was quicker or its limits are reached."""
    try:
        with shop.write() as session, open_book(shop, session, Caller("scheduler", source), member_id) as book:
            if given(session, member_id, had):
                return 0
            grant_coupon(shop, session, book, template, source)
            return 1
    except Refused:
        return 0
