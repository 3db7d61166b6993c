"""Proves merges: nothing is left on a merged card, and what counts there for the tier counts for who was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from core.db import merge_queries
from core.db.ledger import accounts
from core.db.members import kept_id
from core.services.members.carrying import unlike


class Unproven(NamedTuple):
    member_id: int
    place: str
    stored: str
    proven: str


def unproven_merges(session: Session) -> Iterator[Unproven]:
    for merge in merge_queries.open_merges(session):
        place = f"merge:{merge.id}"
        leads_to = kept_id(session, merge.other_id)
        if leads_to != merge.keep_id:
            yield Unproven(merge.other_id, place, f"leads to {leads_to}", f"leads to {merge.keep_id}")
        left = session.execute(select(accounts).where(accounts.c.member_id == merge.other_id)).one()
        if left.balance or left.debt:
            yield Unproven(merge.other_id, place, f"balance {left.balance}, debt {left.debt}", "balance 0, debt 0")
        for at in unlike(session, merge.other_id, merge.keep_id, place):
            yield Unproven(merge.keep_id, f"{place} {at.isoformat()}", "not as on the merged card", "as there")
