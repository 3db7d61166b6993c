"""What a member has to spend, what is to come, what is owed, and what lapses when."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import bindparam, select
from sqlmodel import Session

from core.db import ledger_queries
from core.db.ledger import accounts
from core.db.prepared import Prepared
from core.rules.expiry import NEVER
from core.rules.refusal import Refused
from core.shop import Shop

_DEBT = Prepared(select(accounts.c.debt).where(accounts.c.member_id == bindparam("member")))


class Expiring(BaseModel):
    """So many points lapse at that moment if they are not spent before."""

    model_config = ConfigDict(frozen=True)

    points: int
    expires_at: datetime


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
    debt = _DEBT.scalar(session, {"member": member_id})
    if debt is None:
        raise Refused("unknown-member", id=member_id)
    live = [lot for lot in ledger_queries.open_lots(session, member_id) if lot.expires_at > now]
    by_moment: dict[datetime, int] = {}
    for lot in (each for each in live if each.expires_at != NEVER):
        by_moment[lot.expires_at] = by_moment.get(lot.expires_at, 0) + lot.remaining
    return Balance(
        active=sum(lot.remaining for lot in live if lot.activates_at <= now),
        pending=sum(lot.remaining for lot in live if lot.activates_at > now),
        debt=debt,
        expiring=[Expiring(points=by_moment[moment], expires_at=moment) for moment in sorted(by_moment)],
    )
