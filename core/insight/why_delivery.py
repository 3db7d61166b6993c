"""Why one member got a campaign's message, or did not."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row, select
from sqlmodel import Session

from core.db import segment_queries
from core.db.amendments import amended_messages, amendments, delivery_taps
from core.db.campaign_queries import UNDER_WAY
from core.db.campaigns import campaign_contents
from core.db.deliveries import LEFT, deliveries
from core.db.members import kept_id, members, one_person
from core.insight.campaigns import CampaignDelivery, CampaignView, campaign, zone_of
from core.insight.members import MemberRef, member_id_of
from core.insight.segments import Audience, audience, kept_segment
from core.program.schema import Program
from core.rules.messaging import first_counted
from core.rules.refusal import Refused
from core.rules.segments import Filter
from core.shop import Shop

MAIN = "1"
Reason = Literal[
    "has-delivery",
    "not-launched",
    "called-off",
    "not-planned-yet",
    "forgotten",
    "merged",
    "member-closed",
    "not-in-audience",
    "not-then",
]


class Before(BaseModel):
    """A message that took one of the places that the caps leave."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    occasion: str
    left_at: datetime


class Tap(BaseModel):
    """The first on this button."""

    model_config = ConfigDict(from_attributes=True)

    button: str
    at: datetime


class AmendedAs(BaseModel):
    """What became of a correction or a recall for this message."""

    model_config = ConfigDict(from_attributes=True)

    amendment_id: int
    kind: Literal["edit", "recall"]
    state: str
    outcome: str | None
    error: str | None
    ended_at: datetime | None


class WhyDelivery(BaseModel):
    """reason: has-delivery (the delivery's state and reason say the rest), or why there is none: not-launched,
    called-off (before the member's turn came), not-planned-yet, forgotten, merged, member-closed, not-in-audience
    (unmet: the conditions that the member does not fulfil now), not-then (meant now, and not when it was planned).

    capped_by: the promotional messages of the days that the caps look at, for one that they held back."""

    campaign: int
    member_id: int
    reason: Reason
    delivery: CampaignDelivery | None
    unmet: list[Filter]
    capped_by: list[Before]
    taps: list[Tap]
    amendments: list[AmendedAs]


def why_delivery(shop: Shop, session: Session, campaign_id: int, who: MemberRef) -> WhyDelivery:
    """Refused: unknown-campaign, unknown-member."""
    view = campaign(session, campaign_id)
    member = _member(session, who)
    member_id = int(member.id)
    found = _delivery(session, view, member_id)
    if found is None:
        reason, unmet = _absent(shop, session, view, member)
        return _why(view, member_id, reason, unmet=unmet)
    zone = zone_of(member.zone, shop.version_at(session, shop.now()).program)
    capped = found.reason == "frequency-cap" and found.ended_at is not None
    return _why(
        view,
        member_id,
        "has-delivery",
        delivery=found,
        capped_by=_before(session, zone, found) if capped else [],
        taps=_taps(session, found.id),
        amended=_amended(session, found.id),
    )


def _why(
    view: CampaignView,
    member_id: int,
    reason: Reason,
    *,
    delivery: CampaignDelivery | None = None,
    unmet: list[Filter] | None = None,
    capped_by: list[Before] | None = None,
    taps: list[Tap] | None = None,
    amended: list[AmendedAs] | None = None,
) -> WhyDelivery:
    return WhyDelivery(
        campaign=view.id,
        member_id=member_id,
        reason=reason,
        delivery=delivery,
        unmet=unmet or [],
        capped_by=capped_by or [],
        taps=taps or [],
        amendments=amended or [],
    )


def _member(session: Session, who: MemberRef) -> Row[Any]:
    row = session.execute(select(members).where(members.c.id == member_id_of(session, who))).one_or_none()
    if row is None:
        raise Refused("unknown-member", **who.model_dump(exclude_none=True))
    return row


def _delivery(session: Session, view: CampaignView, member_id: int) -> CampaignDelivery | None:
    """The member's, on whichever card of theirs."""
    query = (
        select(deliveries, campaign_contents.c.arm, campaign_contents.c.language)
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(one_person(deliveries.c.member_id, member_id))
        .where(deliveries.c.source == view.source, deliveries.c.occasion == MAIN)
        .order_by(deliveries.c.left_at.is_(None), deliveries.c.id)
    )
    row = session.execute(query.limit(1)).one_or_none()
    return None if row is None else CampaignDelivery.model_validate(row._mapping)


def _absent(shop: Shop, session: Session, view: CampaignView, member: Row[Any]) -> tuple[Reason, list[Filter]]:
    """Why nothing was planned, and the conditions that are not met."""
    member_id = int(member.id)
    gone = _gone(member)
    if gone is not None:
        return gone, []
    if not _meant(shop, session, view.audience, member_id):
        return "not-in-audience", _unmet(shop, session, view.audience, member_id)
    if view.launched_at is None:
        return "not-launched", []
    if view.planned_at is None and member_id > view.planned_to:
        return ("not-planned-yet" if view.status in UNDER_WAY else "called-off"), []
    return "not-then", []


def _gone(member: Row[Any]) -> Reason | None:
    if member.merged_into is not None:
        return "merged"
    if member.forgotten_at is not None:
        return "forgotten"
    return "member-closed" if member.closed_at is not None else None


def _meant(shop: Shop, session: Session, wanted: Audience, member_id: int) -> bool:
    try:
        found = audience(shop, session, wanted)
    except Refused:  # its segment was deleted since
        return False
    return session.execute(found.where(found.selected_columns[0] == member_id)).first() is not None


def _unmet(shop: Shop, session: Session, wanted: Audience, member_id: int) -> list[Filter]:
    """Of what must hold all together, what does not; nothing where the audience is a list."""
    asked = wanted.filter
    if wanted.segment is not None:
        try:
            row = kept_segment(session, wanted.segment)
        except Refused:
            return []
        asked = None if row.filter is None else Filter.model_validate(row.filter)
    program = shop.version_at(session, shop.now()).program
    return [] if asked is None else _failing(shop, session, program, asked, member_id)


def _failing(shop: Shop, session: Session, program: Program, asked: Filter, member_id: int) -> list[Filter]:
    if asked.all is not None:
        return [each for part in asked.all for each in _failing(shop, session, program, part, member_id)]
    found = segment_queries.meant(segment_queries.condition(asked, program, shop.now()))
    holds = session.execute(found.where(found.selected_columns[0] == member_id)).first()
    return [] if holds else [asked]


def _before(session: Session, zone: ZoneInfo, held_back: CampaignDelivery) -> list[Before]:
    """What had gone out by then, the newest first. zone: where the member lives."""
    assert held_back.ended_at is not None
    query = select(deliveries.c.source, deliveries.c.occasion, deliveries.c.left_at).where(
        one_person(deliveries.c.member_id, kept_id(session, held_back.member_id)),
        deliveries.c.kind == held_back.kind,
        deliveries.c.state.in_(LEFT),
        deliveries.c.left_at >= first_counted(zone, held_back.ended_at),
        deliveries.c.left_at <= held_back.ended_at,
    )
    return [Before.model_validate(row) for row in session.execute(query.order_by(deliveries.c.left_at.desc()))]


def _taps(session: Session, delivery_id: int) -> list[Tap]:
    query = select(delivery_taps).where(delivery_taps.c.delivery_id == delivery_id).order_by(delivery_taps.c.at)
    return [Tap.model_validate(row) for row in session.execute(query)]


def _amended(session: Session, delivery_id: int) -> list[AmendedAs]:
    query = (
        select(amended_messages, amendments.c.kind)
        .join(amendments, amendments.c.id == amended_messages.c.amendment_id)
        .where(amended_messages.c.delivery_id == delivery_id)
        .order_by(amended_messages.c.amendment_id)
    )
    return [AmendedAs.model_validate(row) for row in session.execute(query)]
