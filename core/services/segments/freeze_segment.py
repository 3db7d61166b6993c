"""The members whom a segment means at this moment are listed under a name of their own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, literal, select
from sqlmodel import Session

from core.db.audit_log import note
from core.db.facts import segment_members, segments
from core.insight.segments import Audience, SegmentName, audience
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

SLICE = 10_000


class SegmentFreeze(Wish):
    """name: the segment that is looked at. into: what the list is called."""

    name: SegmentName
    into: SegmentName


class SegmentFrozen(Result):
    id: int
    name: str
    members: int


def freeze_segment(shop: Shop, caller: Caller, wish: SegmentFreeze) -> SegmentFrozen:
    """Refused: segment-unknown, segment-taken, segment-empty."""

    def work(session: Session) -> SegmentFrozen:
        found = audience(shop, session, Audience(segment=wish.name)).order_by(None)
        number = _add(shop, session, caller, wish.into, f"frozen from {wish.name}")
        listed = select(literal(number), found.subquery().c.member_id)
        session.execute(insert(segment_members).from_select(["segment_id", "member_id"], listed))
        return _done(shop, session, caller, wish.into, number)

    return once(shop, caller, wish, SegmentFrozen, work)


def list_members(shop: Shop, caller: Caller, name: str, member_ids: Sequence[int]) -> SegmentFrozen:
    """The same for members named one by one, each once. Refused: segment-taken, segment-empty."""
    with shop.write() as session:
        number = _add(shop, session, caller, name, "cards")
        for start in range(0, len(member_ids), SLICE):
            some = member_ids[start : start + SLICE]
            session.execute(insert(segment_members), [{"segment_id": number, "member_id": each} for each in some])
        return _done(shop, session, caller, name, number)


def _add(shop: Shop, session: Session, caller: Caller, name: str, source: str) -> int:
    if session.execute(select(segments.c.id).where(segments.c.name == name)).first() is not None:
        raise Refused("segment-taken", segment=name)
    now = shop.now()
    row = {"name": name, "source": source, "created_at": now, "changed_at": now, "changed_by": caller.actor}
    frozen = insert(segments).returning(segments.c.id)
    return int(session.execute(frozen, row | {"frozen_at": now}).scalar_one())


def _done(shop: Shop, session: Session, caller: Caller, name: str, number: int) -> SegmentFrozen:
    mine = select(func.count()).select_from(segment_members).where(segment_members.c.segment_id == number)
    count = session.execute(mine).scalar_one()
    if not count:
        raise Refused("segment-empty", segment=name)
    note(session, shop.now(), caller.actor, "freeze_segment", f"segment:{name}", {"members": count})
    return SegmentFrozen(id=number, name=name, members=count)
