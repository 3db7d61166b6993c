"""What waits: messages to be sent, updates to be answered, and whether Telegram takes them at all."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import func, select, text
from sqlmodel import Session

from core.db.chats import OPEN, telegram_updates
from core.db.deliveries import PLANNED, SENDING, deliveries, senders


class Queues(BaseModel):
    """due: messages that may leave now; planned: those and what is due later; late_s: since when the first one is due.

    updates: not answered yet, waiting_s: since when the first one is here. refused: bots whose token Telegram refuses.
    """

    planned: int
    due: int
    sending: int
    late_s: float
    updates: int
    waiting_s: float
    refused: list[int]


def queues(session: Session, now: datetime) -> Queues:
    planned, sending, unanswered = text(PLANNED), text(SENDING), text(OPEN)
    due = select(func.count(), func.min(deliveries.c.due_at)).where(planned, deliveries.c.due_at <= now)
    updates = select(func.count(), func.min(telegram_updates.c.received_at)).where(unanswered)
    due_now, due_since = session.execute(due).one()
    waiting, waiting_since = session.execute(updates).one()
    refused = select(senders.c.bot_id).where(senders.c.refused_at.is_not(None)).order_by(senders.c.bot_id)
    return Queues(
        planned=session.execute(select(func.count()).select_from(deliveries).where(planned)).scalar_one(),
        due=due_now,
        sending=session.execute(select(func.count()).select_from(deliveries).where(sending)).scalar_one(),
        late_s=_since(due_since, now),
        updates=waiting,
        waiting_s=_since(waiting_since, now),
        refused=list(session.execute(refused).scalars()),
    )


def _since(at: datetime | None, now: datetime) -> float:
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
