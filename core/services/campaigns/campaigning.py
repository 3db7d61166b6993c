"""What every step of a campaign shares: which state it takes, who had a hand in it, what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db import photos
from core.db.audit_log import note
from core.insight.campaigns import CampaignView, Said, Status, campaign, found, view_of
from core.insight.recipients import label
from core.insight.segments import audience
from core.program.schema import Program
from core.rules.campaigns import shape_fault
from core.rules.message_text import ALWAYS, OF_COUPON, OF_SOME, fault_of
from core.rules.photos import meant_as_upload, upload_of
from core.rules.refusal import Refused, granted
from core.services.common import Result, Wish
from core.services.once import Caller
from core.shop import Shop

CampaignId = Annotated[int, Field(strict=True, ge=1, le=2**53 - 1)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class CampaignRef(Wish):
    campaign: CampaignId


class CampaignHead(Result):
    """Where a campaign stands. sha256: of all that a second person agrees to."""

    id: int
    name: str
    status: Status
    sha256: str


def head(session: Session, campaign_id: int) -> CampaignHead:
    view = campaign(session, campaign_id)
    return CampaignHead(id=view.id, name=view.name, status=view.status, sha256=view.sha256)


def locked(session: Session, campaign_id: int, needed: Sequence[Status]) -> tuple[Row[Any], CampaignView]:
    """Nobody else changes it until the commit. Refused: unknown-campaign, campaign-in-another-state."""
    row = found(queries.locked(session, campaign_id), campaign_id)
    if row.status not in needed:
        raise Refused("campaign-in-another-state", campaign=campaign_id, status=row.status, needed=list(needed))
    return row, view_of(session, row)


def noted(shop: Shop, session: Session, caller: Caller, action: str, campaign_id: int, **detail: Any) -> None:
    note(session, shop.now(), caller.actor, action, f"campaign:{campaign_id}", detail)


def check_said(shop: Shop, session: Session, said: Said, program: Program) -> None:
    """Whatever can be told of a campaign without looking at members.

    Refused: campaign-arms-invalid, campaign-content-twice, campaign-languages-differ, message-text-empty,
    message-placeholder-malformed, message-placeholder-unknown, message-html-invalid, coupon-template-unknown,
    offer-unknown, photo-unknown, campaign-holdout-of-transactional, campaign-canary-local (the first by their ids
    answer whatever zone they live in), language-unknown, segment-unknown.
    """
    wrong = shape_fault(said.contents, said.arms)
    if wrong is not None:
        raise Refused(wrong.reason, **wrong.facts)
    if said.kind == "transactional" and said.holdout:
        raise Refused("campaign-holdout-of-transactional", holdout=said.holdout)
    if said.canary is not None and said.schedule.local is not None:
        raise Refused("campaign-canary-local", local=said.schedule.local.isoformat(timespec="minutes"))
    if said.coupon is not None and program.coupon(said.coupon) is None:
        raise Refused("coupon-template-unknown", template=said.coupon)
    known = (*ALWAYS, *OF_SOME, *(OF_COUPON if said.coupon else ()))
    for content in said.contents:
        if content.language not in program.program.languages:
            raise Refused("language-unknown", language=content.language, known=program.program.languages)
        granted(fault_of(content.text, known, label(content)))
        _check_photo(session, content.photo)
        for button in (each for row in content.buttons for each in row):
            if button.claim is not None and program.offer(button.claim) is None:
                raise Refused("offer-unknown", offer=button.claim)
    audience(shop, session, said.audience)


def _check_photo(session: Session, photo: str | None) -> None:
    photo_id = upload_of(photo)
    if meant_as_upload(photo) and (photo_id is None or not photos.is_photo(session, photo_id)):
        raise Refused("photo-unknown", photo=photo)


def plain(said: Said) -> dict[str, Any]:
    """As the columns of the table have it."""
    told = said.model_dump(mode="json", include={"audience", "contents", "schedule", "canary"}, exclude_none=True)
    own = {name: getattr(said, name) for name in ("name", "kind", "arms", "coupon", "ends_at", "holdout")}
    return {"canary": None, **told, **own}


def authors(row: Row[Any], caller: Caller) -> list[str]:
    """With whoever changes it now."""
    return [*row.authors, *([caller.actor] if caller.actor not in row.authors else [])]
