"""What must still be so, looked up for all messages of a turn at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.db.among import among
from core.db.coupons import coupons
from core.db.ledger import accounts, lots
from core.rules.still import Now, overtaken


def no_longer(session: Session, rows: Sequence[Any], now: datetime) -> dict[int, str]:
    """Why, by the delivery's number, for those that no longer say the truth. rows: deliveries with something in still.
    Three questions at most, however many there are."""
    if not rows:
        return {}
    people = {
        row.member_id: row
        for row in session.execute(select(accounts).where(accounts.c.member_id.in_({row.member_id for row in rows})))
    }
    left = _lots(session, {row.member_id for row in rows if "lapsing" in row.still}, now)
    usable = _coupons(session, {row.still["coupon"] for row in rows if "coupon" in row.still}, now)
    found = {}
    for row in rows:
        account = people[row.member_id]
        of_member = Now(
            tier=account.tier,
            tier_until=account.tier_until,
            balance=account.balance,
            last_purchase_at=account.last_purchase_at,
            lots=left[row.member_id],
            coupons=usable,
        )
        why = overtaken(row.still, of_member)
        if why is not None:
            found[row.id] = why
    return found


def _lots(session: Session, member_ids: set[int], now: datetime) -> dict[int, list[tuple[int, datetime]]]:
    left: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    if member_ids:
        wanted = (among(lots.c.member_id, member_ids), lots.c.remaining > 0, lots.c.expires_at > now)
        for row in session.execute(select(lots.c.member_id, lots.c.remaining, lots.c.expires_at).where(*wanted)):
            left[row.member_id].append((row.remaining, row.expires_at))
    return left


def _coupons(session: Session, ids: set[int], now: datetime) -> frozenset[int]:
    if not ids:
        return frozenset()
    usable = (among(coupons.c.id, ids), coupons.c.status == "issued", coupons.c.valid_until > now)
    return frozenset(session.execute(select(coupons.c.id).where(*usable)).scalars())
