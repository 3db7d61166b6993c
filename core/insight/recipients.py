"""Whom a campaign is for, a page at a time: how each can be reached, and what chance decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import CampaignView, zone_of
from core.insight.fillings import Filling, fillings, longest, used
from core.insight.segments import audience
from core.program.schema import Program
from core.rules.campaigns import GOOD_FOR, Chances, Content, arm_of, content_for, due_at, fate
from core.rules.message_text import OF_COUPON, fits_everybody, misfit
from core.rules.messaging import Ended, Reach, quiet_hours
from core.rules.refusal import Refusal
from core.shop import Shop

PAGE = 5_000
SAMPLE_COUPON = {"coupon_code": "ABCD3467EF", "coupon_name": "…", "coupon_until": "…"}
"""What stands for a coupon that is not issued yet."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """row: as core.db.campaign_queries.recipients. ended: None if the message is to be sent."""

    row: Any
    reach: Reach
    ended: Ended | None
    content: Content
    due_at: datetime

    @property
    def id(self) -> int:
        return int(self.row.id)


@dataclass(frozen=True, slots=True)
class Page:
    """last: the id of the last member who was looked at; None: there is nobody any more."""

    recipients: list[Recipient]
    last: int | None


def page(
    shop: Shop, session: Session, view: CampaignView, program: Program, after: int, begins: datetime, limit: int = PAGE
) -> Page:
    """The next members of the audience. begins: when it is launched, for what is due at once.

    Refused: segment-unknown.
    """
    wanted = audience(shop, session, view.audience)
    ids = list(session.execute(wanted.where(wanted.selected_columns[0] > after).limit(limit)).scalars())
    rows = queries.recipients(session, ids) if ids else []
    chances = view.chances(program)
    return Page([recipient(view, program, chances, row, begins) for row in rows], ids[-1] if ids else None)


def pages(
    shop: Shop, session: Session, view: CampaignView, program: Program, begins: datetime, after: int = 0
) -> Iterator[Page]:
    """The whole audience, or those of it with ids after that one, with flat memory."""
    place: int | None = after
    while place is not None:
        found = page(shop, session, view, program, place, begins)
        if found.recipients:
            yield found
        place = found.last


def recipient(view: CampaignView, program: Program, chances: Chances, row: Any, begins: datetime) -> Recipient:
    reach = Reach(
        here=row.chat_id is not None,
        blocked=bool(row.blocked),
        agreed=frozenset(("offers",) if row.allow_offers else ()),
        quiet=quiet_hours(row, program.messages),
    )
    content = content_for(view.contents, arm_of(view.id, row.id, view.arms), row.language)
    due = due_at(view.schedule, zone_of(row.zone, program), begins)
    return Recipient(row, reach, fate(chances, view.purpose, row.id, reach), content, due)


def end_of(each: Recipient, view: CampaignView) -> datetime:
    """From when on it is not sent any more."""
    return view.ends_at or each.due_at + GOOD_FOR


def nobody(shop: Shop, session: Session, view: CampaignView, program: Program) -> Refusal | None:
    """Whether it is for nobody, or nobody whom it is for can be reached; what is judged only when it is due (mutes,
    quiet hours, caps, its end) does not count.

    Refusals: campaign-audience-empty, campaign-reaches-nobody. Refused: segment-unknown.
    """
    matched = 0
    for found in pages(shop, session, view, program, shop.now()):
        matched += len(found.recipients)
        if any(each.ended is None for each in found.recipients):
            return None
    if matched:
        return Refusal("campaign-reaches-nobody", {"campaign": view.id, "matched": matched})
    return Refusal("campaign-audience-empty", {"campaign": view.id})


def filled_for(
    shop: Shop, session: Session, view: CampaignView, program: Program, rows: list[Any]
) -> dict[int, Filling]:
    """The fillings of these members, without what comes with a coupon."""
    names = used([each.text for each in view.contents]) - set(OF_COUPON)
    return fillings(shop, session, program, names, rows) if names else {row.id: {} for row in rows}


def first_misfit(
    shop: Shop, session: Session, view: CampaignView, program: Program, only: Content | None = None, after: int = 0
) -> Refusal | None:
    """Why the first member whom a text does not fit cannot be sent it; nobody is looked at where it fits everybody.

    only: one of the contents alone. after: members up to that id are not looked at.

    Refusals: message-placeholder-unfilled, message-text-too-long, message-text-blank.
    """
    looked_at, most = view.contents if only is None else [only], longest(program)
    if all(fits_everybody(each.text, each.photo, most) for each in looked_at):
        return None
    for found in pages(shop, session, view, program, shop.now(), after):
        meant = [each for each in found.recipients if each.ended is None and each.content in looked_at]
        own = filled_for(shop, session, view, program, [each.row for each in meant])
        for each in meant:
            said = each.content
            filling = own[each.id] | (SAMPLE_COUPON if view.coupon else {})
            wrong = misfit(said.text, said.photo, filling, each.row.card_number, label(said))
            if wrong is not None:
                return wrong
    return None


def label(content: Content) -> str:
    """How a refusal calls a content."""
    return f"{content.arm}, {content.language}"
