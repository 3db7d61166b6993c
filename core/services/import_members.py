"""Bring another system's members in, from a CSV with one row for each (docs/import.md)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from core.rules.refusal import Refused
from core.services.enrol import EnrolForm, enrol
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.outcome import Imported, mend, missing, refused_wish
from core.services.importing.reading import RefusedRow, Row, Unreadable, read
from core.services.once import Caller
from core.shop import Shop

REQUIRED = ["card_number", "name"]
FIELDS = [*REQUIRED, "phone", "birthday", "language", "joined_at", "store"]
"""The columns of the file; those not required may be missing altogether."""

Refuse = Callable[[RefusedRow], None]
Progress = Callable[[str, int, int], None]


def import_members(
    shop: Shop, caller: Caller, file: Path, columns: ColumnMap, refuse: Refuse, progress: Progress
) -> Imported:
    """Enrol every member of the file. A member is known by the card number, so that a file can be imported again.

    refuse: called with every row that was not taken. progress: stage, done and in all (bytes).
    Raises BadFile when nothing can be read; Refused no-program.
    """
    with shop.reading() as (_, program):
        cells = Cells(columns, program.program)
    counted = Imported()
    for row in read(file, columns, FIELDS, REQUIRED, lambda done, size: progress("read", done, size)):
        counted.rows += 1
        fault = row if isinstance(row, RefusedRow) else _enrol(shop, caller, cells, row)
        if fault is None:
            counted.accepted += 1
        else:
            counted.refused += 1
            refuse(fault)
    return counted


def _enrol(shop: Shop, caller: Caller, cells: Cells, row: Row) -> RefusedRow | None:
    try:
        form = _form(cells, row)
        enrol(shop, Caller(caller.actor, f"member:{form.card_number}"), form)
        return None
    except Unreadable as fault:
        return fault.at(row.line)
    except ValidationError as error:
        field, reason, how = refused_wish(error)
        return RefusedRow(row.line, field, row.cells.get(field, ""), reason, how)
    except Refused as refused:
        about = refused.refusal.reason.split("-")[0]  # phone-taken, joined-in-the-future
        field = next((each for each in FIELDS if each.startswith(about)), "")
        return RefusedRow(row.line, field, row.cells.get(field, ""), refused.refusal.reason, mend(refused.refusal))


def _form(cells: Cells, row: Row) -> EnrolForm:
    return EnrolForm(
        card_number=cells.number(row, "card_number") or missing(row, "card_number"),
        name=cells.text(row, "name") or missing(row, "name"),
        phone=cells.phone(row, "phone"),
        birthday=cells.day(row, "birthday"),
        language=cells.text(row, "language"),
        joined_at=cells.moment(row, "joined_at"),
        store=cells.text(row, "store"),
    )
