"""By what PostgreSQL finds the rows of statements that are repeated for every few members or messages."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from core.db.amendment_queries import give_rows
from core.db.ledger_queries import lock_accounts
from core.services.care.birthdays import issue_birthday_coupons
from core.shop import Shop

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_accounts_to_lock_are_found_by_their_numbers(shop: Shop) -> None:
    plan = _plan(shop, "FROM account", lambda session: lock_accounts(session, [1, 2]))
    assert "Index Cond: (member_id = ANY" in plan


def test_whose_birthday_coupons_are_due_is_found_by_member(shop: Shop) -> None:
    plan = _plan(shop, "FROM coupon", lambda _: issue_birthday_coupons(shop))
    assert "Seq Scan on coupon" not in plan


def test_a_stretch_of_messages_to_amend_is_found_by_their_numbers(shop: Shop) -> None:
    amendment = SimpleNamespace(id=1, source="campaign:1", planned_to=0)
    now = shop.now()
    plan = _plan(shop, "INTO amended_message", lambda session: give_rows(session, amendment, 2_000, None, now, now))
    assert "delivery_pkey" in plan


def _plan(shop: Shop, wanted: str, ask: Callable[[Session], Any]) -> str:
    """Of the first statement with these words, and of any index there is before a look at every row."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, values))

    event.listen(shop.database.engine, "before_cursor_execute", note)
    with shop.database.trial() as session:
        ask(session)
        statement, values = next(each for each in seen if wanted in each[0])
        connection = session.connection()
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))
