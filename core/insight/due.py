"""What waits for its time, and what is on its way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, func, select
from sqlmodel import Session

from core.db import campaign_queries, leaving_queries, stored_value
from core.db.deliveries import deliveries
from core.db.ledger import accounts
from core.rules.messaging import KINDS


def next_due(session: Session, after: datetime) -> datetime | None:
    """The first moment after that one at which a message is due, points or money lapse, or a tier is reviewed."""
    columns = (accounts.c.next_due_at, stored_value.accounts.c.next_due_at)
    firsts = [session.execute(select(func.min(column)).where(column > after)).scalar_one() for column in columns]
    planned = select(func.min(deliveries.c.due_at)).where(deliveries.c.state == "planned", deliveries.c.due_at > after)
    firsts.append(session.execute(planned).scalar_one())
    return min((each for each in firsts if each is not None), default=None)


def leaving(session: Session, now: datetime) -> bool:
    """Whether a message is due, or has left and nobody knows yet what came of it."""
    on_its_way = select(exists().where(deliveries.c.state == "sending"))
    return leaving_queries.any_due(session, KINDS, now) or bool(session.execute(on_its_way).scalar_one())


def campaigns_are_out(session: Session) -> bool:
    """Whether a campaign has something left to plan, to send or to end."""
    return bool(campaign_queries.under_way(session))
