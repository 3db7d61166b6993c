"""Seasons of every year, as from when until when they are, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.program.loading import load
from core.program.schema import CouponTemplate, Offer
from core.program.seasons import Season
from core.rules.coupons import limited_from, window
from core.rules.discounts import running
from core.rules.seasons import dated, season_at
from tests.club import SOURCE
from tests.rules.stores import INSTANT, SHANGHAI, shanghai

NEW_YORK = ZoneInfo("America/New_York")
CASES = [
    ("01-01", "01-31", shanghai(2026, 12, 31, 23, 59), shanghai(2027, 1, 1), shanghai(2027, 2, 1)),
    ("01-01", "01-31", shanghai(2027, 1, 1), shanghai(2027, 1, 1), shanghai(2027, 2, 1)),
    ("01-01", "01-31", shanghai(2027, 2, 1) - INSTANT, shanghai(2027, 1, 1), shanghai(2027, 2, 1)),
    ("01-01", "01-31", shanghai(2027, 2, 1), shanghai(2028, 1, 1), shanghai(2028, 2, 1)),
    ("12-20", "01-06", shanghai(2026, 12, 31, 23, 59), shanghai(2026, 12, 20), shanghai(2027, 1, 7)),
    ("12-20", "01-06", shanghai(2027, 1, 7) - INSTANT, shanghai(2026, 12, 20), shanghai(2027, 1, 7)),
    ("12-20", "01-06", shanghai(2027, 1, 7), shanghai(2027, 12, 20), shanghai(2028, 1, 7)),
    ("02-01", "02-29", shanghai(2027, 2, 28, 23), shanghai(2027, 2, 1), shanghai(2027, 3, 1)),
    ("02-01", "02-29", shanghai(2028, 2, 29, 23), shanghai(2028, 2, 1), shanghai(2028, 3, 1)),
    ("02-01", "02-28", shanghai(2028, 2, 29), shanghai(2029, 2, 1), shanghai(2029, 3, 1)),
    ("02-29", "03-05", shanghai(2027, 2, 28), shanghai(2027, 2, 28), shanghai(2027, 3, 6)),
    ("02-29", "02-29", shanghai(2026, 3, 1), shanghai(2027, 2, 28), shanghai(2027, 3, 1)),
    ("02-29", "02-29", shanghai(2027, 3, 1), shanghai(2028, 2, 29), shanghai(2028, 3, 1)),
    ("06-30", "06-29", shanghai(2027, 6, 30), shanghai(2027, 6, 30), shanghai(2028, 6, 30)),
]


@pytest.mark.parametrize(("first", "last", "at", "since", "until"), CASES)
def test_the_one_that_runs_or_the_next(first: str, last: str, at: datetime, since: datetime, until: datetime) -> None:
    season = Season(first_day=first, last_day=last)
    assert season_at(season, at, SHANGHAI) == (since, until)
    assert window(season, at, SHANGHAI) == (since, until)


def test_its_days_are_those_of_the_zone_summer_time_or_not() -> None:
    season = Season(first_day="03-14", last_day="11-01")  # both days on which clocks change in 2027 and 2026
    at = datetime(2026, 7, 1, tzinfo=UTC)
    assert season_at(season, at, NEW_YORK) == (
        datetime(2026, 3, 14, 4, tzinfo=UTC),  # EDT since 8 March
        datetime(2026, 11, 2, 5, tzinfo=UTC),  # EST again, the day was 25 hours long
    )


def test_an_offer_is_as_if_it_had_the_dates_of_the_season() -> None:
    season = Season(first_day="04-01", last_day="04-30")
    words = {"en": "April"}
    april = Offer(id="april", name=words, text=words, coupon="three", season=season)
    told = dated(april, shanghai(2027, 5, 1), SHANGHAI)
    assert (told.since, told.until) == (shanghai(2028, 4, 1), shanghai(2028, 5, 1))
    plain = april.model_copy(update={"season": None})
    assert dated(plain, shanghai(2027, 5, 1), SHANGHAI) is plain


def test_a_price_counts_in_its_season() -> None:
    price = '[[member_prices]]\nid = "cap"\nname = { en = "Cap", zh-Hans = "帽" }\nsku = "cap"\nprice = 3900\n'
    source = price + 'season = { first_day = "11-01", last_day = "12-31" }\n\n[[coupons]]'
    club = load(SOURCE.replace("[[coupons]]", source, 1), "club.toml")
    counts = [bool(running(club, "basic", at)) for at in (
        shanghai(2030, 11, 1) - INSTANT, shanghai(2030, 11, 1), shanghai(2031, 1, 1) - INSTANT, shanghai(2031, 1, 1),
    )]  # fmt: skip
    assert counts == [False, True, True, False]


def test_limits_count_from_where_the_season_begins() -> None:
    words = {"en": "Ten"}
    more = {"id": "ten", "name": words, "discount": {"kind": "amount", "amount": 1_000}}
    at = shanghai(2027, 1, 3)
    season = CouponTemplate.model_validate({**more, "validity": {"first_day": "12-20", "last_day": "01-06"}})
    assert limited_from(season, at, SHANGHAI) == shanghai(2026, 12, 20)
    assert limited_from(season, at + timedelta(days=9), SHANGHAI) == shanghai(2027, 12, 20)
    days = CouponTemplate.model_validate({**more, "validity": {"days": 30}})
    assert limited_from(days, at, SHANGHAI) is None
