"""What a member does not want to be sent."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from core.db.mutes import mutes
from core.program.schema import Program, words


def muted(session: Session, member_id: int) -> list[str]:
    """Kinds (`journey:birthday`, `campaign`), the first one muted first."""
    mine = select(mutes.c.kind).where(mutes.c.member_id == member_id).order_by(mutes.c.at, mutes.c.kind)
    return list(session.execute(mine).scalars())


def name_of_kind(program: Program, kind: str, language: str) -> str:
    """What the program calls a journey; empty for campaigns, and for a journey that is gone."""
    noun, _, name = kind.partition(":")
    journey = program.journey(name) if noun == "journey" else None
    return words(journey.name, language) if journey else ""
