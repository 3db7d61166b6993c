"""Inserting what may be there already."""

from __future__ import annotations

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session


def insert_into(session: Session, table: Table) -> postgresql.Insert | sqlite.Insert:
    """With on_conflict_do_nothing and on_conflict_do_update, which each database has for itself."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
