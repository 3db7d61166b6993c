"""Amounts that have their shape but cannot be meant: a percentage written as 20, cents taken for whole dollars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from babel.numbers import get_currency_precision, list_currencies

from core.program.faults import Finding, Path, step
from core.program.find import Data, find
from core.program.mending import show

_MIN_SPENDS = (
    "earning.rules.*.when.min_spend",
    "referral.min_spend",
    "coupons.*.min_spend",
    "benefits.*.daily.steps.*.spend",
    "benefits.*.daily.steps.*.each",
)
_THRESHOLDS = ("member_prices.*.price", "tiers.*.spend", "tiers.*.keep", "tiers.*.ways.*.spend")
_TOP_UPS = ("stored_value.most", "stored_value.most_held", "stored_value.bonuses.*.from")
_PERCENTAGES = ("coupons.*.discount.percent", "discounts.*.tier_percents.?", "stored_value.bonuses.*.percent")


def _percentages(data: Data) -> Iterator[Finding]:
    for pattern in _PERCENTAGES:
        for path, percent in find(data, pattern):
            if isinstance(percent, int) and 0 < percent < 100:
                message = f"{percent} is {percent / 100:g} %"
                yield Finding(path, message, f"write {percent * 100} for {percent} %")


def _amounts_off(data: Data) -> Iterator[Finding]:
    for path, coupon in find(data, "coupons.*"):
        amount, min_spend = step(step(coupon, "discount"), "amount"), step(coupon, "min_spend")
        if isinstance(amount, int) and isinstance(min_spend, int) and 0 < min_spend < amount:
            message = f"{amount} off is more than the {min_spend} that must be spent"
            yield Finding((*path, "discount", "amount"), message, "lower the amount or raise min_spend")


def _small_thresholds(data: Data) -> Iterator[Finding]:
    """A threshold below one unit of the currency was meant in whole units."""
    currency = step(step(data, "program"), "currency")
    if not isinstance(currency, str) or currency not in list_currencies():
        return
    unit = 10 ** get_currency_precision(currency)
    for path, amount in _money(data):
        if isinstance(amount, int) and 0 < amount < unit:
            message = f"{amount} is less than 1 {currency}: money is counted in the smallest unit"
            yield Finding(path, message, f"write {show(amount * unit)} for {amount} {currency}")


def _money(data: Data) -> Iterator[tuple[Path, Any]]:
    for pattern in (*_MIN_SPENDS, *_THRESHOLDS, *_TOP_UPS):
        yield from find(data, pattern)
    for path, goal in find(data, "goals.*"):
        for pattern in ("steps.*.at", "steps.*.every") if step(goal, "of") == "spend" else ():
            yield from (((*path, *place), amount) for place, amount in find(goal, pattern))


AMOUNT_CHECKS = (_percentages, _amounts_off, _small_thresholds)
