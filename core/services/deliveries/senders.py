"""Who may send: one process a bot, by a lease that the dead lose; and how long Telegram asked the bot to wait.

Leases and waits are in real time (`at`), which the caller says: a shop's clock may be moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, or_, select, update
from sqlmodel import Session

from core.db.deliveries import senders
from core.db.inserting import insert_into
from core.shop import Shop


@dataclass(frozen=True, slots=True)
class Lead:
    """The right to send as a bot. holder: the process's own name, which begins with the bot's number and a colon."""

    bot_id: int
    holder: str


def take_lead(session: Session, lead: Lead, at: datetime, until: datetime) -> bool:
    """The lease, if nobody holds one that is still good."""
    mine = {"holder": lead.holder, "lease_until": until}
    free = or_(senders.c.lease_until.is_(None), senders.c.lease_until <= at, senders.c.holder == lead.holder)
    new = insert_into(session, senders).values(bot_id=lead.bot_id, **mine)
    taken = new.on_conflict_do_update(index_elements=["bot_id"], set_=mine, where=free)
    return session.execute(taken.returning(senders.c.bot_id)).one_or_none() is not None


def end_past_leads(session: Session, at: datetime) -> None:
    """Of whichever bot: whoever was only slow must not come back to what is about to be taken up."""
    past = update(senders).where(senders.c.lease_until <= at)
    session.execute(past.values(holder=None, lease_until=None))


def keep_lead(session: Session, lead: Lead, until: datetime) -> Row[Any] | None:
    """The lease for longer, with its `wait_until`; None: somebody else has it. Its row stays locked until the
    commit."""
    mine = (senders.c.bot_id == lead.bot_id, senders.c.holder == lead.holder)
    kept = update(senders).where(*mine).values(lease_until=until).returning(senders.c.wait_until)
    return session.execute(kept).one_or_none()


def resign(shop: Shop, lead: Lead) -> None:
    """Whoever stands by may take over at once."""
    mine = (senders.c.bot_id == lead.bot_id, senders.c.holder == lead.holder)
    with shop.write() as session:
        session.execute(update(senders).where(*mine).values(holder=None, lease_until=None))


def remember_wait(shop: Shop, bot_id: int, until: datetime) -> None:
    """Telegram asked this bot to wait: also whoever sends next must know."""
    later = case((senders.c.wait_until > until, senders.c.wait_until), else_=until)
    with shop.write() as session:
        new = insert_into(session, senders).values(bot_id=bot_id, wait_until=until)
        session.execute(new.on_conflict_do_update(index_elements=["bot_id"], set_={"wait_until": later}))


def note_refused(shop: Shop, bot_id: int, at: datetime | None) -> None:
    """Telegram does not know this bot's token; None: it does again."""
    with shop.write() as session:
        session.execute(update(senders).where(senders.c.bot_id == bot_id).values(refused_at=at))


def wait_of(session: Session, bot_id: int) -> datetime | None:
    """Until when Telegram asked this bot to wait, the last time it did."""
    return session.execute(select(senders.c.wait_until).where(senders.c.bot_id == bot_id)).scalar_one_or_none()
