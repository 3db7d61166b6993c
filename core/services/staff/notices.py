"""Messages in staff members' chats that follow a thing: told once, edited as it changes, let go when it is settled.

They go to no member, so they are no deliveries: nobody's consent or quiet hours are asked, and a message that may
have been lost is sent again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlmodel import Session

from core.db.staff import staff_members, staff_notices
from core.shop import Shop

HELD = timedelta(seconds=30)
"""How long one process tends a notice before another may take it up."""
TRIES = 5


@dataclass(frozen=True, slots=True)
class OpenNotice:
    """message_id: None when it was not told yet. shown: as it was given to `told`."""

    id: int
    staff_id: int
    chat_id: int
    about: str
    message_id: int | None
    shown: str | None


def notify(session: Session, staff_ids: Iterable[int], about: str, now: datetime) -> None:
    """In the commit of what it is about."""
    rows = [{"staff_id": each, "about": about, "tries": 0, "settled": False, "held_until": now} for each in staff_ids]
    session.execute(insert(staff_notices), rows)


def notify_about(shop: Shop, staff_ids: Iterable[int], about: str) -> None:
    """Tell them of it, or show them anew; who is told already is told no second time."""
    now = shop.now()
    with shop.write() as session:
        known = set(session.execute(select(staff_notices.c.staff_id).where(staff_notices.c.about == about)).scalars())
        wanted = list(staff_ids)
        again = update(staff_notices).where(staff_notices.c.about == about, staff_notices.c.staff_id.in_(wanted))
        session.execute(again.values(settled=False, held_until=now, tries=0))
        new = [each for each in wanted if each not in known]
        if new:
            notify(session, new, about, now)


def any_notice(shop: Shop) -> bool:
    """Whether hold_notices would find one."""
    free = (staff_notices.c.settled.is_(False), staff_notices.c.held_until <= shop.now())
    with shop.read() as session:
        return session.execute(select(staff_notices.c.id).where(*free).limit(1)).first() is not None


def hold_notices(shop: Shop, most: int = 20) -> list[OpenNotice]:
    """Open notices that nobody else tends, held for HELD; those of people who left are let go."""
    with shop.write() as session:
        _let_go(session)
        now = shop.now()
        free = (staff_notices.c.settled.is_(False), staff_notices.c.held_until <= now)
        columns = [staff_notices.c[name] for name in ("id", "staff_id", "about", "message_id", "shown")]
        of = staff_notices.join(staff_members, staff_members.c.id == staff_notices.c.staff_id)
        found = select(*columns, staff_members.c.chat_id).select_from(of).where(*free)
        oldest = found.order_by(staff_notices.c.held_until, staff_notices.c.id).limit(most)
        rows = session.execute(oldest.with_for_update(of=staff_notices, skip_locked=True)).all()
        held = update(staff_notices).where(staff_notices.c.id.in_([row.id for row in rows]))
        session.execute(held.values(held_until=now + HELD))
        return [OpenNotice(**row._mapping) for row in rows]


def told(shop: Shop, notice: OpenNotice, message_id: int, shown: str, settled: bool, again_s: float) -> None:
    """What stands in the chat now; looked at again after again_s. Of no account once the person is in another chat."""
    until = shop.now() + timedelta(seconds=again_s)
    values = {"message_id": message_id, "shown": shown, "settled": settled, "held_until": until, "tries": 0}
    _set(shop, notice, values)


def not_told(shop: Shop, notice: OpenNotice, *, refused: bool) -> None:
    """It is tried again; what Telegram has refused TRIES times is let go."""
    tries = staff_notices.c.tries + int(refused)
    _set(shop, notice, {"tries": tries, "settled": tries >= TRIES, "held_until": shop.now() + HELD})


def _set(shop: Shop, notice: OpenNotice, values: dict[str, object]) -> None:
    in_chat = select(staff_members.c.id).where(staff_members.c.chat_id == notice.chat_id)
    mine = (staff_notices.c.id == notice.id, staff_notices.c.staff_id.in_(in_chat))
    with shop.write() as session:
        session.execute(update(staff_notices).where(*mine).values(values))


def _let_go(session: Session) -> None:
    gone = select(staff_members.c.id).where(staff_members.c.chat_id.is_(None))
    left = (staff_notices.c.settled.is_(False), staff_notices.c.staff_id.in_(gone))
    session.execute(update(staff_notices).where(*left).values(settled=True))
