"""What a member has to spend, what is to come, what is owed, and what lapses when."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import and_, bindparam, select
from sqlmodel import Session

from core.db.ledger import accounts, lots
from core.db.ledger_queries import OPEN
from core.db.prepared import Prepared
from core.rules.expiry import NEVER
from core.rules.refusal import Refused
from core.shop import Shop

_HELD = Prepared(
    select(accounts.c.debt, lots.c.remaining, lots.c.activates_at, lots.c.expires_at, lots.c.idle_until)
    .select_from(accounts)
    .outerjoin(lots, and_(lots.c.member_id == accounts.c.member_id, OPEN))
    .where(accounts.c.member_id == bindparam("member"))
)
"""What is owed, beside each lot with something left; one row without a lot if there is none."""


class Expiring(BaseModel):
    """So many points lapse at that moment if they are not spent before. idle: nor is the member active before."""

    model_config = ConfigDict(frozen=True)

    points: int
    expires_at: datetime
    idle: bool = False


class Balance(BaseModel):
    """active: spendable now. pending: spendable later. debt: taken back after it was spent. expiring: soonest first,
    without what never lapses."""

    model_config = ConfigDict(frozen=True)

    active: int
    pending: int
    debt: int
    expiring: list[Expiring]


def balance(shop: Shop, session: Session, member_id: int) -> Balance:
    """As of now, whether or not what is over has been swept. Refused: unknown-member."""
    now = shop.now()
    held = _HELD.all(session, {"member": member_id})
    if not held:
        raise Refused("unknown-member", id=member_id)
    live = [lot for lot in held if lot.remaining is not None and lot.expires_at > now]
    by_end: dict[tuple[datetime, bool], int] = {}
    for lot in (each for each in live if each.expires_at != NEVER):
        end = (lot.expires_at, lot.idle_until is not None)
        by_end[end] = by_end.get(end, 0) + lot.remaining
    return Balance.model_construct(  # the books' own figures need no checking
        active=sum(lot.remaining for lot in live if lot.activates_at <= now),
        pending=sum(lot.remaining for lot in live if lot.activates_at > now),
        debt=held[0].debt,
        expiring=[Expiring(points=by_end[end], expires_at=end[0], idle=end[1]) for end in sorted(by_end)],
    )
