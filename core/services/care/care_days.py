"""Occasions that are days: birthdays, anniversaries, the last days of what lapses, and what is looked at daily."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core.db import care_queries as queries
from core.db.care_queries import Asked
from core.db.counters import used
from core.insight.tier import standing
from core.program.schema import CouponTemplate
from core.rules import care
from core.rules.dormancy import InForce, opens_at
from core.rules.redemption import prices
from core.rules.terms import business_day, plus_months, start_of_day
from core.services.care.care_window import Due, Facts, Move, Window

EARLIEST = date(1970, 1, 1)
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Asking:
    """One statement for a day. what: the occasion, the same for every row, or None: row by row, by `each`."""

    asked: Asked
    what: str | None
    more: Facts = field(default_factory=dict)
    still: Facts = field(default_factory=dict)
    each: Callable[[Any], tuple[str, Facts, Facts] | None] | None = None
    whole: Callable[[Sequence[Any]], Mapping[int, Facts]] | None = None


def of_days(window: Window) -> Iterator[list[Due]]:
    """Day by day in every zone that members live in; then what a move into another zone would skip."""
    for zone in window.zones:
        for day in _days(window, zone):
            about = day - timedelta(days=window.step.days)
            for asking in _DAYS[window.journey.on](window, about, ZoneInfo(zone)):
                yield from _of_asking(window, asking, zone, day, about)
    for move in window.moves if window.journey.on not in _AS_OF_NOW else ():
        for day in care.skipped(window.after, window.step.clock, ZoneInfo(move.zone), ZoneInfo(move.before)):
            about = day - timedelta(days=window.step.days)
            for asking in _DAYS[window.journey.on](window, about, ZoneInfo(move.zone)):
                yield from _of_asking(window, asking, move.zone, day, about, move)


_AS_OF_NOW = ("stage", "reward_in_reach", "day")
"""Who these are about is known of today alone: days that are past are not judged by it."""


def _days(window: Window, zone: str) -> list[date]:
    due = care.days_due(window.after, window.until, window.step.clock, ZoneInfo(zone))
    return due[-1:] if window.journey.on in _AS_OF_NOW else due


def _of_asking(
    window: Window, asking: Asking, zone: str, day: date, about: date, move: Move | None = None
) -> Iterator[list[Due]]:
    """Points that lapse are told once for the month, or the year, in which they do; all else for that of its moment."""
    journey, step = window.journey, window.step
    moment = care.moment_of(day, step.clock, ZoneInfo(zone))
    once_in = about if journey.on == "points_expire" else day
    before = care.moment_of(day, step.clock, ZoneInfo(move.before)) if move else moment
    asked, still = window.ask(asking.asked, zone, move), dict(asking.still)
    if asking.what is not None:
        asked = queries.without(asked, journey.source, care.occasion(journey, step, asking.what, once_in))
    if "purchase" in journey.ends:
        began = start_of_day(about + timedelta(days=min(each.days for each in journey.steps)), ZoneInfo(zone))
        asked = queries.not_bought_since(asked, began)
        still["not_bought_since"] = began.isoformat()
    for rows in queries.stream(window.session, asked):
        whole = asking.whole(rows) if asking.whole else {}
        found = []
        for row in rows:
            told = asking.each(row) if asking.each else (asking.what or "", {}, {})
            if told is not None:
                what, more, own_still = told
                more = {**asking.more, **whole.get(row.member_id, {}), **more}
                occasion = care.occasion(journey, step, what, once_in)
                at = move.moment(moment, before, row.zone_since) if move else moment
                found.append(Due(row, at, occasion, about, more, {**still, **own_still}))
        yield found


def _birthday(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """Not for who had that step within half a year: of the same birthday, which they celebrated by another calendar."""
    until, days = start_of_day(about + timedelta(days=1), zone), window.step.days
    since = start_of_day(about + timedelta(days=days), zone) - care.APART
    for born in care.born_on(about):
        asked = queries.born(queries.celebrating(born.civil, born.lunar, born.between), until)
        yield Asking(queries.not_since(asked, window.journey.source, since, f"%/{days}"), str(born.year))


def _anniversary(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    earliest = queries.earliest_joined(window.session)
    for years, then in care.joined_on(about, earliest.year - 1) if earliest else ():
        asked = queries.joined_between(start_of_day(then, zone), start_of_day(then + timedelta(days=1), zone))
        yield Asking(asked, f"{years}y", {"years": years})


def _span(window: Window, day: date) -> queries.Span:
    """A last day of the program's, as the moments at which what has it is over."""
    return start_of_day(day, window.zone), start_of_day(day + timedelta(days=1), window.zone)


def _points(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """With once = "month" all that lapses in that month is told at once, and nothing else; so for the year."""
    first, last = care.lapsing_days(window.journey.once, about)
    since, until = _span(window, first)[0], _span(window, last)[1]
    asked = queries.points_lapsing(window.until, _span(window, about), (since, until), window.journey.least)

    def each(row: Any) -> tuple[str, Facts, Facts]:
        still = {"since": since.isoformat(), "until": until.isoformat(), "points": int(row.points)}
        return about.isoformat(), {}, {"lapsing": still}

    yield Asking(asked, about.isoformat(), {"until": about}, each=each)


def _coupon(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    def template(row: Any) -> CouponTemplate:
        found = window.shop.version(window.session, row.program_version).program.coupon(row.template)
        assert found is not None, row.template
        return found

    def each(row: Any) -> tuple[str, Facts, Facts]:
        return about.isoformat(), {"template": template(row)}, {"coupon": row.coupon_id}

    asked = queries.coupons_lapsing(_span(window, about), window.until)
    yield Asking(asked, about.isoformat(), {"until": about}, each=each)


def _at_risk(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """Only where something is missing, and the tier after would be lower."""
    now = {"not_bought_since": window.until.isoformat()}

    def each(row: Any) -> tuple[str, Facts, Facts] | None:
        held = standing(window.shop, window.session, row.member_id)
        if held.falls_to is None or held.keep is None:
            return None
        more = {"missing": (held.keep.spend, held.keep.points), "falls_to": held.falls_to}
        return about.isoformat(), more, {**now, "tier_until": row.tier_until.isoformat()}

    yield Asking(queries.tier_ending(_span(window, about)), about.isoformat(), {"until": about}, each=each)


def _month(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """Of the month before the one that begins with that day."""
    if about.day != 1:
        return
    month = plus_months(about, -1)
    since, until = start_of_day(month, window.zone), start_of_day(about, window.zone)

    def whole(rows: Sequence[Any]) -> dict[int, Facts]:
        moved = queries.moved_in(window.session, [row.member_id for row in rows], since, until)
        return {member_id: _moved(by_kind) for member_id, by_kind in moved.items()}

    yield Asking(queries.everybody(), f"{month:%Y-%m}", {"month": month}, whole=whole)


def _moved(by_kind: Mapping[str, int]) -> Facts:
    earned = sum(by_kind.get(kind, 0) for kind in ("accrual", "bonus", "adjustment", "reversal"))
    return {"earned": earned, "spent": -by_kind.get("redemption", 0), "expired": -by_kind.get("expiry", 0)}


def _stage(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """Once for each time that the member has fallen silent."""
    asked, last = queries.in_stage(window.journey.stage or "")
    once = window.journey.once != "each"
    if not once:
        asked = queries.not_since(asked, window.journey.source, last)
    each = _since_last(window)
    yield Asking(asked, "stage" if once else None, each=each)


def _dormant(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """Where those are closed who have been away for so long, whoever is on that day."""
    months, rule = window.journey.months or 0, window.program.dormancy
    span = care.months_before(about, months)
    last = span[1] if span else plus_months(about, -months)
    since, until = start_of_day(span[0] if span else last + A_DAY, window.zone), start_of_day(last + A_DAY, window.zone)
    asked = queries.last_seen_between(since, until)
    if rule is not None and rule.after_months == months:
        first = _first_closing(window)
        if first is None or about < first:
            return
        noticed = about + A_DAY - timedelta(days=rule.notice_days)
        seen = (start_of_day(EARLIEST, window.zone) if about == first else since, until)
        asked = queries.closing(seen, (start_of_day(noticed, window.zone), start_of_day(noticed + A_DAY, window.zone)))
    yield Asking(asked, about.isoformat(), each=_since_last(window, about))


def _first_closing(window: Window) -> date | None:
    """The last day of those who had been away for longer as the program began to close members."""
    line = [InForce(each.effective_at, each.program) for each in window.shop.line(window.session)]
    first = opens_at(line, window.until)
    return None if first is None else business_day(first, window.zone) - A_DAY


def _since_last(window: Window, about: date | None = None) -> Callable[[Any], tuple[str, Facts, Facts]]:
    def each(row: Any) -> tuple[str, Facts, Facts]:
        what = about or business_day(row.last_at, window.zone)
        return what.isoformat(), {}, {"not_bought_since": row.last_at.isoformat()}

    return each


def _festival(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    if care.is_festival(window.journey, about):
        yield Asking(queries.everybody(), str(about.year))


def _in_reach(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    """By the price that asks for the fewest points of the member's tier; not once the stock is gone."""
    reward = window.program.reward(window.journey.reward or "")
    if reward is None:
        return
    gone = used(window.session).get(f"reward:{reward.id}", 0)
    if reward.stock is not None and gone >= reward.stock:
        return
    tiers = [tier.id for tier in window.program.tiers if not reward.tiers or tier.id in reward.tiers]
    by_tier = {tier: min(prices(reward, tier), key=lambda each: (each.points, each.money)) for tier in tiers}
    needed = {tier: price.points - window.journey.missing for tier, price in by_tier.items()}

    def each(row: Any) -> tuple[str, Facts, Facts]:
        return reward.id, {"prices": by_tier}, {"balance": row.balance}

    yield Asking(queries.holding(needed), reward.id, each=each)


def _every_day(window: Window, about: date, zone: ZoneInfo) -> Iterator[Asking]:
    yield Asking(queries.everybody(), about.isoformat())


_DAYS: dict[str, Callable[[Window, date, ZoneInfo], Iterator[Asking]]] = {
    "birthday": _birthday,
    "anniversary": _anniversary,
    "points_expire": _points,
    "coupon_expires": _coupon,
    "tier_at_risk": _at_risk,
    "month": _month,
    "stage": _stage,
    "dormant": _dormant,
    "festival": _festival,
    "reward_in_reach": _in_reach,
    "day": _every_day,
}
