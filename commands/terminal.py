"""The terminal: a table that has no room on it is shown another way."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

GAP, INDENT, FRAME = 2, 4, 3
WIDEST = 30
"""What a column beside others may take; a wider one goes beneath."""


class Terminal(Console):
    """A rich console. Of a table wider than the terminal, the columns that find no room go beneath each row."""

    def print(self, *objects: Any, **options: Any) -> None:
        for each in objects:
            if isinstance(each, Table) and each.show_header and _room(each) > self.width:
                _narrow(self, each)
            else:
                plain = {"markup": False} if isinstance(each, Table) else {}  # names of people and things are in it
                super().print(each, **plain | options)


def _narrow(terminal: Terminal, table: Table) -> None:
    heads = [str(column.header) for column in table.columns]
    rows = list(zip_longest(*([str(cell) for cell in column.cells] for column in table.columns)))
    widths = _widths(table)
    beside = _beside(widths, terminal.width)
    terminal.print(Text(_line(heads, beside, widths)), style="bold")
    for row in rows:
        terminal.print(Text(_line(row, beside, widths)))
        for place, cell in enumerate(row):
            if place not in beside and cell:
                beneath = Text(f"{heads[place]}: {cell}" if heads[place] else cell)
                terminal.print(Padding(beneath, (0, 0, 0, INDENT), expand=False), soft_wrap=False)


def _room(table: Table) -> int:
    return sum(_widths(table)) + FRAME * len(table.columns) + 1


def _widths(table: Table) -> list[int]:
    return [max(cell_len(str(cell)) for cell in (column.header, *column.cells)) for column in table.columns]


def _beside(widths: list[int], room: int) -> list[int]:
    """Which columns stand in a line: those from the left that fit, but for the wide ones."""
    fitting: list[int] = []
    for place, width in enumerate(widths):
        if width <= min(WIDEST, room):
            room -= width + GAP
            fitting.append(place)
    return fitting or [0]


def _line(cells: Any, beside: list[int], widths: list[int]) -> str:
    return (" " * GAP).join(set_cell_size(cells[place], widths[place]) for place in beside).rstrip()
