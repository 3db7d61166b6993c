"""Bringing a database to the newest schema."""

from __future__ import annotations

from core.db.database import Database
from core.db.tables import metadata


def upgrade(database: Database) -> None:
    """Create what is missing. Doing it twice is doing it once."""
    metadata.create_all(database.engine)
