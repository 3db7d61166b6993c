"""A measurement as a row of the table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """limit: the least or the most that is accepted, as `at_most` says; None for a figure that explains another one."""

    name: str
    figure: float
    unit: str
    limit: float | None = None
    at_most: bool = False

    @property
    def ok(self) -> bool:
        if self.limit is None:
            return True
        return self.figure <= self.limit if self.at_most else self.figure >= self.limit

    @property
    def bound(self) -> str:
        return "" if self.limit is None else f"{'≤' if self.at_most else '≥'} {self.limit:g}"
