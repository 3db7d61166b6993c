"""Which databases are the demo's. What is somebody else's is left alone: in its tables of an earlier release even."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Table, insert

from core.db.database import Database
from core.db.idempotency import idempotency_records
from core.db.migrating import _config
from core.db.programs import program_drafts, program_versions
from core.db.revisions import head, revision_of
from core.db.staff import api_keys
from core.services.moved_clock import MARK
from demo.database import NotTheDemos, open_database

AT = datetime(2026, 3, 2, tzinfo=UTC)
TEXT = {"program": "club", "source": "", "sha256": "0" * 64, "drafted_by": "bo", "note": ""}
KEY = {"name": "till", "digest": "0" * 64, "scopes": ["till"], "created_at": AT}
VERSION = {**TEXT, "effective_at": AT, "published_at": AT, "published_by": "ann"}
MARKED = {"key": MARK, "input_hash": "0" * 64, "result": {}, "at": AT}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of the release before, and nothing in it."""
    file = tmp_path / "shop.db"
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        command.upgrade(_config(session.connection()), "0002")
    database.dispose()
    return file


def fill(file: Path, table: Table, row: dict[str, object]) -> None:
    database = Database(f"sqlite:///{file}")
    with database.write() as session:
        session.execute(insert(table).values(row))
    database.dispose()


def everything(file: Path) -> list[str]:
    connection = sqlite3.connect(file)
    found = list(connection.iterdump())
    connection.close()
    return found


def revision_after(file: Path) -> str | None:
    database = open_database(f"sqlite:///{file}", own=False, fresh=False, busy_timeout_s=5)
    revision = revision_of(database)
    database.dispose()
    return revision


@pytest.mark.parametrize(
    ("table", "row"),
    [(api_keys, KEY), (program_versions, VERSION), (program_drafts, {**TEXT, "drafted_at": AT})],
    ids=["key", "program", "draft"],
)
def test_another_shops_database_is_left_as_it_is(file: Path, table: Table, row: dict[str, object]) -> None:
    fill(file, table, row)
    before = everything(file)
    for fresh in (False, True):
        with pytest.raises(NotTheDemos, match="holds a shop that is not the demo's"):
            open_database(f"sqlite:///{file}", own=False, fresh=fresh, busy_timeout_s=5)
    assert everything(file) == before


def test_an_empty_database_becomes_the_demos_and_its_own_goes_on(file: Path) -> None:
    assert revision_after(file) == head()
    fill(file, api_keys, KEY)
    fill(file, idempotency_records, MARKED)
    assert revision_after(file) == head()
