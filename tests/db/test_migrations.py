"""The migrations end at exactly the tables of core.db.tables, and the books cannot be rewritten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from core.db import stored_value
from core.db.benefits import benefit_movements
from core.db.coupons import coupon_events, coupons
from core.db.database import Database
from core.db.deliveries import deliveries
from core.db.ledger import allocations, entries, lots, tier_changes
from core.db.members import consents, members
from core.db.migrating import NewerDatabase, _config, differences, upgrade
from core.db.prize_draws import prize_draw_plays, prize_draw_rounds
from core.db.programs import program_versions
from core.db.revisions import head, revision_of
from core.db.staff import audit_logs

AT = datetime(2026, 3, 2, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
APPEND_ONLY = [
    "ledger_entry",
    "allocation",
    "tier_change",
    "consent",
    "coupon_event",
    "audit_log",
    "benefit_movement",
    "program_version",
    "stored_value_entry",
    "stored_value_allocation",
    "prize_draw_play",
]


def test_migrated_tables_are_those_of_the_metadata(database: Database) -> None:
    assert differences(database) == []
    assert revision_of(database) == head()


def test_a_table_changed_by_hand_is_noticed(database: Database) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE member ADD COLUMN nickname VARCHAR(10)"))
    assert [difference[0] for difference in differences(database)] == ["remove_column"]


def test_upgrading_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert differences(database) == []


def test_several_processes_may_upgrade_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'new.db'}") for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(upgrade, databases))
    assert differences(databases[0]) == []
    for database in databases:
        database.dispose()


def test_a_database_of_a_later_release_is_left_alone(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="9999"):
        upgrade(database)
    assert revision_of(database) == "9999"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_books_are_append_only(database: Database, table: str, change: str) -> None:
    with database.write() as session:
        _fill(session)
    with (
        pytest.raises(DBAPIError, match=f"{table} is append-only: write a"),
        database.write() as session,
    ):
        session.execute(text(change.format(table)))
    with database.read() as session:
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1


def test_postgresql_refuses_truncate_too(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="audit_log is append-only"), database.write() as session:
        session.execute(text("TRUNCATE audit_log"))


def test_where_a_message_is_is_known_of_whom_the_tables_tell(database: Database, tmp_path: Path) -> None:
    """Of a card that was handed on, or merged, after it had its message, nobody knows."""
    old = Database(f"sqlite:///{tmp_path / 'old.db'}") if database.is_sqlite else database
    with old.write() as session:
        if not old.is_sqlite:
            session.execute(text("DROP SCHEMA public CASCADE"))
            session.execute(text("CREATE SCHEMA public"))
        command.upgrade(_config(session.connection()), "0002")
        then = MetaData()
        then.reflect(session.connection())
        since = {1: None, 2: AT, 3: LATER, 4: None, 5: None}
        session.execute(
            insert(then.tables["member"]), [_member(each) | {"holder_since": at} for each, at in since.items()]
        )
        session.execute(insert(then.tables["chat"]), [_chat(each) for each in since])
        merge = {"keep_id": 4, "other_id": 5, "at": LATER, "actor": "a", "reason": "r", "before": {}}
        session.execute(insert(then.tables["member_merge"]), [merge])
        messages = [*(_sent(each, "campaign:1") for each in since), _sent(1, "birthday")]
        session.execute(insert(then.tables["delivery"]), messages)
    upgrade(old)
    assert differences(old) == []
    with old.read() as session:
        found = select(deliveries.c.source, deliveries.c.chat_id).order_by(deliveries.c.id)
        assert [tuple(row) for row in session.execute(found)] == [
            *(("campaign:1", chat_id) for chat_id in (10, 20, None, None, None)), ("birthday", None)
        ]  # fmt: skip
    old.dispose()


def _member(number: int) -> dict[str, object]:
    return {"id": number, "card_number": str(number), "name": "Ann", "language": "en", "joined_at": AT,
            "join_code": f"j{number}", "invite_code": f"i{number}", "allow_offers": False, "allow_care": False,
            "allow_statement": False}  # fmt: skip


def _chat(member_id: int) -> dict[str, object]:
    return {"id": member_id * 10, "member_id": member_id, "language": "en", "blocked": False, "seen_at": AT}


def _sent(member_id: int, source: str) -> dict[str, object]:
    return {"member_id": member_id, "source": source, "occasion": "1", "kind": "promo", "purpose": "offers",
            "state": "sent", "due_at": AT, "expires_at": LATER, "text": "Hello", "tries": 0, "doubts": 0,
            "planned_at": AT, "left_at": AT, "message_id": 7}  # fmt: skip


def _fill(session: Session) -> None:
    """One row in every append-only table, and the rows those stand on."""
    shown = {"explanation": {}, "reason": {}, "detail": {}, "actor": "test", "program_version": 1}
    rows = {
        program_versions: {"id": 1, "program": "p", "source": "", "sha256": "", "effective_at": AT, "published_at": AT,
                           "published_by": "test", "drafted_by": "test", "note": ""},
        members: _member(1),
        entries: {"id": 1, "member_id": 1, "kind": "accrual", "points": 5, "effective_at": AT, "recorded_at": AT,
                  "source": "s", "idempotency_key": "k", "rule": "base", "qualifying_spend": 0, "qualifying_points": 0},
        lots: {"id": 1, "entry_id": 1, "member_id": 1, "points": 5, "remaining": 5, "activates_at": AT,
               "expires_at": AT},
        allocations: {"lot_id": 1, "entry_id": 1, "points": 1, "at": AT},
        tier_changes: {"member_id": 1, "from_tier": "a", "to_tier": "b", "effective_at": AT, "recorded_at": AT},
        consents: {"member_id": 1, "purpose": "offers", "granted": True, "at": AT, "source": "test"},
        coupons: {"id": 1, "code": "C", "template": "t", "member_id": 1, "status": "issued", "source": "s",
                  "issued_at": AT, "valid_from": AT, "valid_until": AT},
        coupon_events: {"coupon_id": 1, "kind": "issued", "at": AT},
        audit_logs: {"at": AT, "action": "a", "target": "t"},
        benefit_movements: {"member_id": 1, "benefit": "b", "kind": "gift", "daily": 0, "gift": 1, "tier": "t",
                            "day": AT.date(), "at": AT, "idempotency_key": "k"},
        stored_value.entries: {"id": 1, "member_id": 1, "kind": "top_up", "paid_in": 5, "bonus": 0, "effective_at": AT,
                               "recorded_at": AT, "source": "s", "idempotency_key": "k", "rule": "top_up"},
        stored_value.lots: {"id": 1, "entry_id": 1, "member_id": 1, "money": "paid_in", "amount": 5, "remaining": 5,
                            "expires_at": AT},
        stored_value.allocations: {"lot_id": 1, "entry_id": 1, "amount": 1, "at": AT},
        prize_draw_rounds: {"id": 1, "draw": "d", "number": 1, "seed": "s", "commitment": "c", "opened_at": AT,
                            "closes_at": AT},
        prize_draw_plays: {"round_id": 1, "number": 1, "draw": "d", "member_id": 1, "at": AT, "ticket": 0,
                           "digest": "d", "entry_id": 1},
    }  # fmt: skip
    for table, row in rows.items():
        known = {key: value for key, value in shown.items() if key in table.c}
        session.execute(insert(table), known | row)
