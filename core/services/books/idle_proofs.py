"""Proves that points which lapse by inactivity lapse when what the member did says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from sqlalchemy import select
from sqlmodel import Session

from core.db.ledger import lots
from core.db.merges import member_merges
from core.rules.expiry import bears_from, moved_on
from core.services.books.stored_records import StoredRecords
from core.shop import Shop

CHUNK = 1000


def unproven_lapses(shop: Shop, session: Session) -> Iterator[tuple[int, int, datetime, datetime]]:
    """member_id, lot id, stored and proven end. Members whose cards were ever joined are left out: what the one did has
    moved points that the other may have again."""
    if not any(program.earning.expires == "inactivity" for program in shop.all_programs(session)):
        return
    records = StoredRecords(shop, session)
    merges = session.execute(select(member_merges.c.keep_id, member_merges.c.other_id))
    joined = {each for merge in merges for each in merge}
    query = select(lots).where(lots.c.idle_version.is_not(None)).order_by(lots.c.member_id, lots.c.id)
    for member_id, own in groupby(session.execute(query).yield_per(CHUNK), key=lambda row: row.member_id):
        if member_id in joined:
            continue
        held = [(row, records.version(row.idle_version).program) for row in own]
        did = records.activities(member_id, min(bears_from(program, row.idle_until) for row, program in held))
        for row, program in held:
            until = moved_on(program, row.idle_until, did)
            if until != row.expires_at:
                yield member_id, row.id, row.expires_at, until
