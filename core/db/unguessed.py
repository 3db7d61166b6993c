"""Conditions that rows must meet, but are not found by.

PostgreSQL knows nothing yet of a table that was just filled, and looks again only once a minute. Until then it takes
the planned messages, or those that left, to be a handful: it read all 20,000 of them, every turn, to find the 150 whose
ids it had been given.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, true


def unguessed(*conditions: Any) -> ColumnElement[bool]:
    """All of them, in a form that no index is of."""
    return case((and_(*conditions), true()), else_=false())
