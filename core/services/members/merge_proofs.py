"""Proves merges: nothing is left on a merged card, and what counts there for the tier counts where it was joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from core.db import merge_queries, stored_value_queries
from core.db.ledger import accounts
from core.db.members import kept_id
from core.services.members.carrying import unlike


class Unproven(NamedTuple):
    member_id: int
    place: str
    stored: str
    proven: str


def unproven_merges(session: Session) -> Iterator[Unproven]:
    merges = merge_queries.open_merges(session)
    joined = {merge.other_id: merge.keep_id for merge in merges}
    for merge in merges:
        place = f"merge:{merge.id}"
        leads_to, kept = kept_id(session, merge.other_id), _last(joined, merge.keep_id)
        if leads_to != kept:
            yield Unproven(merge.other_id, place, f"leads to {leads_to}", f"leads to {kept}")
        left = session.execute(select(accounts).where(accounts.c.member_id == merge.other_id)).one()
        if left.balance or left.debt:
            yield Unproven(merge.other_id, place, f"balance {left.balance}, debt {left.debt}", "balance 0, debt 0")
        purse = stored_value_queries.account(session, merge.other_id)
        if purse is not None and (purse.paid_in or purse.bonus):
            held = f"stored value {purse.paid_in}, bonus {purse.bonus}"
            yield Unproven(merge.other_id, place, held, "stored value 0, bonus 0")
        for at in unlike(session, merge.other_id, merge.keep_id, place):
            yield Unproven(merge.keep_id, f"{place} {at.isoformat()}", "not as on the merged card", "as there")


def _last(joined: Mapping[int, int], member_id: int) -> int:
    """Who was kept in the end. A circle, which only tampering makes, has no end: its first one found is told."""
    known = {member_id}
    while member_id in joined and joined[member_id] not in known:
        member_id = joined[member_id]
        known.add(member_id)
    return member_id
