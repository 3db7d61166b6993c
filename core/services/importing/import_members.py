"""Bring another system's members in, from a CSV with one row for each (docs/import.md)."""

from __future__ import annotations

import hashlib
from functools import partial

from sqlmodel import Session

from core.services.importing.cells import Cells
from core.services.importing.outcome import missing
from core.services.importing.reading import Row, Unreadable
from core.services.importing.rows import Table, import_rows, post_all
from core.services.members.enrol import BirthdayCalendar, EnrolForm, Enrolled, enrol_in
from core.services.once import Caller
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


def _key(form: EnrolForm) -> str:
    """It tells no card number: it outlives the member."""
    return f"member:{hashlib.sha256(f'{form.card_number}'.encode()).hexdigest()[:32]}"


def _enrolled(shop: Shop, session: Session, caller: Caller, form: EnrolForm) -> Enrolled:
    return enrol_in(shop, session, caller, form, is_history=True)


def _form(cells: Cells, row: Row) -> EnrolForm:
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


def _calendar(cells: Cells, row: Row) -> BirthdayCalendar:
    written = cells.text(row, "birthday_calendar") or "solar"
    found = CALENDARS.get(written.casefold())
    if found is None:
        mend = "write solar or lunar, or leave the cell empty"
        raise Unreadable("birthday_calendar", written, "not a calendar", mend)
    return found


MEMBERS: Table[EnrolForm, Enrolled] = Table(
    columns=FIELDS,
    required=REQUIRED,
    wish=_form,
    key=_key,
    post=_enrolled,
    result=Enrolled,
    about={
        "card-taken": "card_number",
        "phone-taken": "phone",
        "birthday-impossible": "birthday",
        "language-unknown": "language",
        "joined-in-the-future": "joined_at",
    },
)
import_members = partial(import_rows, MEMBERS)
"""Enrol every member of the file. A member is known by the card number."""
enrol_many = partial(post_all, MEMBERS)
"""The same for forms that come from elsewhere."""
