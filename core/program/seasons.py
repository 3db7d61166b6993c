"""Days that come every year: from a month and day to another, over New Year where the second is the earlier one."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from core.program.part import Part
from core.program.values import MonthDay


class Season(Part):
    """A season of every year, its last day included; where that comes before its first, it ends in the next year."""

    first_day: MonthDay
    """A season's first day in every year, in the program's zone. `first_day = "12-20"`"""
    last_day: MonthDay
    """… and its last. 29 February is the 28th in other years. `last_day = "01-06"`"""

    def around(self, day: date) -> tuple[date, date]:
        """The first and the last day of the season that the day lies in, else of the next one."""
        years = (day.year - 1, day.year, day.year + 1)
        return next(days for days in map(self._of, years) if days[1] >= day)

    def _of(self, year: int) -> tuple[date, date]:
        """Its days where it begins in that year."""
        return day_of(self.first_day, year), day_of(self.last_day, year + (self.last_day < self.first_day))


def day_of(month_day: str, year: int) -> date:
    """That day of a year; 29 February is the 28th where there is none."""
    month, day = map(int, month_day.split("-"))
    return date(year, month, min(day, monthrange(year, month)[1]))
