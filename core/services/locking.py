"""Locks, in the order in which everybody takes them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from sqlmodel import Session

from core.db.ledger_queries import lock_accounts
from core.insight.members import MemberRef, member_id_of
from core.rules.refusal import Refused
from core.shop import Shop


def lock_named(shop: Shop, session: Session, named: Iterable[MemberRef]) -> None:
    """The accounts of all who are known: two batches that name the same members in another order would wait for each
    other. SQLite has one writer."""
    if shop.database.is_sqlite:
        return
    known = set()
    for each in named:
        with suppress(Refused):
            known.add(member_id_of(session, each))
    if known:
        lock_accounts(session, known)
