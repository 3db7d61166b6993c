"""Prepared statements give and take what SQLAlchemy's own would, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
from sqlmodel import Session

from core.db.chats import chats
from core.db.database import Database, DatabaseUnavailable
from core.db.prepared import Prepared

ADD = Prepared(insert(chats))
BY_ID = Prepared(select(chats).where(chats.c.id == bindparam("chat")))
SINCE = Prepared(select(chats.c.id).where(chats.c.seen_at >= bindparam("since"), chats.c.id > 1).order_by(chats.c.id))
AT = datetime(2026, 3, 2, 15, 0, 0, 123456, tzinfo=UTC)


def chat(number: int, **values: Any) -> dict[str, Any]:
    return {"id": number, "language": "en", "dialogue": None, "blocked": False, "seen_at": AT, **values}


def test_a_row_comes_back_as_it_went_in(database: Database) -> None:
    dialogue = {"ask": "birthday", "told": ["1990", "三月"], "n": 2**60}
    with database.write() as session:
        ADD.run(session, chat(5, dialogue=dialogue, seen_at=AT.astimezone(timezone(timedelta(hours=8)))))
    with database.read() as session:
        row = BY_ID.one_or_none(session, {"chat": 5})
        same = session.execute(select(chats).where(chats.c.id == 5)).one()
        assert row._asdict() == same._asdict()
    assert (row.id, row.member_id, row.dialogue, row.blocked, row.seen_at) == (5, None, dialogue, False, AT)


def test_many_rows_go_in_at_once_and_no_rows_do_nothing(database: Database) -> None:
    with database.write() as session:
        ADD.run(session, *(chat(number, seen_at=AT + timedelta(hours=number)) for number in (1, 2, 3)))
        ADD.run(session)
    with database.read() as session:
        assert SINCE.all(session, {"since": AT}) == [(2,), (3,)]
        assert SINCE.scalar(session, {"since": AT + timedelta(hours=3)}) == 3
        assert SINCE.scalar(session, {"since": AT + timedelta(hours=4)}) is None
        assert BY_ID.one_or_none(session, {"chat": 4}) is None


def test_a_statement_writes_the_columns_that_are_named(database: Database) -> None:
    change = Prepared(update(chats).where(chats.c.id == bindparam("chat")))
    with database.write() as session:
        ADD.run(session, chat(1))
        change.run(session, {"chat": 1, "language": "zh-Hans"})
        change.run(session, {"chat": 1, "blocked": True})
        row = BY_ID.one_or_none(session, {"chat": 1})
    assert (row.language, row.blocked, row.seen_at) == ("zh-Hans", True, AT)


def test_a_number_that_the_database_gave_comes_back(database: Database) -> None:
    add = Prepared(insert(chats).returning(chats.c.id, chats.c.seen_at))
    with database.write() as session:
        assert add.one_or_none(session, chat(7)) == (7, AT)


def test_a_duplicate_is_sqlalchemys_error_and_nothing_stays(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as session:
        ADD.run(session, chat(1), chat(1))
    with database.read() as session:
        assert BY_ID.one_or_none(session, {"chat": 1}) is None


def test_a_missing_table_is_told_as_such(database: Database) -> None:
    with database.write() as session:
        session.execute(delete(chats))
        session.connection().exec_driver_sql("ALTER TABLE chat RENAME TO chat_gone")
    with pytest.raises((OperationalError, ProgrammingError), match="chat"), database.read() as session:
        BY_ID.all(session, {"chat": 1})


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="aware"), database.write() as session:
        ADD.run(session, chat(1, seen_at=AT.replace(tzinfo=None)))


def test_prepared_and_other_statements_share_the_transaction(database: Database) -> None:
    with database.write() as session:
        session.execute(insert(chats), chat(1))
        assert BY_ID.one_or_none(session, {"chat": 1}).id == 1
        ADD.run(session, chat(2))
        assert session.execute(select(chats.c.id).order_by(chats.c.id)).scalars().all() == [1, 2]


def test_what_a_reader_writes_is_rolled_back(database: Database) -> None:
    with database.read() as session:
        ADD.run(session, chat(1))
    with database.read() as session:
        session.execute(insert(chats), chat(2))
    with database.read() as session:
        assert SINCE.all(session, {"since": AT}) == []
        assert BY_ID.one_or_none(session, {"chat": 1}) is None


def test_a_reader_that_rolls_back_sees_what_was_committed_meanwhile(database: Database) -> None:
    with database.read() as session:
        assert BY_ID.one_or_none(session, {"chat": 1}) is None
        session.rollback()
        with database.write() as other:
            ADD.run(other, chat(1))
        assert BY_ID.one_or_none(session, {"chat": 1}).id == 1
        assert session.execute(select(chats.c.id)).scalar() == 1


def test_a_broken_connection_is_an_unavailable_database_and_the_next_call_has_a_new_one(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("a file has no connection that could break")
    with pytest.raises(DatabaseUnavailable):
        write_over_a_broken_connection(database)
    with database.read() as session:
        assert BY_ID.one_or_none(session, {"chat": 1}) is None


def test_a_session_of_ones_own_is_refused(database: Database) -> None:
    with Session(database.engine) as session, pytest.raises(AssertionError):
        BY_ID.all(session, {"chat": 1})


def write_over_a_broken_connection(database: Database) -> None:
    with database.write() as session:
        ADD.run(session, chat(1))
        own = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with database.write() as other:
            other.connection().exec_driver_sql(f"SELECT pg_terminate_backend({own})")
        BY_ID.all(session, {"chat": 1})
