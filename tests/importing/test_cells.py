"""Cells are read exactly, or refused with the way to mend them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from core.program.schema import Head
from core.services.importing.cells import Cells
from core.services.importing.columns import ColumnMap
from core.services.importing.reading import Row, Unreadable


def cells(currency: str = "USD", zone: str = "America/New_York", **columns: Any) -> Cells:
    return Cells(ColumnMap(**columns), Head(id="p", name={"en": "P"}, currency=currency, timezone=zone))


def row(value: str) -> Row:
    return Row(2, {"x": value})


@pytest.mark.parametrize(
    ("written", "columns", "minor"),
    [
        ("12.34", {}, 1234),
        ("12", {}, 1200),
        ("1,234.5", {}, 123450),
        ("1,234,567.89", {}, 123456789),
        ("$ 3.99", {}, 399),
        ("USD 3.99", {}, 399),
        ("１，２３４．５０", {}, 123450),
        ("1.234,50", {"decimal": ",", "thousands": "."}, 123450),
        ("1 234,50", {"decimal": ",", "thousands": " "}, 123450),
        ("1\u202f234,50", {"decimal": ",", "thousands": " "}, 123450),
        ("1'234.50", {"thousands": "'"}, 123450),
        ("1234", {"money": "minor"}, 1234),
        ("0.00", {}, 0),
        ("12.3400", {}, 1234),
    ],
)
def test_money(written: str, columns: dict[str, Any], minor: int) -> None:
    assert cells(**columns).money(row(written), "x") == minor


def test_money_of_a_currency_without_decimals() -> None:
    assert cells("JPY").money(row("￥1,980"), "x") == 1980
    with pytest.raises(Unreadable, match="JPY has 0 decimals"):
        cells("JPY").money(row("19.8"), "x")


@pytest.mark.parametrize(
    ("written", "columns", "reason"),
    [
        ("", {}, "missing"),
        ("1,23", {}, "not a number as this file writes them"),
        ("1.234,50", {}, "not a number as this file writes them"),
        ("12,34.5", {}, "not a number as this file writes them"),
        ("1e5", {}, "not a number as this file writes them"),
        ("€5", {}, "not a number as this file writes them"),
        ("NaN", {}, "not a number as this file writes them"),
        ("#REF!", {}, "not a number as this file writes them"),
        ("1.005", {}, "USD has 2 decimals, this has more"),
        ("-3.00", {}, "negative"),
        ("(3.00)", {}, "negative"),
        ("12.5", {"money": "minor"}, "not a whole number"),
        ("٣", {}, "not a number as this file writes them"),
    ],
)
def test_money_refused(written: str, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        cells(**columns).money(row(written), "x")
    assert (fault.value.field, fault.value.reason) == ("x", reason)
    assert fault.value.mend


def test_quantities_are_whole() -> None:
    assert cells().whole(row("1,000"), "x") == 1000
    assert cells().whole(row("2.0"), "x") == 2
    with pytest.raises(Unreadable, match="not a whole number"):
        cells().whole(row("0.455"), "x")


def test_card_numbers() -> None:
    assert cells().number(row(" ００１２３ "), "x") == "00123"
    with pytest.raises(Unreadable, match="a spreadsheet has rounded this number"):
        cells().number(row("6.22202E+15"), "x")


def test_phone_numbers() -> None:
    assert cells(country="CN").phone(row("138 0013 8000"), "x") == "+8613800138000"
    assert cells(country="CN").phone(row("+1 212 555 0100"), "x") == "+1 212 555 0100"
    assert cells().phone(row("8613800138000"), "x") == "8613800138000"
    with pytest.raises(Unreadable, match="not a phone number"):
        cells(country="CN").phone(row("none"), "x")


@pytest.mark.parametrize(
    ("written", "columns", "at"),
    [
        ("2026-03-02", {}, "2026-03-02 05:00:00"),
        ("2026-03-02 18:05", {}, "2026-03-02 23:05:00"),
        ("2026/3/2 8:05:07", {}, "2026-03-02 13:05:07"),
        ("2026.03.02", {}, "2026-03-02 05:00:00"),
        ("2026年3月2日 18:05", {}, "2026-03-02 23:05:00"),
        ("２０２６－０３－０２", {}, "2026-03-02 05:00:00"),
        ("2026-03-02T18:05:00Z", {}, "2026-03-02 18:05:00"),
        ("2026-03-02T18:05:00.123+08:00", {}, "2026-03-02 10:05:00"),
        ("2026-03-02 18:05", {"zone": "Asia/Shanghai"}, "2026-03-02 10:05:00"),
        ("02/03/2026", {"date_format": "%d/%m/%Y"}, "2026-03-02 05:00:00"),
        ("02/03/2026 18:05", {"date_format": "%m/%d/%Y %H:%M"}, "2026-02-03 23:05:00"),
        ("46083.75", {"date_format": "excel"}, "2026-03-02 23:00:00"),
        ("44621", {"date_format": "excel-1904"}, "2026-03-02 05:00:00"),
        ("2026-11-01 01:30", {}, "2026-11-01 05:30:00"),  # the first of two
    ],
)
def test_moments(written: str, columns: dict[str, Any], at: str) -> None:
    assert cells(**columns).moment(row(written), "x") == datetime.fromisoformat(f"{at}+00:00")


@pytest.mark.parametrize(
    ("written", "columns", "reason"),
    [
        ("03/02/2026", {}, "an ambiguous date: day or month first?"),
        ("3.2.26", {}, "an ambiguous date: day or month first?"),
        ("13/02/2026", {}, "an ambiguous date: day or month first?"),
        ("46083", {}, "a spreadsheet's day number"),
        ("2026-02-30", {}, "not a date"),
        ("2026-03-02 25:00", {}, "not a date"),
        ("yesterday", {}, "not a date"),
        ("2026-03-02", {"date_format": "%d/%m/%Y"}, "not a date"),
        ("59", {"date_format": "excel"}, "not a spreadsheet's day number"),
        ("2026-03-08 02:30", {}, "clocks went forward over this time in America/New_York"),
    ],
)
def test_moments_refused(written: str, columns: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable) as fault:
        cells(**columns).moment(row(written), "x")
    assert fault.value.reason == reason
    assert fault.value.mend


def test_a_field_may_have_a_format_of_its_own() -> None:
    mixed = cells(date_format="excel", formats={"x": "%d.%m.%Y"})
    assert mixed.day(row("31.12.1980"), "x") == date(1980, 12, 31)


def test_an_empty_date_is_none() -> None:
    assert cells().day(row("  "), "x") is None
