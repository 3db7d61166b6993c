"""Rows of one purchase may stand anywhere in a file: they are gathered on disk, so that memory stays flat."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any

TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16000;
CREATE TABLE item (external_id TEXT, line INTEGER, at TEXT, head TEXT, goods TEXT);
CREATE TABLE broken (external_id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
"""
IN_ORDER = """
SELECT item.external_id, item.line, item.head, item.goods, broken.line
FROM item JOIN (SELECT external_id, min(at) AS at FROM item GROUP BY external_id) AS purchase USING (external_id)
LEFT JOIN broken USING (external_id)
ORDER BY purchase.at, item.external_id, item.line
"""


@dataclass(slots=True)
class Gathered:
    """All rows of one purchase. heads: each different head; broken_line: where a row of it was refused, if one was."""

    external_id: str
    broken_line: int | None
    lines: list[int] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)
    goods: list[dict[str, Any]] = field(default_factory=list)


class Gathering:
    """Takes rows as they come, gives purchases in the order of their time."""

    def __init__(self, folder: Path) -> None:
        self._store = sqlite3.connect(folder / "rows.db", isolation_level=None)

    def __enter__(self) -> Gathering:
        self._store.executescript(TABLES)
        self._store.execute("BEGIN")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._store.close()

    def add(self, external_id: str, line: int, at: str, head: dict[str, Any], goods: dict[str, Any]) -> None:
        """at: ISO time in UTC; head: what every row of a purchase repeats; goods: this row's own."""
        row = (external_id, line, at, json.dumps(head), json.dumps(goods))
        self._store.execute("INSERT INTO item VALUES (?, ?, ?, ?, ?)", row)

    def broken(self, external_id: str, line: int) -> None:
        """A row of that purchase was refused, so all of it is."""
        self._store.execute("INSERT OR IGNORE INTO broken VALUES (?, ?)", (external_id, line))

    def count(self) -> int:
        """How many purchases there are."""
        self._store.execute("CREATE INDEX IF NOT EXISTS item_purchase ON item (external_id, at)")
        count: int = self._store.execute("SELECT count(DISTINCT external_id) FROM item").fetchone()[0]
        return count

    def purchases(self) -> Iterator[Gathered]:
        for external_id, rows in groupby(self._store.execute(IN_ORDER), key=lambda row: row[0]):
            yield _gathered(external_id, rows)


def _gathered(external_id: str, rows: Iterator[tuple[str, int, str, str, int | None]]) -> Gathered:
    purchase = Gathered(external_id, None)
    for _, line, head, goods, broken in rows:
        purchase.broken_line = broken
        purchase.lines.append(line)
        if (read := json.loads(head)) not in purchase.heads:
            purchase.heads.append(read)
        purchase.goods.append(json.loads(goods))
    return purchase
