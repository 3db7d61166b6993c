"""From the text of a cell to a value, exactly or not at all."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from babel.numbers import get_currency_symbol

from core.program.schema import Head
from core.rules.expiry import NEVER
from core.rules.terms import start_of_day
from core.services.importing.columns import GUESSED, ColumnMap
from core.services.importing.reading import Row, Unreadable

YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*日?"
    r"(?:[T\s]*(?P<H>\d{1,2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.\d+)?)?\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?)?"
)
DAY_OR_MONTH_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b.*")
SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
SERIAL = re.compile(r"\d{1,6}(\.\d+)?")
# Day 0 of a spreadsheet's calendar. 1900's is off by one because it counts a 29 February 1900 that never was.
EXCEL_DAY_ZERO = {"excel": date(1899, 12, 30), "excel-1904": date(1904, 1, 1)}
DAY = timedelta(days=1)
NEGATIVE = re.compile(r"[-−](?P<minus>.+)|\((?P<brackets>.+)\)")
FIRST_SERIAL = 61  # 1900-03-01: before it, spreadsheets disagree


@dataclass(frozen=True)
class Cells:
    """Reads the cells of one file. Raises Unreadable with what is wrong and how to mend it."""

    columns: ColumnMap
    head: Head

    def text(self, row: Row, field: str) -> str | None:
        """Trimmed text, or None when the cell is empty."""
        return unicodedata.normalize("NFC", row.cells.get(field, "")).strip() or None

    def number(self, row: Row, field: str) -> str | None:
        """The digits of a card, phone or SKU: full-width forms made plain, and never what a spreadsheet rounded."""
        text = self._plain(row, field)
        if SCIENTIFIC.fullmatch(text):
            mend = "format the column as text in the spreadsheet, put the number in again and export"
            raise Unreadable(field, text, "a spreadsheet has rounded this number", mend)
        return text or None

    def phone(self, row: Row, field: str) -> str | None:
        """In E.164; a number without + is the column map's country's, if it names one."""
        text = self.number(row, field)
        if text is None or text.startswith("+") or self.columns.country is None:
            return text
        try:
            number = phonenumbers.parse(text, self.columns.country)
        except phonenumbers.NumberParseException:
            mend = "write it with its country code, such as +86 138 0013 8000"
            raise Unreadable(field, text, "not a phone number", mend) from None
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    def whole(self, row: Row, field: str) -> int:
        """A whole number that is not negative, such as a quantity."""
        value = self._decimal(row, field)
        if value != value.to_integral_value():
            mend = "write goods sold by weight as quantity 1 with the amount paid as unit_price"
            raise Unreadable(field, row.cells[field], "not a whole number", mend)
        return int(value)

    def signed(self, row: Row, field: str) -> int:
        """A whole number, negative as -120 or (120), such as points of which some are owed."""
        written = self._plain(row, field)
        negative = NEGATIVE.fullmatch(written)
        value = self._read(field, (negative["minus"] or negative["brackets"]).strip() if negative else written)
        if value != value.to_integral_value():
            raise Unreadable(field, written, "not a whole number", "points are whole: round them")
        return -int(value) if negative else int(value)

    def money(self, row: Row, field: str) -> int:
        """Minor units of the program's currency."""
        if self.columns.money == "minor":
            return self.whole(row, field)
        value = self._decimal(row, field).scaleb(self.head.decimals)
        if value != value.to_integral_value():
            reason = f"{self.head.currency} has {self.head.decimals} decimals, this has more"
            raise Unreadable(field, row.cells[field], reason, "round the amount, or set decimal and thousands")
        return int(value)

    def day(self, row: Row, field: str) -> date | None:
        """A calendar day, or None when the cell is empty."""
        found = self._date(row, field)
        return found.date() if found else None

    def moment(self, row: Row, field: str) -> datetime | None:
        """An instant in UTC; a time without a zone is the shop's. Of the hour repeated in autumn, the first one."""
        found = self._date(row, field)
        if found is None:
            return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=self.zone)
            if found.astimezone(UTC).astimezone(self.zone).replace(tzinfo=None) != found.replace(tzinfo=None):
                reason = f"clocks went forward over this time in {self.zone.key}"
                raise Unreadable(field, row.cells[field], reason, "write the time with its offset, or set zone")
        return found.astimezone(UTC)

    def end(self, row: Row, field: str) -> datetime | None:
        """When something is over: the end of the day in the cell; where the cell has a time of day, that moment."""
        found = self._date(row, field)
        if found is None:
            return None
        if found.year == NEVER.year:
            return NEVER
        return self.moment(row, field) if found.time() != time() else start_of_day(found.date() + DAY, self.zone)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.columns.zone or self.head.timezone)

    def _plain(self, row: Row, field: str) -> str:
        return unicodedata.normalize("NFKC", row.cells.get(field, "")).strip()

    def _decimal(self, row: Row, field: str) -> Decimal:
        return self._read(field, self._plain(row, field))

    def _read(self, field: str, written: str) -> Decimal:
        text = written
        for symbol in {
            "¥",
            self.head.currency,
            *(get_currency_symbol(self.head.currency, lang) for lang in ("en", "zh")),
        }:
            text = text.removeprefix(symbol).removesuffix(symbol).strip()
        if text.startswith(("-", "(", "−")):
            raise Unreadable(field, written, "negative", "goods that came back are posted as refunds, not imported")
        separator, point = re.escape(self.columns.thousands), re.escape(self.columns.decimal)
        grouped = rf"\d{{1,3}}(?:{separator}\d{{3}})+|" if separator else ""
        if not re.fullmatch(rf"(?:{grouped}\d+)(?:{point}\d+)?", text, re.ASCII):
            mend = f"write it like 1234{self.columns.decimal}50, or set decimal and thousands in the column map"
            raise Unreadable(
                field, written, "missing" if not written else "not a number as this file writes them", mend
            )
        if self.columns.thousands:
            text = text.replace(self.columns.thousands, "")
        return Decimal(text.replace(self.columns.decimal, "."))

    def _date(self, row: Row, field: str) -> datetime | None:
        text = self._plain(row, field)
        if not text:
            return None
        form = self.columns.formats.get(field, self.columns.date_format)
        try:
            if form in EXCEL_DAY_ZERO:
                return _serial(field, text, form)
            return _year_first(field, text) if form == GUESSED else datetime.strptime(text, form)  # noqa: DTZ007
        except (ValueError, OverflowError):
            known = "a day that exists, written 2026-03-31" if form == GUESSED else f"a date written {form}"
            raise Unreadable(field, text, "not a date", f"write {known}, or set date_format") from None


def _year_first(field: str, text: str) -> datetime:
    found = YEAR_FIRST.fullmatch(text)
    if found is None:
        raise _why_not(field, text)
    day = date(int(found["y"]), int(found["m"]), int(found["d"]))
    at = time(int(found["H"] or 0), int(found["M"] or 0), int(found["S"] or 0))
    zone = datetime.strptime(found["zone"], "%z").tzinfo if found["zone"] else None
    return datetime.combine(day, at, zone)


def _why_not(field: str, text: str) -> Unreadable:
    if DAY_OR_MONTH_FIRST.fullmatch(text):
        mend = 'say which comes first in the column map: date_format = "%d/%m/%Y" or "%m/%d/%Y"'
        return Unreadable(field, text, "an ambiguous date: day or month first?", mend)
    if SERIAL.fullmatch(text):
        return Unreadable(field, text, "a spreadsheet's day number", 'set date_format = "excel" in the column map')
    return Unreadable(field, text, "not a date", "write it like 2026-03-31 or 2026-03-31 18:05, or set date_format")


def _serial(field: str, text: str, form: str) -> datetime:
    if not SERIAL.fullmatch(text) or Decimal(text) < FIRST_SERIAL:
        raise Unreadable(
            field, text, "not a spreadsheet's day number", "export dates as 2026-03-31, or set date_format"
        )
    days = Decimal(text)
    seconds = ((days % 1) * 86400).to_integral_value()
    return datetime.combine(EXCEL_DAY_ZERO[form], time()) + timedelta(days=int(days), seconds=int(seconds))
