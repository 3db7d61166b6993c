"""Reading and writing the rounds of prize draws and their plays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlmodel import Session

from core.db.inserting import insert_into
from core.db.ledger import entries
from core.db.members import one_person
from core.db.prize_draws import prize_draw_plays as plays
from core.db.prize_draws import prize_draw_rounds as rounds


def open_rounds(session: Session) -> list[Row[Any]]:
    """Those that nobody closed yet, whether or not their time is over: at most one a draw."""
    return list(session.execute(select(rounds).where(rounds.c.closed_at.is_(None)).order_by(rounds.c.id)))


def open_round(session: Session, draw: str, now: datetime) -> Row[Any] | None:
    mine = (rounds.c.draw == draw, rounds.c.closed_at.is_(None), rounds.c.closes_at > now)
    return session.execute(select(rounds).where(*mine)).one_or_none()


def all_rounds(session: Session, draw: str | None = None) -> list[Row[Any]]:
    """In the order of their numbers."""
    query = select(rounds).order_by(rounds.c.draw, rounds.c.number)
    return list(session.execute(query if draw is None else query.where(rounds.c.draw == draw)))


def round_by_number(session: Session, draw: str, number: int) -> Row[Any] | None:
    return session.execute(select(rounds).where(rounds.c.draw == draw, rounds.c.number == number)).one_or_none()


def close_round(session: Session, round_id: int, now: datetime) -> bool:
    """No play comes after this. False: somebody else closed it."""
    ended = update(rounds).where(rounds.c.id == round_id, rounds.c.closed_at.is_(None)).values(closed_at=now)
    return session.execute(ended.returning(rounds.c.id)).one_or_none() is not None


def add_round(session: Session, values: dict[str, Any]) -> bool:
    """The draw's next round. False: one is open already."""
    last = session.execute(select(func.max(rounds.c.number)).where(rounds.c.draw == values["draw"])).scalar_one() or 0
    opened = insert_into(session, rounds).values(number=last + 1, plays=0, **values)
    return session.execute(opened.on_conflict_do_nothing().returning(rounds.c.id)).one_or_none() is not None


def next_play(session: Session, round_id: int) -> int | None:
    """The number of the play that is about to be written; None where the round is closed. Until the commit nobody else
    plays in this round."""
    more = update(rounds).where(rounds.c.id == round_id, rounds.c.closed_at.is_(None)).values(plays=rounds.c.plays + 1)
    number: int | None = session.execute(more.returning(rounds.c.plays)).scalar_one_or_none()
    return number


def add_play(session: Session, values: dict[str, Any]) -> None:
    session.execute(insert(plays).values(values))


def played(session: Session, member_id: int, since: datetime | None = None) -> dict[str, int]:
    """How often the member played, by draw, with every card that was merged into the member's."""
    query = select(plays.c.draw, func.count().label("times")).where(one_person(plays.c.member_id, member_id))
    query = query if since is None else query.where(plays.c.at >= since)
    return {row.draw: row.times for row in session.execute(query.group_by(plays.c.draw))}


def plays_of(session: Session, round_id: int, after: int, limit: int) -> Sequence[Row[Any]]:
    """In the order of their numbers, with what was paid (`paid`, `rule`)."""
    paid = plays.join(entries, entries.c.id == plays.c.entry_id)
    query = select(plays, entries.c.points.label("paid"), entries.c.rule.label("paid_for")).select_from(paid)
    mine = query.where(plays.c.round_id == round_id, plays.c.number > after)
    return session.execute(mine.order_by(plays.c.number).limit(limit)).all()


def play_of_member(session: Session, member_id: int, entry_id: int) -> Row[Any] | None:
    """The play that an entry paid for, with its round's number, commitment and, once told, seed."""
    joined = plays.join(rounds, rounds.c.id == plays.c.round_id)
    columns = (rounds.c.number.label("round"), rounds.c.commitment, rounds.c.closes_at, rounds.c.closed_at)
    query = select(plays, *columns).select_from(joined)
    return session.execute(query.where(plays.c.member_id == member_id, plays.c.entry_id == entry_id)).one_or_none()


def given_before(session: Session, draw: str, round_number: int) -> dict[str, int]:
    """How many of each prize the rounds before gave."""
    joined = plays.join(rounds, rounds.c.id == plays.c.round_id)
    query = select(plays.c.prize, func.count().label("given")).select_from(joined).group_by(plays.c.prize)
    mine = (plays.c.draw == draw, plays.c.prize.is_not(None), plays.c.withheld.is_(None))
    return {row.prize: row.given for row in session.execute(query.where(*mine, rounds.c.number < round_number))}
