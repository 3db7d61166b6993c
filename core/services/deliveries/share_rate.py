"""One rate for a bot, however many processes send as it: each reports what it needs and learns what it may.

Whoever sends what nobody asked for leaves headroom to those that reply; while nobody sends, these share the whole rate.
What is given up is given up at once, and taken back only when everybody has looked since: so the parts never add up to
more than the whole, but for the first second of something new. Leases are in real time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session

from core.db.deliveries import repliers, senders
from core.db.inserting import insert_into
from core.rules.sharing import headroom, part
from core.shop import Shop

LEASE = timedelta(seconds=30)
"""How long a process that died keeps its part."""
RENEWED = timedelta(seconds=20)
BUSY = timedelta(seconds=5)
"""How long the sending process is taken for busy after it was."""


@dataclass(frozen=True, slots=True)
class Need:
    """replies: answers in the last second; None for a process that answers nobody. sending: what nobody asked for."""

    bot_id: int
    holder: str
    replies: int | None
    sending: bool


@dataclass(frozen=True, slots=True)
class Part:
    """rate: messages a second for this process. wait_until: Telegram asked the bot to wait."""

    rate: float
    wait_until: datetime | None


def share_rate(shop: Shop, need: Need, rate: int, at: datetime) -> Part:
    """This process's part of the bot's rate. Writes only what is news."""
    with shop.read() as session:
        mine, others, sender = _state(session, need, at)
    kept = headroom(rate, [each.replies for each in others])
    if _news(need, mine, sender, kept, at):
        with shop.write() as session:
            _report(session, need, kept, at)
    wait_until = sender.wait_until if sender else None
    if need.replies is None or need.sending:
        return Part(rate - kept, wait_until)
    if _busy(sender, at) and sender.busy_by != need.holder:
        answering = 1 + sum(each.holder != sender.busy_by for each in others)
        return Part(part(max(sender.headroom, answering), answering), wait_until)
    return Part(part(rate, 1 + len(others)), wait_until)


def stop_sharing(shop: Shop, bot_id: int, holder: str) -> None:
    """This process answers no more; its part is the others'."""
    with shop.write() as session:
        session.execute(delete(repliers).where(repliers.c.bot_id == bot_id, repliers.c.holder == holder))


def _state(session: Session, need: Need, at: datetime) -> tuple[Any, list[Any], Any]:
    """This process's row, the other processes that answer, the bot's sender."""
    alive = (repliers.c.bot_id == need.bot_id, repliers.c.lease_until > at)
    rows = session.execute(select(repliers).where(*alive)).all()
    mine = next((row for row in rows if row.holder == need.holder), None)
    sender = session.execute(select(senders).where(senders.c.bot_id == need.bot_id)).one_or_none()
    return mine, [row for row in rows if row.holder != need.holder], sender


def _busy(sender: Any, at: datetime) -> bool:
    return sender is not None and sender.busy_until is not None and sender.busy_until > at


def _news(need: Need, mine: Any, sender: Any, kept: int, at: datetime) -> bool:
    if need.replies is not None and (
        mine is None or mine.replies != need.replies or mine.lease_until < at + LEASE - RENEWED
    ):
        return True
    if not need.sending:
        return False
    known = _busy(sender, at + BUSY / 2) and sender.busy_by == need.holder
    return not known or sender.headroom != kept


def _report(session: Session, need: Need, kept: int, at: datetime) -> None:
    if need.replies is not None:
        row = {"replies": need.replies, "lease_until": at + LEASE}
        new = insert_into(session, repliers).values(bot_id=need.bot_id, holder=need.holder, **row)
        session.execute(new.on_conflict_do_update(index_elements=["bot_id", "holder"], set_=row))
        gone = (repliers.c.bot_id == need.bot_id, repliers.c.lease_until <= at)
        session.execute(delete(repliers).where(*gone))
    if need.sending:
        busy = {"busy_by": need.holder, "busy_until": at + BUSY, "headroom": kept}
        session.execute(update(senders).where(senders.c.bot_id == need.bot_id).values(busy))
