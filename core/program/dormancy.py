"""The part of the program that says when members who stay away are closed."""

from __future__ import annotations

from core.program.part import Part
from core.program.values import Days, Months


class Dormancy(Part):
    """[dormancy] who buys nothing for so long is closed: points lapse, the tier goes, and the card brings nothing until
    staff reopen it."""

    after_months: Months
    """How many months without a purchase close a member, to the end of the last day; they count from joining, and from
    being reopened, for who has not bought since. `after_months = 24`"""
    notice_days: Days = 30
    """Nobody is closed sooner than so many days after this comes into force, however long they have been away.
    `notice_days = 60`"""
