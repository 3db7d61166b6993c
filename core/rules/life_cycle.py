"""The stages from joining to being lost, by how long a member stays away compared with the member's own rhythm.

    joined   has not bought yet
    new      has bought on one day
    active   has bought on several days, and is not away for longer than usual
    silent   is away for longer than twice the rhythm
    lost     is away for longer than five times the rhythm
    closed   was away for so long that the program closes the card; the books say so, and nothing here does

The rhythm is the mean of the days between visits, a visit being a business day with a purchase. While a customer is
one, purchases come at random at the customer's own rate (the Poisson process of D. C. Schmittlein, D. G. Morrison and
R. Colombo, Counting your customers, Management Science 33 (1987)), and a pause of more than k rhythms has the
probability e^-k: 13.5 % at two, 0.7 % at five.
"""

from __future__ import annotations

from datetime import date

CLOSED = "closed"
SILENT_AFTER = 2
LOST_AFTER = 5
LEAST_VISITS = 3
"""Fewer say nothing about a rhythm; the shop's then stands for it."""
SHORTEST, LONGEST = 7, 180
"""Who buys every day is not missed after three; who bought twice in two years is missed before the fourth."""
USUAL = 30
"""The rhythm of a shop that has no member with one yet."""


def rhythm(visits: int, first: date, last: date) -> int | None:
    """The member's own, in days; None while there are too few visits."""
    return mean_gap((last - first).days, visits - 1) if visits >= LEAST_VISITS else None


def mean_gap(days: int, gaps: int) -> int:
    """Rounded half up, and held between SHORTEST and LONGEST."""
    return max(SHORTEST, min((2 * days + gaps) // (2 * gaps), LONGEST))


def stage(visits: int, days_away: int, rhythm: int) -> str:
    """days_away: since the last visit. rhythm: the member's own, else the shop's."""
    if not visits:
        return "joined"
    if days_away > LOST_AFTER * rhythm:
        return "lost"
    if days_away > SILENT_AFTER * rhythm:
        return "silent"
    return "new" if visits == 1 else "active"
