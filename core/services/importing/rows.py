"""Files of which each row is a wish of its own: read, posted a batch to a transaction, refused one by one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.insight.members import MemberRef
from core.rules.refusal import Refusal, Refused
from core.services.common import Label, Result, Wish
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.outcome import Imported, Progress, Refuse, explained, missing, refused_wish
from core.services.importing.reading import RefusedRow, Row, Unreadable, read
from core.services.locking import lock_named
from core.services.once import Caller, once, once_of_many
from core.shop import Shop

BATCH = 200
UNSAID = "import"
ABOUT_MEMBER = {"unknown-member": "card_number", "phone-invalid": "phone"}


class RowWish(Wish):
    """What a row asks for a member. system: the one that the file comes from, as members will read it."""

    member: MemberRef
    system: Label = UNSAID


W = TypeVar("W", bound=Wish)
R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class Table(Generic[W, R]):
    """A kind of file. columns: those required first. wish: what a row says. key: what makes it the same row in any
    file. post: does it within the transaction; everything that can refuse comes before its first write. about: the
    column that a refusal is about, besides ABOUT_MEMBER."""

    columns: Sequence[str]
    required: Sequence[str]
    wish: Callable[[Cells, Row], W]
    key: Callable[[W], str]
    post: Callable[[Shop, Session, Caller, W], R]
    result: type[R]
    about: dict[str, str]


def import_rows(
    table: Table[W, R],
    shop: Shop,
    caller: Caller,
    file: Path,
    columns: ColumnMap,
    refuse: Refuse,
    progress: Progress,
) -> Imported:
    """Post every row of the file. A row is known by its key, so that a file can be imported again, also one that was
    interrupted.

    refuse: called with every row that was not taken. progress: stage (read), done and in all (bytes).
    Raises BadFile when nothing can be read; Refused no-program.
    """
    with shop.reading() as (_, program):
        cells = Cells(columns, program.program)
    counted = Imported(refuse)
    waiting: deque[Row] = deque()

    def wishes() -> Iterator[W]:
        ticked = lambda done, size: progress("read", done, size)  # noqa: E731
        for row in read(file, columns, table.columns, table.required, ticked):
            counted.rows += 1
            wish = _wish(table, cells, row)
            if isinstance(wish, RefusedRow):
                counted.refuse(wish)
            elif isinstance(row, Row):
                waiting.append(row)
                yield wish

    for outcome in post_all(table, shop, caller, wishes()):
        row = waiting.popleft()
        if isinstance(outcome, Refusal):
            counted.refuse(_refused(table, row, outcome))
        else:
            counted.accepted += 1
    return counted


def member_in(cells: Cells, row: Row) -> MemberRef:
    """By card, or by phone where the card is left out."""
    card, phone = cells.number(row, "card_number"), cells.phone(row, "phone")
    if card is None and phone is None:
        missing(row, "card_number")
    return MemberRef(phone=phone) if card is None else MemberRef(card_number=card)


def system_in(cells: Cells, row: Row) -> str:
    return cells.text(row, "system") or UNSAID


def _wish(table: Table[W, R], cells: Cells, row: Row | RefusedRow) -> W | RefusedRow:
    if isinstance(row, RefusedRow):
        return row
    try:
        return table.wish(cells, row)
    except Unreadable as fault:
        return fault.at(row.line)
    except ValidationError as error:
        field, reason, how = refused_wish(error)
        return RefusedRow(row.line, field, row.cells.get(field, ""), reason, how)


def post_all(table: Table[W, R], shop: Shop, caller: Caller, wishes: Iterable[W]) -> Iterator[R | Refusal]:
    """A batch to a transaction, each wish safe to send again under its key."""
    coming = iter(wishes)
    while batch := list(islice(coming, BATCH)):
        try:
            with shop.write() as session:
                lock_named(shop, session, (wish.member for wish in batch if isinstance(wish, RowWish)))
                outcomes = [_one_of_many(shop, session, caller, table, wish) for wish in batch]
        except IntegrityError:  # somebody else took what is unique meanwhile
            outcomes = [_alone(shop, caller, table, wish) for wish in batch]
        yield from outcomes


def _one_of_many(shop: Shop, session: Session, caller: Caller, table: Table[W, R], wish: W) -> R | Refusal:
    own = Caller(caller.actor, table.key(wish))
    return once_of_many(shop, session, own, wish, table.result, lambda session: table.post(shop, session, own, wish))


def _alone(shop: Shop, caller: Caller, table: Table[W, R], wish: W) -> R | Refusal:
    own = Caller(caller.actor, table.key(wish))
    try:
        return once(shop, own, wish, table.result, lambda session: table.post(shop, session, own, wish))
    except Refused as refused:
        return refused.refusal


def _refused(table: Table[W, R], row: Row, refusal: Refusal) -> RefusedRow:
    field = (ABOUT_MEMBER | table.about).get(refusal.reason, "")
    if field == "card_number" and not row.cells.get(field):
        field = "phone"
    return RefusedRow(row.line, field, row.cells.get(field, ""), *explained(refusal))
