"""Segments: what they ask, whom they mean, and what a message to them would reach."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from sqlalchemy import Select, select
from sqlmodel import Session

from core.db import segment_queries
from core.db.facts import segments
from core.program.filters import Filter
from core.rules.refusal import Refused
from core.shop import Shop

SegmentName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^\s/][^/]*$", max_length=60)]
MOST_NAMED = 10_000


class Audience(BaseModel):
    """Exactly one of: a saved segment, a filter, members by their ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    segment: SegmentName | None = None
    filter: Filter | None = None
    members: Annotated[list[int], Field(min_length=1, max_length=MOST_NAMED)] | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Audience:
        if sum(each is not None for each in (self.segment, self.filter, self.members)) != 1:
            raise ValueError("give exactly one of segment, filter, members")
        return self


def audience(shop: Shop, session: Session, wanted: Audience) -> Select[tuple[int]]:
    """The ids (column member_id) of the members who are meant, in their order: to be paged by the last one.

    A member has facts from the first refresh on, within a minute of joining. Refused: segment-unknown.
    """
    if wanted.members is not None:
        return segment_queries.named(wanted.members)
    asked = wanted.filter
    if asked is None:
        row = session.execute(select(segments).where(segments.c.name == wanted.segment)).one_or_none()
        if row is None:
            raise Refused("segment-unknown", segment=wanted.segment)
        if row.filter is None:
            return segment_queries.listed(row.id)
        asked = Filter.model_validate(row.filter)
    now = shop.now()
    program = shop.version_at(session, now).program
    return segment_queries.meant(segment_queries.condition(asked, program, now))
