"""Campaigns: their rows, whom they reach, what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, exists, func, insert, null, or_, select, update
from sqlmodel import Session

from core.db.among import among
from core.db.campaigns import campaign_contents, campaigns
from core.db.chats import chats
from core.db.deliveries import LEFT, deliveries
from core.db.ledger import accounts
from core.db.members import members, merged_cards
from core.db.mutes import mutes

OPEN = ("planned", "paused", "sending")
UNDER_WAY = ("launched", "paused")
_OPEN = (members.c.forgotten_at.is_(None), members.c.merged_into.is_(None), members.c.closed_at.is_(None))
"""Members whom a campaign may reach."""


def source_of(campaign_id: int) -> str:
    """What its deliveries call it."""
    return f"campaign:{campaign_id}"


def campaign(session: Session, campaign_id: int) -> Row[Any] | None:
    return session.execute(select(campaigns).where(campaigns.c.id == campaign_id)).one_or_none()


def locked(session: Session, campaign_id: int) -> Row[Any] | None:
    """Nobody else changes it until the commit."""
    mine = select(campaigns).where(campaigns.c.id == campaign_id)
    return session.execute(mine.with_for_update()).one_or_none()


def add(session: Session, values: dict[str, Any]) -> int:
    return int(session.execute(insert(campaigns).values(values).returning(campaigns.c.id)).scalar_one())


def change(session: Session, campaign_id: int, values: dict[str, Any]) -> None:
    session.execute(update(campaigns).where(campaigns.c.id == campaign_id).values(values))


def listed(session: Session, before: int | None, limit: int, status: str | None) -> list[Row[Any]]:
    """The newest first."""
    found = select(campaigns)
    if before is not None:
        found = found.where(campaigns.c.id < before)
    if status is not None:
        found = found.where(campaigns.c.status == status)
    return list(session.execute(found.order_by(campaigns.c.id.desc()).limit(limit)))


def under_way(session: Session) -> list[Row[Any]]:
    """Those with something left to plan, to send or to end."""
    going = or_(
        campaigns.c.status.in_(UNDER_WAY), and_(campaigns.c.status == "cancelled", campaigns.c.ended_at.is_(None))
    )
    return list(session.execute(select(campaigns).where(going).order_by(campaigns.c.id)))


def plan_on(session: Session, campaign_id: int, was: int, values: dict[str, Any]) -> bool:
    """The right to plan the members after `was`; False: somebody else has, or it is no longer to be planned. The row
    stays locked until the commit."""
    mine = (campaigns.c.id == campaign_id, campaigns.c.planned_to == was, campaigns.c.status == "launched")
    won = update(campaigns).where(*mine, campaigns.c.planned_at.is_(None)).values(values)
    return session.execute(won.returning(campaigns.c.id)).one_or_none() is not None


def add_contents(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.execute(insert(campaign_contents), rows)


def contents(session: Session, campaign_id: int) -> dict[tuple[str, str], int]:
    """content_id by arm and language."""
    rows = session.execute(select(campaign_contents).where(campaign_contents.c.campaign_id == campaign_id))
    return {(row.arm, row.language): row.content_id for row in rows}


def recipients(session: Session, ids: Collection[int]) -> list[Row[Any]]:
    """Who they are and how they can be reached, in the order of their ids; nobody forgotten, merged or closed.

    Accounts and chats are told between whom these are: PostgreSQL does not conclude it from the members whom they are
    joined to, and would read all there are for every page."""
    least, most = min(ids, default=0), max(ids, default=0)
    muted = exists().where(mutes.c.member_id == members.c.id, mutes.c.kind == "campaign")
    person = ("id", "card_number", "name", "language", "store", "zone", "style")
    names = (*person, "allow_offers", "quiet_from", "quiet_until", "never_quiet")
    found = (
        select(
            *(members.c[name] for name in names),
            accounts.c.tier,
            chats.c.id.label("chat_id"),
            chats.c.blocked,
            muted.label("muted"),
        )
        .select_from(
            members.join(accounts, accounts.c.member_id == members.c.id).outerjoin(
                chats, and_(chats.c.member_id == members.c.id, chats.c.member_id.between(least, most))
            )
        )
        .where(among(members.c.id, ids), accounts.c.member_id.between(least, most), *_OPEN)
    )
    return list(session.execute(found.order_by(members.c.id)))


def still_members(session: Session, ids: Collection[int]) -> set[int]:
    """Those of them who were not forgotten, merged or closed since."""
    return set(session.execute(select(members.c.id).where(among(members.c.id, ids), *_OPEN)).scalars())


def forget_words(session: Session, source: str) -> None:
    """Nothing is kept of what was to be said to somebody who was forgotten in the very moment it was planned."""
    gone = select(members.c.id).where(members.c.forgotten_at.is_not(None))
    theirs = (deliveries.c.source == source, deliveries.c.filling.is_not(None), deliveries.c.member_id.in_(gone))
    session.execute(update(deliveries).where(*theirs).values(filling=null()))


def promos_since(session: Session, ids: Collection[int], since: datetime) -> dict[int, list[datetime]]:
    """When promotional messages went out to each, or may have, whatever card they were for; nobody who had none."""
    merged = merged_cards(session, ids)
    mine = (
        among(deliveries.c.member_id, [*ids, *merged]),
        deliveries.c.kind == "promo",
        deliveries.c.left_at >= since,
        deliveries.c.state.in_(LEFT),
    )
    found: dict[int, list[datetime]] = {}
    for member_id, at in session.execute(select(deliveries.c.member_id, deliveries.c.left_at).where(*mine)):
        found.setdefault(merged.get(member_id, member_id), []).append(at)
    return found


def counts(session: Session, source: str) -> list[tuple[str, str | None, int]]:
    """Of a source's deliveries, by state and reason."""
    by = (deliveries.c.state, deliveries.c.reason)
    rows = session.execute(select(*by, func.count()).where(deliveries.c.source == source).group_by(*by))
    return sorted(
        ((state, reason, int(count)) for state, reason, count in rows), key=lambda row: (row[0], row[1] or "")
    )


def answers(session: Session, source: str, now: datetime) -> dict[str, int]:
    """What came back of a source's messages: good, bad (Telegram refused it, or gave no answer), open, and later (put
    off). What was ended without being sent is none of them."""
    at, state = deliveries.c.left_at, deliveries.c.state
    waits = and_(state == "planned", deliveries.c.due_at > now)
    kinds = {
        "good": state == "sent",
        "bad": and_(state.in_(("failed", "blocked", "in_doubt")), at.is_not(None)),
        "open": and_(state.in_(OPEN), ~waits),
        "later": waits,
    }
    sums = [func.coalesce(func.sum(case((found, 1), else_=0)), 0).label(name) for name, found in kinds.items()]
    row = session.execute(select(*sums).where(deliveries.c.source == source)).one()
    return {name: int(row._mapping[name]) for name in kinds}


def any_open(session: Session, source: str) -> bool:
    mine = (deliveries.c.source == source, deliveries.c.state.in_(OPEN))
    return session.execute(select(deliveries.c.id).where(*mine).limit(1)).first() is not None


def sent_to(session: Session, source: str, before: int | None, limit: int, state: str | None) -> list[Row[Any]]:
    """A source's deliveries, the newest first, each with the arm and language of its content."""
    found = (
        select(deliveries, campaign_contents.c.arm, campaign_contents.c.language)
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(deliveries.c.source == source)
    )
    if before is not None:
        found = found.where(deliveries.c.id < before)
    if state is not None:
        found = found.where(deliveries.c.state == state)
    return list(session.execute(found.order_by(deliveries.c.id.desc()).limit(limit)))
