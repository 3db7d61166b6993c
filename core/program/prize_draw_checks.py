"""Prize draws whose odds do not add up, prizes that nobody gets, plays that never end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from math import lcm
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.program.faults import Finding, Path, step
from core.program.find import Data, find
from core.program.mending import show
from core.program.prize_draws import MOST_TICKETS, Odds

_KINDS = ("points", "coupon", "goods")
_ODDS: TypeAdapter[Fraction] = TypeAdapter(Odds)


def _adding_up(data: Data) -> Iterator[Finding]:
    """Odds beyond one are told at the first prize that has no room left."""
    for path, draw in find(data, "prize_draws.*"):
        total, tickets = Fraction(0), 1
        for place, written in find(draw, "prizes.*.odds"):
            odds = _exact(written)
            before, total, tickets = total, total + odds, lcm(tickets, odds.denominator)
            if before <= 1 < total:
                message = f"with it the odds add up to {total}, more than one"
                room = f"write {show(str(1 - before))} at most" if before < 1 else "remove it"
                yield Finding((*path, *place), message, f"{room}, or lower the others")
            if tickets > MOST_TICKETS >= tickets // odds.denominator:
                message = "the odds of the prizes have too large a common denominator"
                yield Finding((*path, *place), message, 'write them over the same number, such as "1/1000"')


def _exact(written: Any) -> Fraction:
    """0 for what is no odds; its shape is told by itself."""
    try:
        return _ODDS.validate_python(written)
    except ValidationError:
        return Fraction(0)


def _prizes(data: Data) -> Iterator[Finding]:
    for path, draw in find(data, "prize_draws.*"):
        seen: set[Any] = set()
        for place, prize in find(draw, "prizes.*"):
            if not isinstance(prize, dict):
                continue
            if isinstance(prize.get("id"), str) and prize["id"] in seen:
                message = f"there are two of {show(prize['id'])}"
                yield Finding((*path, *place, "id"), message, "give each prize an id of its own")
            seen.add(prize.get("id") if isinstance(prize.get("id"), str) else None)
            yield from _kind((*path, *place), prize)


def _kind(path: Path, prize: dict[str, Any]) -> Iterator[Finding]:
    given = [key for key in _KINDS if prize.get(key) not in (None, False)]
    if not given:
        yield Finding(path, "nothing says what is won", 'add points = 500, coupon = "…" or goods = true')
    for key in given[1:]:
        yield Finding((*path, key), f"the prize has both {given[0]} and {key}", "keep one of the two")
    if "claim_days" in prize and "goods" not in given:
        yield Finding((*path, "claim_days"), "there are no goods to fetch", "remove it, or write goods = true")


def _times(data: Data) -> Iterator[Finding]:
    for path, draw in find(data, "prize_draws.*"):
        since, until = _moment(draw, "since"), _moment(draw, "until")
        if since and until and since >= until:
            message = f"{show(until)} is not after since, {show(since)}"
            yield Finding((*path, "until"), message, "write the first moment at which it is over")
        for place, wanted in find(draw, "prizes.*.coupon"):
            validity = next((step(each, "validity") for _, each in find(data, "coupons.*") if _is(each, wanted)), None)
            closes = _moment(validity, "until")
            if since and closes and since >= closes:
                message = f"{show(wanted)} is over before the prize draw begins"
                yield Finding((*path, *place), message, "move the dates of the prize draw or of the coupon")


def _limits(data: Data) -> Iterator[Finding]:
    for path, draw in find(data, "prize_draws.*"):
        if not isinstance(draw, dict):
            continue
        day, ever = draw.get("per_day"), draw.get("per_member")
        if isinstance(day, int) and isinstance(ever, int) and ever < day:
            message = f"{day} a day are never reached with {ever} in all"
            yield Finding((*path, "per_day"), message, "lower per_day or raise per_member")
        if day is None and ever is None:
            yield from _endless(path, draw)


def _endless(path: Path, draw: dict[str, Any]) -> Iterator[Finding]:
    """Without a limit, points that come back must on average be fewer than a play costs."""
    price, consolation = draw.get("price"), draw.get("consolation", 0)
    if type(price) is not int or type(consolation) is not int:
        return
    if price == 0:
        yield Finding((*path, "price"), "without a limit it could be played for ever", "add per_day or per_member")
        return
    prizes = [each for _, each in find(draw, "prizes.*")]
    odds = [_exact(step(each, "odds")) for each in prizes]
    won = [step(each, "points") if type(step(each, "points")) is int else 0 for each in prizes]
    back = sum((chance * points for chance, points in zip(odds, won, strict=True)), (1 - sum(odds)) * consolation)
    if sum(odds) <= 1 and back >= price:
        message = f"a play brings back {show(round(back, 2))} points on average and costs {price}"
        yield Finding((*path, "price"), message, "raise it, lower what is won, or add per_day or per_member")


def _is(part: Any, wanted: Any) -> bool:
    return isinstance(wanted, str) and step(part, "id") == wanted


def _moment(part: Any, key: str) -> datetime | None:
    value = step(part, key)
    return value if isinstance(value, datetime) and value.tzinfo else None


PRIZE_DRAW_CHECKS = (_adding_up, _prizes, _times, _limits)
