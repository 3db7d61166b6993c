"""Bring another system's purchases in, from a CSV with one row for each line of each purchase (docs/import.md)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from core.program.schema import Program
from core.rules.refusal import Refusal
from core.services.common import LineIn, MemberRef
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.gathering import Gathered, Gathering
from core.services.importing.outcome import Imported, Progress, Refuse, explained, missing, refused_wish
from core.services.importing.reading import RefusedRow, Row, Unreadable, read
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, record_purchases
from core.shop import Shop

REQUIRED = ["external_id", "card_number", "occurred_at", "category", "quantity", "unit_price"]
FIELDS = [*REQUIRED, "store", "channel", "sku", "regular_price"]
"""The columns of the file; those not required may be missing altogether."""
UNSAID = {"store": "import", "channel": "shop", "sku": "unknown"}


def import_purchases(
    shop: Shop, caller: Caller, file: Path, columns: ColumnMap, refuse: Refuse, progress: Progress
) -> Imported:
    """Record every purchase of the file, oldest first, each whole or not at all.

    A purchase is known by its external_id, so that a file can be imported again, also one that was interrupted.
    refuse: called with every row that was not taken. progress: stage (read, record), done and in all.
    Raises BadFile when nothing can be read; Refused no-program.
    """
    with shop.reading() as (_, program):
        cells = Cells(columns, program.program)
    counted = Imported(refuse)
    with TemporaryDirectory(prefix="regulars-import-") as folder, Gathering(Path(folder)) as gathering:
        for row in read(file, columns, FIELDS, REQUIRED, lambda done, size: progress("read", done, size)):
            counted.rows += 1
            _gather(gathering, cells, program, row, counted.refuse)
        _record(shop, caller, gathering, counted, progress)
    return counted


def _gather(gathering: Gathering, cells: Cells, program: Program, row: Row | RefusedRow, refuse: Refuse) -> None:
    if isinstance(row, RefusedRow):
        return refuse(row)
    external_id = None
    try:
        external_id = cells.number(row, "external_id") or missing(row, "external_id")
        occurred_at = cells.moment(row, "occurred_at") or missing(row, "occurred_at")
        head = {
            "card_number": cells.number(row, "card_number") or missing(row, "card_number"),
            "occurred_at": occurred_at.isoformat(),
            "store": cells.text(row, "store") or UNSAID["store"],
            "channel": cells.text(row, "channel") or UNSAID["channel"],
        }
        gathering.add(external_id, row.line, occurred_at.isoformat(), head, _goods(cells, program, row))
    except Unreadable as fault:
        refuse(fault.at(row.line))
        if external_id:
            gathering.broken(external_id, row.line)


def _goods(cells: Cells, program: Program, row: Row) -> dict[str, str | int]:
    unit_price = cells.money(row, "unit_price")
    goods: dict[str, str | int] = {
        "sku": cells.number(row, "sku") or UNSAID["sku"],
        "category": _category(cells, program, row),
        "quantity": cells.whole(row, "quantity"),
        "unit_price": unit_price,
        "regular_price": cells.money(row, "regular_price") if cells.text(row, "regular_price") else unit_price,
    }
    try:
        LineIn.model_validate(goods)
    except ValidationError as error:
        field, reason, mend = refused_wish(error)
        raise Unreadable(field, cells.text(row, field) or "", reason, mend) from error
    return goods


def _category(cells: Cells, program: Program, row: Row) -> str:
    written = cells.text(row, "category") or missing(row, "category")
    category = cells.columns.categories.get(written, written)
    if not program.takes(category):
        known = ", ".join(each.id for each in program.categories)
        raise Unreadable(
            "category", written, "the program has no such category", f"map it in [categories] to one of: {known}"
        )
    return category


def _record(shop: Shop, caller: Caller, gathering: Gathering, counted: Imported, progress: Progress) -> None:
    total = gathering.count()
    waiting: deque[Gathered] = deque()

    def orders() -> Iterator[PurchaseOrder]:
        for place, purchase in enumerate(gathering.purchases(), 1):
            if place % 100 == 0:
                progress("record", place, total)
            if order := _order(purchase, counted.refuse):
                waiting.append(purchase)
                yield order

    for _, outcome in record_purchases(shop, caller, orders()):
        purchase = waiting.popleft()
        if isinstance(outcome, Refusal):
            _refuse_whole(purchase, "", *explained(outcome), counted.refuse)
        else:
            counted.accepted += 1
    progress("record", total, total)


def _order(purchase: Gathered, refuse: Refuse) -> PurchaseOrder | None:
    """The purchase as the service wants it, or None when it was refused."""
    if purchase.broken_line is not None:
        reason = f"another row of this purchase was refused (line {purchase.broken_line})"
        _refuse_whole(purchase, "external_id", reason, "mend that row and import the file again", refuse)
        return None
    if len(purchase.heads) > 1:
        _refuse_whole(purchase, *_contradiction(purchase), refuse)
        return None
    head = dict(purchase.heads[0])
    try:
        member = MemberRef(card_number=head.pop("card_number"))
        lines = [LineIn(**goods) for goods in purchase.goods]
        return PurchaseOrder(external_id=purchase.external_id, member=member, lines=lines, **head)
    except ValidationError as error:
        _refuse_whole(purchase, *refused_wish(error), refuse)
        return None


def _contradiction(purchase: Gathered) -> tuple[str, str, str]:
    first, second = purchase.heads[:2]
    field = next(key for key in first if first[key] != second[key])
    reason = f"the rows of this purchase disagree on {field}: {first[field]} and {second[field]}"
    return field, reason, "give each purchase an external_id of its own"


def _refuse_whole(purchase: Gathered, field: str, reason: str, mend: str, refuse: Refuse) -> None:
    for line in purchase.lines:
        refuse(RefusedRow(line, field, purchase.external_id, reason, mend))
