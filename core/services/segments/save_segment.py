"""A filter gets a name, or a name another filter; a name no longer needed goes."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from core.db.audit_log import note
from core.db.facts import segment_members, segments
from core.insight.segments import SegmentName, check_filter, kept_segment, used_by
from core.program.filters import Filter
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class SegmentDraft(Wish):
    """replace: give a saved segment another filter."""

    name: SegmentName
    filter: Filter
    replace: bool = False


class SegmentSaved(Result):
    id: int
    name: str


class SegmentEnd(Wish):
    name: SegmentName


class SegmentDeleted(Result):
    name: str


def save_segment(shop: Shop, caller: Caller, wish: SegmentDraft) -> SegmentSaved:
    """Asked anew whenever it is used. Refused: segment-taken, segment-frozen, segment-in-use while a campaign that was
    launched means what it asks now, filter-value-unknown, no-program."""

    def work(session: Session) -> SegmentSaved:
        check_filter(shop.version_at(session, shop.now()).program, wish.filter)
        known = session.execute(select(segments).where(segments.c.name == wish.name).with_for_update()).one_or_none()
        if known is not None and not wish.replace:
            raise Refused("segment-taken", segment=wish.name)
        if known is not None and known.filter is None:
            raise Refused("segment-frozen", segment=wish.name)
        if known is not None and (campaigns := used_by(session, wish.name, under_way=True)):
            raise Refused("segment-in-use", segment=wish.name, campaigns=campaigns)
        changed = {"filter": wish.filter.plain(), "changed_at": shop.now(), "changed_by": caller.actor}
        if known is None:
            row = {"name": wish.name, "source": "saved", "created_at": shop.now(), **changed}
            number = session.execute(insert(segments).returning(segments.c.id), row).scalar_one()
        else:
            number = known.id
            session.execute(update(segments).where(segments.c.id == number).values(changed))
        detail = {"filter": wish.filter.plain(), "before": known.filter if known else None}
        note(session, shop.now(), caller.actor, "save_segment", f"segment:{wish.name}", detail)
        return SegmentSaved(id=number, name=wish.name)

    return once(shop, caller, wish, SegmentSaved, work)


def delete_segment(shop: Shop, caller: Caller, wish: SegmentEnd) -> SegmentDeleted:
    """Refused: segment-unknown, segment-in-use while a campaign that is not over names it."""

    def work(session: Session) -> SegmentDeleted:
        known = kept_segment(session, wish.name)
        if campaigns := used_by(session, wish.name):
            raise Refused("segment-in-use", segment=wish.name, campaigns=campaigns)
        session.execute(delete(segment_members).where(segment_members.c.segment_id == known.id))
        session.execute(delete(segments).where(segments.c.id == known.id))
        note(session, shop.now(), caller.actor, "delete_segment", f"segment:{wish.name}", {"filter": known.filter})
        return SegmentDeleted(name=wish.name)

    return once(shop, caller, wish, SegmentDeleted, work)
