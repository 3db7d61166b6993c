"""Seasons that cannot be meant, each told with its mend."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.program.loading import load, load_file
from tests.program.club import SOURCE
from tests.program.test_tier_faults import faults
from tests.rules.stores import PROGRAMS

FIXED = "validity = { since = 2026-12-20T00:00:00-05:00, until = 2027-01-06T00:00:00-05:00 }"
WINTER = SOURCE.replace(FIXED, 'validity = { first_day = "12-20", last_day = "01-06" }')
SEASONAL = WINTER.replace('coupon = "five"\ntiers', 'coupon = "season"\ntiers')
TIERS = 'tiers = ["silver", "gold"]'
JOURNEY = """[[journeys]]
id = "feast"
name = {{ en = "Feast", zh-Hans = "节日" }}
{}
[[journeys.steps]]
coupon = "season"
text = {{ en = "For you", zh-Hans = "送您" }}

[birthday]"""
NEVER = 'offers[fresh].coupon: "season" is never valid while the offer runs; move the season or the dates of the offer or of the coupon'  # noqa: E501
MISTAKES = [
    (SEASONAL, TIERS, 'season = { first_day = "12-01", last_day = "12-31" }\nuntil = 2027-01-01T00:00:00Z', [
        "offers[fresh].until: it has a season, which says when; keep one of the two"]),
    (SOURCE, TIERS, 'season = { first_day = "03-01", last_day = "02-29" }', [
        "offers[fresh].season: it is the whole year; remove it"]),
    (SOURCE, TIERS, 'season = { first_day = "03-01", last_day = "02-30" }', [
        'offers[fresh].season.last_day: "02-30" cannot be used; write a month and a day, as in "06-30"']),
    (SOURCE, TIERS, 'season = { first_day = "03-01" }', [
        'offers[fresh].season.last_day: is missing; add last_day = "01-06"']),
    (WINTER, 'first_day = "12-20"', 'first = "12-20"', [
        "coupons[season].validity.first: there is no such key; did you mean \"first_day\"?"]),
    (SEASONAL, TIERS, 'season = { first_day = "01-07", last_day = "12-19" }', [NEVER]),
    (SEASONAL, TIERS, "since = 2027-01-07T00:00:00-05:00\nuntil = 2027-12-20T00:00:00-05:00", [NEVER]),
    (SOURCE.replace('coupon = "five"\ntiers', 'coupon = "season"\ntiers'), TIERS,
     'season = { first_day = "03-01", last_day = "03-31" }', [NEVER]),
    (WINTER, '[birthday]\ncoupon = "five"', '[birthday]\ncoupon = "season"', [
        'birthday.coupon: "season" is valid at one time only, birthdays are all year round; give the coupon validity ='
        " { days = 30 }"]),
    (WINTER, "[birthday]", JOURNEY.format('on = "purchase"'), [
        "journeys[feast].steps[1].coupon: the coupon is valid at one time only, and this may be any; choose one with"
        " validity = { days = 30 }"]),
    (WINTER, "[birthday]", JOURNEY.format('on = "festival"\nfestival = "spring_festival"'), [
        "journeys[feast].steps[1].coupon: on 2026-02-17 it would be given outside its season, for the next one; widen"
        " the season, or choose one with validity = { days = 30 }"]),
    (WINTER.replace('"12-20", last_day = "01-06"', '"01-21", last_day = "02-21"'), "[birthday]",
     JOURNEY.format('on = "festival"\nfestival = "spring_festival"'), []),
    (WINTER, "[birthday]", JOURNEY.format('on = "festival"\ndate = "01-05"'), []),
    (WINTER, "[birthday]", JOURNEY.format('on = "festival"\ndate = "01-06"').replace("coupon", "hours = 14\ncoupon"),
     []),
    (WINTER, "[birthday]", JOURNEY.format('on = "festival"\ndate = "01-06"').replace("coupon", "hours = 15\ncoupon"), [
        "journeys[feast].steps[1].coupon: the season that 2026-01-06 lies in is over while the message may still"
        " arrive; write fewer hours, or widen the season"]),
    (WINTER, "[birthday]", JOURNEY.format('on = "festival"\ndate = "01-07"'), [
        "journeys[feast].steps[1].coupon: on 2026-01-07 it would be given outside its season, for the next one; widen"
        " the season, or choose one with validity = { days = 30 }"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "right", "wrong", "told"), MISTAKES
)  # fmt: skip
def test_what_a_season_cannot_be_is_told_with_its_mend(source: str, right: str, wrong: str, told: list[str]) -> None:
    if told:
        assert faults(source, right, wrong) == told
    else:
        load(source.replace(right, wrong, 1), "it.toml")


@pytest.mark.parametrize("name", sorted(each.stem for each in PROGRAMS.glob("*.toml")))
@pytest.mark.parametrize("at", [datetime(2027, 2, 1, tzinfo=UTC), datetime(2030, 3, 8, tzinfo=UTC)])
def test_the_shipped_programs_are_fine_as_time_passes(name: str, at: datetime) -> None:
    load_file(PROGRAMS / f"{name}.toml", at)
