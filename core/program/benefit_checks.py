"""Benefits that nobody could draw, gifts that nobody could get, discounts that could never count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find, ids
from core.program.mending import show


def _counted(data: Data) -> Iterator[Finding]:
    """A unit, and something that comes in it, go together."""
    for path, benefit in find(data, "benefits.*"):
        if not isinstance(benefit, dict):
            continue
        given = [key for key in ("daily", "gifts") if benefit.get(key)]
        if given and "unit" not in benefit:
            yield Finding((*path, given[0]), "nothing says what is counted", 'add unit = "hour" above it')
        if "unit" in benefit and not given:
            yield Finding((*path, "unit"), "there is nothing to draw", "add daily or gifts, or remove unit")


def _days(data: Data) -> Iterator[Finding]:
    for path, daily in find(data, "benefits.*.daily"):
        most = step(daily, "most")
        for place, given in find(daily, "steps.*.gives"):
            if isinstance(most, int) and isinstance(given, int) and given > most:
                message = f"{given} is more than the {most} that a day brings at most"
                yield Finding((*path, *place), message, "lower it or raise most")


def _gifts(data: Data) -> Iterator[Finding]:
    tiers = ids(data, "tiers")
    for path, benefit in find(data, "benefits.*"):
        seen: set[Any] = set()
        for place, gift in find(benefit, "gifts.*"):
            tier = step(gift, "tier")
            if tier not in tiers:
                continue
            if tier in seen:
                yield Finding((*path, *place, "tier"), f"there are two gifts for {show(tier)}", "keep one")
            seen.add(tier)
            yield from _gift(tiers, step(benefit, "tiers"), (*path, *place), gift)


def _gift(tiers: list[str], entitled: Any, path: Path, gift: dict[str, Any]) -> Iterator[Finding]:
    tier = gift["tier"]
    if tier == tiers[0]:
        yield Finding((*path, "tier"), f"nobody rises to {show(tier)}", "name a higher tier")
        return
    if isinstance(entitled, list) and entitled and tier not in entitled:
        yield Finding((*path, "tier"), f"the benefit is not for {show(tier)}", "add it to tiers, or remove the gift")
    for place, held in find(gift, "from.*"):
        if held in tiers and tiers.index(held) >= tiers.index(tier):
            yield Finding((*path, *place), f"{show(held)} is not below {show(tier)}", "name lower tiers alone")


def _reach(data: Data) -> Iterator[Finding]:
    for path, discount in find(data, "discounts.*"):
        covered = [each for _, each in find(discount, "categories.*")]
        for place, category in find(discount, "except_categories.*"):
            if category in covered:
                message = f"{show(category)} is also under categories"
                yield Finding((*path, *place), message, "keep it in one of the two")


def _member_prices(data: Data) -> Iterator[Finding]:
    """The higher of two prices for one item would never be asked of who has both."""
    seen: list[tuple[tuple[Any, ...], Any]] = []
    for path, price in find(data, "member_prices.*"):
        key = (step(price, "sku"), step(price, "tiers"), step(price, "since"), step(price, "until"))
        twin = next((other for known, other in seen if known == key and key[0] is not None), None)
        if twin is not None:
            message = f"{show(key[0])} has a price for the same members at the same time already, {show(twin)}"
            yield Finding((*path, "sku"), message, "keep the lower one")
        seen.append((key, step(price, "id")))


BENEFIT_CHECKS = (_counted, _days, _gifts, _reach, _member_prices)
