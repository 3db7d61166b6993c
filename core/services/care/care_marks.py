"""How far journeys are planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.db.journeys import journey_marks


def mark(session: Session, journeys: Sequence[str], until: datetime) -> None:
    """Their moments up to then are done with."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    new = dialect.insert(journey_marks).values([{"journey": each, "planned_until": until} for each in journeys])
    session.execute(new.on_conflict_do_update(index_elements=["journey"], set_={"planned_until": until}))
