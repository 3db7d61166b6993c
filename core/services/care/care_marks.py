"""How far journeys are planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from core.db.inserting import insert_into
from core.db.journeys import journey_marks


def mark(session: Session, journeys: Sequence[str], until: datetime) -> None:
    """Their moments up to then are done with."""
    new = insert_into(session, journey_marks).values([{"journey": each, "planned_until": until} for each in journeys])
    session.execute(new.on_conflict_do_update(index_elements=["journey"], set_={"planned_until": until}))
