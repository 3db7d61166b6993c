"""A segment from a CSV of cards (docs/segments.md)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from core.insight.members import members_of_cards
from core.rules.refusal import Refusal
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.outcome import Imported, Progress, Refuse, explained
from core.services.importing.reading import RefusedRow, Row, Unreadable, read
from core.services.importing.rows import member_in
from core.services.once import Caller
from core.services.segments.freeze_segment import list_members
from core.shop import Shop

FIELDS = ["card_number"]
BATCH = 1_000


def import_segment(
    shop: Shop, caller: Caller, name: str, file: Path, columns: ColumnMap, refuse: Refuse, progress: Progress
) -> Imported:
    """List the members of the file's cards under that name, each once, whichever card of theirs it has.

    refuse: called with every row that was not taken. progress: stage (read), done and in all (bytes).
    Raises BadFile when nothing can be read; Refused segment-taken, segment-empty, no-program, and nothing is kept.
    """
    with shop.reading() as (_, program):
        cells = Cells(columns, program.program)
    counted, found = Imported(refuse), dict[int, None]()
    rows = read(file, columns, FIELDS, FIELDS, lambda done, size: progress("read", done, size))
    while batch := list(islice(rows, BATCH)):
        counted.rows += len(batch)
        for outcome in _looked_up(shop, cells, batch):
            if isinstance(outcome, RefusedRow):
                counted.refuse(outcome)
            else:
                counted.accepted += 1
                found[outcome] = None
    list_members(shop, caller, name, list(found))
    return counted


def _looked_up(shop: Shop, cells: Cells, batch: Sequence[Row | RefusedRow]) -> Iterator[int | RefusedRow]:
    """The member of each row, or why there is none."""
    read_rows = [(row, row if isinstance(row, RefusedRow) else _card(cells, row)) for row in batch]
    with shop.read() as session:
        known = members_of_cards(session, [card for _, card in read_rows if isinstance(card, str)])
    for row, card in read_rows:
        if isinstance(card, RefusedRow):
            yield card
        elif card in known:
            yield known[card]
        else:
            why = explained(Refusal("unknown-member", {"card_number": card}))
            yield RefusedRow(row.line, "card_number", card, *why)


def _card(cells: Cells, row: Row) -> str | RefusedRow:
    try:
        return str(member_in(cells, row).card_number)
    except Unreadable as fault:
        return fault.at(row.line)
