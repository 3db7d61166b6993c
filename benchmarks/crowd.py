"""A database full of members, each in a chat and with points, written by the database itself in a few statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Integer, Table, bindparam, cast, func, insert, literal, select
from sqlalchemy.sql.expression import ColumnElement

from benchmarks.shops import NOW
from core.db.chats import chats
from core.db.ledger import accounts, entries, lots
from core.db.members import members
from core.db.tables import metadata
from core.shop import Shop

ENTRIES_EACH = 2
POINTS = 25
CHUNK = 100_000
EARNED = NOW - timedelta(days=30)
EXPIRES = NOW + timedelta(days=335)
EXPLANATION = {
    "rule": "base",
    "version": 1,
    "inputs": {"total": 2590, "tier": "regular", "channel": "shop", "first_purchase": False},
    "steps": [
        {
            "do": "lines",
            "lines": [1, 2, 3],
            "category": "grocery",
            "amount": 2590,
            "points": "1",
            "per": 100,
            "tier_rate": "1",
            "category_rate": "1",
            "exact": "259/10",
        },
        {"do": "round", "mode": "down", "exact": "259/10", "points": POINTS},
    ],
    "caps": [],
    "not_applied": [],
}


def fill(shop: Shop, count: int) -> None:
    """Members 1 … count; the chat of member n is n, too."""
    for first in range(1, count + 1, CHUNK):
        _fill(shop, first, min(first + CHUNK - 1, count))


def _fill(shop: Shop, first: int, last: int) -> None:
    member: ColumnElement[int] = _numbers(first, last)
    with shop.write() as session:
        for table, values in _members(member).items():
            session.execute(_from_numbers(metadata.tables[table], values))
    entry: ColumnElement[int] = _numbers((first - 1) * ENTRIES_EACH + 1, last * ENTRIES_EACH)
    with shop.write() as session:
        for table, values in _points(entry).items():
            session.execute(_from_numbers(metadata.tables[table], values))


def _numbers(first: int, last: int) -> Any:
    numbers = select(literal(first).label("number")).cte("numbers", recursive=True)
    return numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < last)).c.number


def _from_numbers(table: Table, values: dict[str, Any]) -> Any:
    typed = [value if isinstance(value, ColumnElement) else bindparam(None, value, table.c[name].type)
             for name, value in values.items()]  # fmt: skip
    return insert(table).from_select(list(values), select(*typed))


def _members(number: Any) -> dict[str, dict[str, Any]]:
    text = func.printf("%08d", number)
    person = {
        "id": number,
        "card_number": literal("1000") + text,
        "name": literal("Member ") + text,
        "language": "en",
        "joined_at": NOW - timedelta(days=400),
        "join_code": literal("join-") + text,
        "invite_code": literal("i") + text,
        "allow_offers": True,
        "allow_care": True,
        "allow_statement": True,
        "never_quiet": True,  # a benchmark may be run at night
    }
    account = {
        "member_id": number,
        "balance": ENTRIES_EACH * POINTS,
        "debt": 0,
        "tier": "regular",
        "tier_since": NOW - timedelta(days=400),
        "purchases": ENTRIES_EACH,
        "last_purchase_at": EARNED,
        "judged_until": EARNED,
        "next_due_at": EXPIRES,
    }
    chat = {"id": number, "member_id": number, "language": "en", "blocked": False, "seen_at": NOW}
    return {members.name: person, accounts.name: account, chats.name: chat}


def _points(number: Any) -> dict[str, dict[str, Any]]:
    member_id = cast((number - 1) / ENTRIES_EACH, Integer) + 1
    entry = {
        "id": number,
        "member_id": member_id,
        "kind": "accrual",
        "points": POINTS,
        "effective_at": EARNED,
        "recorded_at": EARNED,
        "actor": "bench",
        "source": "purchase:bench",
        "idempotency_key": literal("bench:") + func.printf("%08d", number),
        "program_version": 1,
        "rule": "base",
        "explanation": EXPLANATION,
        "expires_at": EXPIRES,
        "qualifies_at": EARNED,
        "qualifying_spend": 2590,
        "qualifying_points": POINTS,
    }
    lot = {
        "entry_id": number,
        "member_id": member_id,
        "points": POINTS,
        "remaining": POINTS,
        "activates_at": EARNED,
        "expires_at": EXPIRES,
    }
    return {entries.name: entry, lots.name: lot}
