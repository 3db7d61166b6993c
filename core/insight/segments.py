"""Segments: what they ask, whom they mean, and what a message to them would reach."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import Row, Select, and_, func, select
from sqlmodel import Session

from core.db import segment_queries
from core.db.campaign_queries import UNDER_WAY
from core.db.campaigns import campaigns
from core.db.facts import fact_refreshes, member_facts, member_tags, segments
from core.db.members import members
from core.program.faults import did_you_mean
from core.program.filters import Filter
from core.program.schema import Program
from core.rules.campaigns import one_of
from core.rules.life_cycle import CLOSED
from core.rules.refusal import Refused
from core.shop import Shop

SegmentName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\s/][^/]*$", max_length=60)]
MOST_NAMED = 10_000
MemberNumber = Annotated[int, Field(strict=True, ge=1, le=2**53 - 1)]
MOST_OVERLAPS = 10
EXAMPLES = 20
OVER = ("cancelled", "finished")


class Audience(BaseModel):
    """Exactly one of: a saved segment, a filter, members by their ids."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"oneOf": one_of(segment="string", filter="object", members="array")},
    )

    segment: SegmentName | None = None
    filter: Filter | None = None
    members: Annotated[list[MemberNumber], Field(min_length=1, max_length=MOST_NAMED)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Audience:
        if sum(each is not None for each in (self.segment, self.filter, self.members)) != 1:
            raise ValueError("give exactly one of segment, filter, members")
        return self


class SegmentView(BaseModel):
    """filter: null where the members are listed; then frozen_at says since when, and members how many there are."""

    name: str
    filter: Filter | None
    source: str
    frozen_at: datetime | None
    members: int | None
    created_at: datetime
    changed_at: datetime
    changed_by: str


class Overlap(BaseModel):
    """So many of the members are in that segment, too."""

    segment: str
    members: int


class Example(BaseModel):
    """A member who is meant."""

    id: int
    card_number: str
    name: str
    tier: str
    stage: str
    last_purchase_at: datetime | None


class Preview(BaseModel):
    """Whom a filter means, as of the facts (as_of: of who changed; whole_at: of everybody; null before the first time).

    reachable: those to whom an offer may be sent: their account is open, they agreed to offers, and their chat is
    linked and not blocked. Of the others each is counted once: closed, then no_consent, no_chat, blocked. overlaps:
    with the segments changed last.
    """

    members: int
    reachable: int
    closed: int
    no_consent: int
    no_chat: int
    blocked: int
    overlaps: list[Overlap]
    examples: list[Example]
    as_of: datetime | None
    whole_at: datetime | None


def audience(shop: Shop, session: Session, wanted: Audience) -> Select[tuple[int]]:
    """The ids (column member_id) of the members who are meant, in their order: to be paged by the last one.

    A member has facts from the first refresh on, within a minute of joining. Refused: segment-unknown.
    """
    if wanted.members is not None:
        return segment_queries.named(wanted.members)
    asked = wanted.filter
    if asked is None:
        row = kept_segment(session, wanted.segment or "")
        if row.filter is None:
            return segment_queries.listed(row.id)
        asked = Filter.model_validate(row.filter)
    now = shop.now()
    program = shop.version_at(session, now).program
    return segment_queries.meant(segment_queries.condition(asked, program, now))


def kept_segment(session: Session, name: str) -> Row[Any]:
    """Refused: segment-unknown, which says what there is."""
    row = session.execute(select(segments).where(segments.c.name == name)).one_or_none()
    if row is None:
        newest = select(segments.c.name).order_by(segments.c.changed_at.desc()).limit(MOST_OVERLAPS)
        raise Refused("segment-unknown", segment=name, known=list(session.execute(newest).scalars()))
    return row


def tags_of(session: Session, member_id: int) -> list[str]:
    """In their order."""
    query = select(member_tags.c.tag).where(member_tags.c.member_id == member_id).order_by(member_tags.c.tag)
    return list(session.execute(query).scalars())


def segment(session: Session, name: str) -> SegmentView:
    """Refused: segment-unknown."""
    return _view(session, kept_segment(session, name))


def segments_after(session: Session, after: str, limit: int) -> list[SegmentView]:
    """By name, those behind that one."""
    query = select(segments).where(segments.c.name > after).order_by(segments.c.name).limit(limit)
    return [_view(session, row) for row in session.execute(query).all()]


def _view(session: Session, row: Row[Any]) -> SegmentView:
    count = None
    if row.filter is None:
        count = session.execute(_count(segment_queries.listed(row.id))).scalar_one()
    told = {name: value for name, value in row._mapping.items() if name in SegmentView.model_fields}
    return SegmentView.model_validate(told | {"members": count})


def _count(found: Select[tuple[int]]) -> Select[Any]:
    return select(func.count()).select_from(found.order_by(None).subquery())


def used_by(session: Session, name: str, under_way: bool = False) -> list[str]:
    """The names of campaigns that are not over and mean that segment; under_way: of those that were launched."""
    wanted = campaigns.c.status.in_(UNDER_WAY) if under_way else campaigns.c.status.not_in(OVER)
    query = select(campaigns.c.name, campaigns.c.audience).where(wanted)
    return [row.name for row in session.execute(query) if row.audience.get("segment") == name]


def check_filter(program: Program, filter_: Filter) -> None:
    """Refused: filter-value-unknown for a tier, a category, a coupon or a language that the program does not have."""
    things = {
        "tier": [each.id for each in program.tiers],
        "category": [each.id for each in program.categories],
        "coupon": [each.id for each in program.coupons],
        "language": list(program.program.languages),
    }
    for asked in filter_.conditions():
        known, values = things.get(asked.fact or "", []), asked.values()
        if asked.of is not None:
            known, values = things["category"], [asked.of]
        for value in values if known and asked.is_ != "known" else []:
            if value not in known:
                meant = did_you_mean(value, known, "")
                raise Refused("filter-value-unknown", fact=asked.fact, value=value, known=known, meant=meant)


def preview(shop: Shop, session: Session, asked: Filter) -> Preview:
    """Refused: filter-value-unknown, no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    check_filter(program, asked)
    others = [row for row in _newest(session) if row.filter != asked.plain()]
    return _previewed(session, segment_queries.condition(asked, program, now), others, program, now)


def preview_segment(shop: Shop, session: Session, name: str) -> Preview:
    """The same of a saved one. Refused: segment-unknown, no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    saved = kept_segment(session, name)
    others = [row for row in _newest(session) if row.id != saved.id]
    return _previewed(session, _in(saved, program, now), others, program, now)


def _previewed(session: Session, meant: Any, others: list[Row[Any]], program: Program, now: datetime) -> Preview:
    """One look at every member's facts, and a second one at the first twenty who are meant."""
    facts = member_facts.c
    is_open = facts.stage != CLOSED
    counts: dict[str, Any] = {
        "closed": facts.stage == CLOSED,
        "no_consent": and_(is_open, facts.allow_offers.is_(False)),
        "no_chat": and_(is_open, facts.allow_offers, facts.has_chat.is_(False)),
        "blocked": and_(is_open, facts.allow_offers, facts.has_chat, facts.blocked),
    }
    for place, row in enumerate(others):
        counts[f"overlap_{place}"] = _in(row, program, now)
    sums = (func.count().filter(each).label(name) for name, each in counts.items())
    found = session.execute(select(func.count().label("members"), *sums).where(meant)).one()
    fresh = session.execute(select(fact_refreshes.c.as_of, fact_refreshes.c.whole_at)).one_or_none()
    return Preview(
        members=found.members,
        reachable=found.members - found.closed - found.no_consent - found.no_chat - found.blocked,
        closed=found.closed,
        no_consent=found.no_consent,
        no_chat=found.no_chat,
        blocked=found.blocked,
        overlaps=[
            Overlap(segment=row.name, members=found._mapping[f"overlap_{place}"]) for place, row in enumerate(others)
        ],
        examples=_examples(session, meant) if found.members else [],
        as_of=fresh.as_of if fresh else None,
        whole_at=fresh.whole_at if fresh else None,
    )


def _newest(session: Session) -> list[Row[Any]]:
    """The segments changed last."""
    newest = select(segments).order_by(segments.c.changed_at.desc(), segments.c.id.desc()).limit(MOST_OVERLAPS)
    return list(session.execute(newest))


def _in(row: Row[Any], program: Program, now: datetime) -> Any:
    if row.filter is None:
        return segment_queries.is_listed(row.id)
    return segment_queries.condition(Filter.model_validate(row.filter), program, now)


def _examples(session: Session, meant: Any) -> list[Example]:
    facts = member_facts.c
    query = select(members.c.id, members.c.card_number, members.c.name, facts.tier, facts.stage, facts.last_purchase_at)
    query = query.join(member_facts, facts.member_id == members.c.id).where(meant, members.c.forgotten_at.is_(None))
    rows = session.execute(query.order_by(facts.member_id).limit(EXAMPLES))
    return [Example.model_validate(row._mapping) for row in rows]
