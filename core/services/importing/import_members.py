"""Bring another system's members in, from a CSV with one row for each (docs/import.md)."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.rules.refusal import Refusal, Refused
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.outcome import Imported, Progress, Refuse, explained, missing, refused_wish
from core.services.importing.reading import RefusedRow, Row, Unreadable, read
from core.services.members.enrol import BirthdayCalendar, EnrolForm, Enrolled, enrol_in
from core.services.once import Caller, fingerprint, keep, once, stored_result
from core.shop import Shop

REQUIRED = ["card_number", "name"]
FIELDS = [*REQUIRED, "phone", "birthday", "birthday_calendar", "language", "joined_at", "store", "zone", "city"]
"""The columns of the file; those not required may be missing altogether."""
CALENDARS: dict[str, BirthdayCalendar] = {
    "solar": "solar",
    "公历": "solar",
    "阳历": "solar",
    "lunar": "lunar",
    "农历": "lunar",
    "阴历": "lunar",
}
"""How files name the calendar by which a birthday is celebrated."""
BATCH = 200


def import_members(
    shop: Shop, caller: Caller, file: Path, columns: ColumnMap, refuse: Refuse, progress: Progress
) -> Imported:
    """Enrol every member of the file. A member is known by the card number, so that a file can be imported again,
    also one that was interrupted.

    refuse: called with every row that was not taken. progress: stage (read), done and in all (bytes).
    Raises BadFile when nothing can be read; Refused no-program.
    """
    with shop.reading() as (_, program):
        cells = Cells(columns, program.program)
    counted = Imported(refuse)
    waiting: deque[Row] = deque()

    def forms() -> Iterator[EnrolForm]:
        for row in read(file, columns, FIELDS, REQUIRED, lambda done, size: progress("read", done, size)):
            counted.rows += 1
            form = _form(cells, row)
            if isinstance(form, EnrolForm) and isinstance(row, Row):
                waiting.append(row)
                yield form
            elif isinstance(form, RefusedRow):
                counted.refuse(form)

    for outcome in enrol_many(shop, caller, forms()):
        row = waiting.popleft()
        if isinstance(outcome, Refusal):
            counted.refuse(_refused(row, outcome))
        else:
            counted.accepted += 1
    return counted


def enrol_many(shop: Shop, caller: Caller, forms: Iterable[EnrolForm]) -> Iterator[Enrolled | Refusal]:
    """Many members, a batch to a transaction, each safe to send again under its card number."""
    coming = iter(forms)
    while batch := list(islice(coming, BATCH)):
        try:
            with shop.write() as session:
                outcomes = [_one_of_many(shop, session, caller, form) for form in batch]
        except IntegrityError:  # somebody else enrolled one of them meanwhile
            outcomes = [_alone(shop, caller, form) for form in batch]
        yield from outcomes


def _one_of_many(shop: Shop, session: Session, caller: Caller, form: EnrolForm) -> Enrolled | Refusal:
    own, digest = _own(caller, form), fingerprint(form, Enrolled)
    try:
        stored = stored_result(session, own, digest, Enrolled, own.key)
        if stored is None:
            stored = enrol_in(shop, session, own, form, is_history=True)
            keep(session, shop, own, digest, stored)
        return stored
    except Refused as refused:
        return refused.refusal


def _alone(shop: Shop, caller: Caller, form: EnrolForm) -> Enrolled | Refusal:
    try:
        own = _own(caller, form)
        return once(shop, own, form, Enrolled, lambda session: enrol_in(shop, session, own, form, is_history=True))
    except Refused as refused:
        return refused.refusal


def _own(caller: Caller, form: EnrolForm) -> Caller:
    """A key that tells no card number: it outlives the member."""
    card = hashlib.sha256(f"{form.card_number}".encode()).hexdigest()[:32]
    return Caller(caller.actor, f"member:{card}")


def _form(cells: Cells, row: Row | RefusedRow) -> EnrolForm | RefusedRow:
    if isinstance(row, RefusedRow):
        return row
    try:
        return EnrolForm(
            card_number=cells.number(row, "card_number") or missing(row, "card_number"),
            name=cells.text(row, "name") or missing(row, "name"),
            phone=cells.phone(row, "phone"),
            birthday=cells.day(row, "birthday"),
            birthday_calendar=_calendar(cells, row),
            language=cells.text(row, "language"),
            joined_at=cells.moment(row, "joined_at"),
            store=cells.text(row, "store"),
            zone=cells.text(row, "zone"),
            city=cells.text(row, "city"),
        )
    except Unreadable as fault:
        return fault.at(row.line)
    except ValidationError as error:
        field, reason, how = refused_wish(error)
        return RefusedRow(row.line, field, row.cells.get(field, ""), reason, how)


def _calendar(cells: Cells, row: Row) -> BirthdayCalendar:
    written = cells.text(row, "birthday_calendar") or "solar"
    found = CALENDARS.get(written.casefold())
    if found is None:
        mend = "write solar or lunar, or leave the cell empty"
        raise Unreadable("birthday_calendar", written, "not a calendar", mend)
    return found


def _refused(row: Row, refusal: Refusal) -> RefusedRow:
    about = refusal.reason.split("-")[0]  # phone-taken, joined-in-the-future
    field = next((each for each in FIELDS if each.startswith(about)), "")
    return RefusedRow(row.line, field, row.cells.get(field, ""), *explained(refusal))
