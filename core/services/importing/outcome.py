"""What an import comes to, and how services' refusals read in its report."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from pydantic import ValidationError

from core.rules.refusal import Refusal
from core.services.importing.reading import RefusedRow, Row, Unreadable
from core.words.refusals import refusal_words

MENDS = {
    "unknown-member": "import the members first, or correct the card number",
    "external-id-reused": "this id was imported before with other content; give the changed one an id of its own",
    "key-reused": "this id was imported before with other content; give the changed one an id of its own",
    "card-taken": "another member has this card number; correct it",
    "phone-taken": "another member has this phone number; merge the two rows into one",
    "points-lapsed-already": "leave the row out: these points are gone; or give the day on which they lapse",
    "earned-in-the-future": "correct the date; date_format in the column map says which of day and month comes first",
    "tier-unknown": "map it under [tiers] in the column map",
    "tier-over-already": "leave the row out: the tier is over",
    "tier-has-no-end": "leave the cell empty",
    "tier-too-long": "leave the cell empty, for as long as the program gives, or choose an earlier day",
    "coupon-template-unknown": "map it under [templates] in the column map, or add the template to the program",
    "coupon-lapsed": "leave the row out, or give the last day on which the shop takes the coupon",
    "coupon-code-taken": "leave the code empty and the coupon gets a new one; or correct it",
    "phone-invalid": "write the phone number with its country code, such as +86 138 0013 8000",
}


Refuse = Callable[[RefusedRow], None]
Progress = Callable[[str, int, int], None]


@dataclass
class Imported:
    """rows: records in the file; accepted: members or purchases now in the books; refused: rows that were not taken,
    each of them handed to `report`."""

    report: Refuse
    rows: int = 0
    accepted: int = 0
    refused: int = 0

    def refuse(self, row: RefusedRow) -> None:
        self.refused += 1
        self.report(row)


def explained(refusal: Refusal) -> tuple[str, str]:
    """(reason, mend) of a row that a service refused."""
    return refusal_words(None, refusal, "en"), MENDS.get(refusal.reason, "correct the row and import the file again")


def refused_wish(error: ValidationError) -> tuple[str, str, str]:
    """(field, reason, mend) of the first thing wrong with a wish."""
    first = error.errors()[0]
    field = next((str(part) for part in reversed(first["loc"]) if isinstance(part, str)), "")
    return field, first["msg"], "correct the row"


def missing(row: Row, field: str) -> NoReturn:
    raise Unreadable(field, "", "missing", f"fill in {field}, or give it a value under [defaults] in the column map")
