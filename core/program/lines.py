"""On which line each key of a TOML file stands; tomllib reads the values but does not tell.

The text must be valid TOML (https://toml.io/en/v1.0.0): it is read by tomllib first, so nothing is checked here.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

from core.program.faults import Path

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def lines_of(source: str) -> dict[Path, int]:
    """The line, from 1, on which each key, table and list entry begins; () is line 1."""
    return _Scanner(source).scan()


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of that place, or of the nearest one around it."""
    while path not in lines:
        path = path[:-1]
    return lines[path]


class _Scanner:
    """One pass over the text; `at` is the offset of what is read next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {(): 1}
        self.counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.lines

    def header(self) -> Path:
        """`[a.b]` or `[[a.b]]`: the table that the pairs below belong to."""
        began = self.at
        is_list = self.text.startswith("[[", self.at)
        self.at += 2 if is_list else 1
        *parents, last = self.key()
        self.at += 2 if is_list else 1
        table: Path = ()
        for part in parents:
            table = (*table, part)
            self.note(table, began)
            table = self.entry(table)
        table = (*table, last)
        if is_list:
            self.note(table, began)
            self.counts[table] = self.counts.get(table, -1) + 1
        table = self.entry(table)
        self.note(table, began)
        return table

    def entry(self, table: Path) -> Path:
        """The newest entry if that table is a list of tables, else the table."""
        return (*table, self.counts[table]) if table in self.counts else table

    def pair(self, table: Path) -> None:
        """`a.b = value`"""
        began = self.at
        path = table
        for part in self.key():
            path = (*path, part)
            self.note(path, began)
        self.at += 1  # the equals sign
        self.spaces()
        self.value(path)

    def key(self) -> list[str]:
        """The parts of a dotted key; stops behind it and the spaces after."""
        parts = []
        while True:
            self.spaces()
            parts.append(self.key_part())
            self.spaces()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def key_part(self) -> str:
        if self.text[self.at] in "\"'":
            return str(tomllib.loads(f"key = {self.match(_STRING)}")["key"])
        return self.match(_BARE_KEY)

    def value(self, path: Path) -> None:
        opening = self.text[self.at]
        if opening == "[":
            self.items(path)
        elif opening == "{":
            self.inline(path)
        elif opening in "\"'":
            self.match(_STRING)
        else:
            self.match(_SCALAR)

    def items(self, path: Path) -> None:
        """`[1, 2]`, over as many lines as it likes."""
        self.at += 1
        self.blank()
        place = 0
        while self.text[self.at] != "]":
            self.note((*path, place), self.at)
            self.value((*path, place))
            self.comma()
            place += 1
        self.at += 1

    def inline(self, path: Path) -> None:
        """`{ a = 1, b = 2 }`"""
        self.at += 1
        self.blank()
        while self.text[self.at] != "}":
            self.pair(path)
            self.comma()
        self.at += 1

    def comma(self) -> None:
        self.blank()
        if self.text[self.at] == ",":
            self.at += 1
            self.blank()

    def blank(self) -> None:
        self.match(_BLANK)

    def spaces(self) -> None:
        while self.text[self.at] in " \t":
            self.at += 1

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, f"not valid TOML at offset {self.at}"
        self.at = found.end()
        return found.group()

    def note(self, path: Path, offset: int) -> None:
        self.lines.setdefault(path, bisect_right(self.breaks, offset) + 1)
