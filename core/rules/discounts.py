"""What the tier takes off a basket at the till."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.program.benefits import Discount
from core.program.schema import Program, under
from core.rules.earning import Line


@dataclass(frozen=True, slots=True)
class Off:
    """lines: their numbers in the basket. percent: basis points of amount. amount, off: minor units."""

    discount: str
    percent: int
    lines: tuple[int, ...]
    amount: int
    off: int


def discounts(program: Program, tier: str, lines: Sequence[Line]) -> list[Off]:
    """What comes off, by discount, in the program's order.

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
