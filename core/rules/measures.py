"""How much of a purchase qualifies for tiers, by measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.program.schema import Program, under
from core.program.tiering import Measure
from core.rules.earning import Line
from core.rules.reversal import Refunded

NOTHING_BACK = Refunded({})


def qualifying(
    program: Program, lines: Sequence[Line], tenders: Mapping[str, int], refunded: Refunded = NOTHING_BACK
) -> tuple[int, dict[str, int]]:
    """Minor units of the first measure, and of the others by id, that are left of a purchase after its refunds.

    tenders: what was paid, by kind. As with points, what is left depends on all that came back, not on its parts.
    """
    total = sum(line.amount for line in lines)
    back = refunded.value(lines)
    if not program.tiering.measures:
        return total - back, {}
    amounts = [
        0 if back >= total else _left(measure, lines, tenders, refunded, total) for measure in program.tiering.measures
    ]
    others = {measure.id: amount for measure, amount in zip(program.tiering.measures[1:], amounts[1:], strict=True)}
    return amounts[0], others


def _left(measure: Measure, lines: Sequence[Line], tenders: Mapping[str, int], refunded: Refunded, total: int) -> int:
    counted = [line for line in lines if _counts(measure, line, lines)]
    bought = sum(line.amount for line in counted)
    back = sum(refunded.quantities.get(line.number, 0) * line.unit_price for line in counted)
    not_counted = min(total, sum(tenders.get(kind, 0) for kind in measure.except_tenders))
    left = (bought - back) * total - bought * refunded.by_amount
    return max(0, left * (total - not_counted) // (total * total))


def _counts(measure: Measure, line: Line, lines: Sequence[Line]) -> bool:
    if measure.categories and under(line.category, measure.categories) is None:
        return False
    if under(line.category, measure.except_categories) is not None:
        return False
    of_the_item = sum(each.quantity for each in lines if each.sku == line.sku)
    return measure.bulk_from is None or of_the_item < measure.bulk_from
