"""What a grant is still worth after refunds.

The grant's own steps say which lines earned what, so a refund is settled under the rules that granted. The worth is a
function of everything refunded so far, never of the order or the parts it came in: partial refunds add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from core.rules.earning import Line, whole
from core.rules.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Refunded:
    """All that came back of a purchase: quantities by line number, and an amount that names no line (minor units)."""

    quantities: Mapping[int, int]
    by_amount: int = 0

    def value(self, lines: Sequence[Line]) -> int:
        return self.by_amount + sum(self.quantities.get(line.number, 0) * line.unit_price for line in lines)


def granted(steps: Sequence[Mapping[str, Any]]) -> int:
    """The whole points that a grant's steps came to."""
    return sum(int(step["points"]) for step in steps if step["do"] in ("round", "fixed"))


def worth(steps: Sequence[Mapping[str, Any]], lines: Sequence[Line], refunded: Refunded) -> int:
    """The points of a grant that are left: what the lines kept earned, less the share of an amount that names no line.

    All refunded leaves 0, nothing refunded leaves what was granted.
    """
    total = sum(line.amount for line in lines)
    value = refunded.value(lines)
    if value == 0 and not any(refunded.quantities.values()):
        return granted(steps)
    if value >= total:
        return 0
    exact = Fraction(0)
    whole_grant = Fraction(0)
    by_number = {line.number: line for line in lines}
    for step in steps:
        if step["do"] not in ("lines", "fixed"):
            continue
        share = Fraction(step["exact"])
        whole_grant += share
        exact += share * _kept_share([by_number[number] for number in step["lines"]], refunded)
    exact -= whole_grant * refunded.by_amount / total
    return min(granted(steps), whole(max(exact, Fraction(0)), _rounding(steps)))


def split(
    lines: Sequence[Line], before: Refunded, wanted: Sequence[tuple[str, int]], amount: int | None
) -> Refunded | Refusal:
    """What one refund takes, or why it cannot: by sku and quantity over the purchase's lines in order, or by amount."""
    total = sum(line.amount for line in lines)
    left = total - before.value(lines)
    if amount is not None:
        if amount > left:
            return Refusal("refund-above-purchase", {"asked": amount, "left": left})
        return Refunded({}, amount)
    taken: dict[int, int] = {}
    for sku, quantity in wanted:
        refusal = _take_sku(lines, before, taken, sku, quantity)
        if refusal:
            return refusal
    asked = Refunded(taken).value(lines)
    if asked > left:
        return Refusal("refund-above-purchase", {"asked": asked, "left": left})
    return Refunded(taken)


def add(one: Refunded, other: Refunded) -> Refunded:
    numbers = {*one.quantities, *other.quantities}
    both = {number: one.quantities.get(number, 0) + other.quantities.get(number, 0) for number in numbers}
    return Refunded(both, one.by_amount + other.by_amount)


def _kept_share(lines: Sequence[Line], refunded: Refunded) -> Fraction:
    """How much of these lines is left: by what they cost, or by number where they were free."""
    amount = sum(line.amount for line in lines)
    if amount:
        return Fraction(sum(_kept(line, refunded) for line in lines), amount)
    quantity = sum(line.quantity for line in lines)
    back = sum(refunded.quantities.get(line.number, 0) for line in lines)
    return Fraction(quantity - back, quantity)


def _kept(line: Line, refunded: Refunded) -> int:
    return (line.quantity - refunded.quantities.get(line.number, 0)) * line.unit_price


def _rounding(steps: Sequence[Mapping[str, Any]]) -> str:
    return next((step["mode"] for step in steps if step["do"] == "round"), "down")


def _take_sku(
    lines: Sequence[Line], before: Refunded, taken: dict[int, int], sku: str, quantity: int
) -> Refusal | None:
    bought = [line for line in lines if line.sku == sku]
    if not bought:
        return Refusal("refund-unknown-sku", {"sku": sku})
    left = sum(line.quantity - before.quantities.get(line.number, 0) - taken.get(line.number, 0) for line in bought)
    if quantity > left:
        return Refusal("refund-above-quantity", {"sku": sku, "asked": quantity, "left": left})
    for line in bought:
        free = line.quantity - before.quantities.get(line.number, 0) - taken.get(line.number, 0)
        part = min(free, quantity)
        if part:
            taken[line.number] = taken.get(line.number, 0) + part
            quantity -= part
    return None
