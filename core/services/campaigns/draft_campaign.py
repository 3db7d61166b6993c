"""Staff write what many members are to be told."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import Said, agreed_to
from core.insight.segments import Audience
from core.rules.campaigns import WHOLE, Arm, Canary, Content, Kind, Schedule, digest, even_arms
from core.services.campaigns.campaigning import CampaignHead, check_said, head, noted, plain
from core.services.common import Moment, Wish
from core.services.once import Caller, once
from core.shop import Shop

HOLDOUT = 500
MOST_HELD_OUT = 5_000
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=100)]
Contents = Annotated[list[Content], Field(min_length=1, max_length=50)]
Arms = Annotated[
    dict[Arm, Annotated[int, Field(strict=True, ge=1, le=WHOLE)]],
    Field(min_length=1, max_length=10, json_schema_extra={"additionalProperties": False}),
]
Holdout = Annotated[int, Field(strict=True, ge=0, le=MOST_HELD_OUT)]
Template = Annotated[str, Field(min_length=1, max_length=40)]
LAST_YEAR = 2_099
"""As far as times of day where members are may be written, too."""


def _foreseeable(schedule: Schedule) -> Schedule:
    if schedule.at is not None and schedule.at.year > LAST_YEAR:
        raise ValueError(f"write a moment that is not after the year {LAST_YEAR}")
    return schedule


Timetable = Annotated[Schedule, AfterValidator(_foreseeable)]


class CampaignForm(Wish):
    """contents: for each arm and language; arms: their shares in basis points, by default even ones. coupon: a template
    of the program, of which each recipient gets one. ends_at: what has not left by then expires; without it 48 hours
    after each is due. holdout: basis points, by default 500 of promo and 0 of transactional. canary: the first so many
    are sent before the rest is planned."""

    name: Name
    kind: Kind = "promo"
    audience: Audience
    contents: Contents
    arms: Arms | None = None
    coupon: Template | None = None
    schedule: Timetable = Schedule()
    ends_at: Moment | None = None
    holdout: Holdout | None = None
    canary: Canary | None = None


def draft_campaign(shop: Shop, caller: Caller, wish: CampaignForm) -> CampaignHead:
    """Keep it as a draft; nothing is sent before somebody else has approved it. Refused: as check_said, key-reused."""

    def work(session: Session) -> CampaignHead:
        now = shop.now()
        said = said_of(wish)
        check_said(shop, session, said, shop.version_at(session, now).program)
        by = {"authors": [caller.actor], "drafted_by": caller.actor, "drafted_at": now, "changed_at": now}
        sha256 = digest(agreed_to(session, said))
        start = {"status": "draft", "sha256": sha256, "tests": 0, "planned_to": 0}
        campaign_id = queries.add(session, {**plain(said), **by, **start})
        noted(shop, session, caller, "draft_campaign", campaign_id, name=said.name, sha256=sha256)
        return head(session, campaign_id)

    return once(shop, caller, wish, CampaignHead, work)


def said_of(form: CampaignForm) -> Said:
    """With what the form leaves to us."""
    arms = form.arms or even_arms([each.arm for each in form.contents])
    holdout = (HOLDOUT if form.kind == "promo" else 0) if form.holdout is None else form.holdout
    given = {name: getattr(form, name) for name in Said.model_fields}
    return Said(**given | {"arms": arms, "holdout": holdout})
