"""What the tier takes off a basket at the till: a discount, or an item's price for members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.program.benefits import Discount, MemberPrice
from core.program.schema import Program, under
from core.rules.earning import Line
from core.rules.seasons import dated


@dataclass(frozen=True, slots=True)
class Off:
    """lines: their numbers in the basket. percent: basis points of amount. amount, off: minor units."""

    discount: str
    percent: int
    lines: tuple[int, ...]
    amount: int
    off: int


@dataclass(frozen=True, slots=True)
class Special:
    """lines: their numbers in the basket. price: of one item; off: of them all; minor units."""

    member_price: str
    price: int
    lines: tuple[int, ...]
    off: int


def running(program: Program, tier: str, at: datetime) -> list[MemberPrice]:
    """The prices that members of a tier have at a moment."""
    return [
        each
        for each in (dated(price, at, program.program.zone) for price in program.member_prices)
        if (not each.tiers or tier in each.tiers)
        and (each.since is None or each.since <= at)
        and (each.until is None or at < each.until)
    ]


def specials(program: Program, tier: str, lines: Sequence[Line], at: datetime) -> list[Special]:
    """What members' prices take off, in the program's order.

    A line gets the lowest price that fits it, of two equal ones the first, if that takes off at least as much as the
    line's discount, not rounded, would.
    """
    prices = running(program, tier, at)
    chosen = [(line, _lowest(prices, program.discounts, tier, line)) for line in lines]
    found = []
    for price in prices:
        own = [line for line, lowest in chosen if lowest is price]
        if own:
            off = sum(_saved(price, line) for line in own)
            found.append(Special(price.id, price.price, tuple(line.number for line in own), off))
    return found


def discounts(program: Program, tier: str, lines: Sequence[Line]) -> list[Off]:
    """What comes off, by discount, in the program's order; `lines` without those that get a members' price.

    A line gets the highest percentage that fits it, of two equal ones the first; each discount is rounded down once,
    over all its lines.
    """
    chosen = [(line, _best(program.discounts, tier, line)) for line in lines if line.amount]
    found = []
    for discount in program.discounts:
        own = [line for line, best in chosen if best is discount]
        if own:
            amount, percent = sum(line.amount for line in own), discount.tier_percents[tier]
            numbers = tuple(line.number for line in own)
            found.append(Off(discount.id, percent, numbers, amount, amount * percent // 10_000))
    return found


def _lowest(prices: Sequence[MemberPrice], discounts: Sequence[Discount], tier: str, line: Line) -> MemberPrice | None:
    fitting = [each for each in prices if each.sku == line.sku and each.price < line.unit_price]
    lowest = min(fitting, key=lambda each: each.price, default=None)
    best = _best(discounts, tier, line)
    by_percent = line.amount * best.tier_percents[tier] if best else 0
    return lowest if lowest is not None and _saved(lowest, line) * 10_000 >= by_percent else None


def _saved(price: MemberPrice, line: Line) -> int:
    return (line.unit_price - price.price) * line.quantity


def _best(among: Sequence[Discount], tier: str, line: Line) -> Discount | None:
    fitting = [each for each in among if tier in each.tier_percents and _fits(each, line)]
    return max(fitting, key=lambda each: each.tier_percents[tier], default=None)


def _fits(discount: Discount, line: Line) -> bool:
    if discount.categories and under(line.category, discount.categories) is None:
        return False
    if under(line.category, discount.except_categories) is not None:
        return False
    reduced = line.unit_price < line.regular_price
    return discount.prices == "any" or (discount.prices == "reduced") == reduced
