"""A campaign that was not launched yet is changed; whatever was agreed to before is void."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import Said, agreed_to
from core.insight.segments import Audience
from core.rules.campaigns import Canary, Kind, digest, even_arms
from core.services.campaigns.campaigning import (
    CampaignHead,
    CampaignRef,
    authors,
    check_said,
    head,
    locked,
    noted,
    plain,
)
from core.services.campaigns.draft_campaign import Arms, Contents, Holdout, Name, Template, Timetable
from core.services.common import Moment, Wish
from core.services.once import Caller, once
from core.shop import Shop


class CampaignPatch(Wish):
    """Only what is given changes; coupon, ends_at and canary also to null. New contents of other arms get even shares
    unless arms is given with them."""

    name: Name | None = None
    kind: Kind | None = None
    audience: Audience | None = None
    contents: Contents | None = None
    arms: Arms | None = None
    coupon: Template | None = None
    schedule: Timetable | None = None
    ends_at: Moment | None = None
    holdout: Holdout | None = None
    canary: Canary | None = None


class CampaignChange(CampaignPatch, CampaignRef):
    """Of which campaign."""


_MAY_BE_NULL = ("coupon", "ends_at", "canary")


def change_campaign(shop: Shop, caller: Caller, wish: CampaignChange) -> CampaignHead:
    """It is a draft again. Refused: unknown-campaign, campaign-in-another-state (it was launched or called off), as
    check_said, key-reused."""

    def work(session: Session) -> CampaignHead:
        row, view = locked(session, wish.campaign, ["draft", "awaiting_approval", "approved"])
        said = _changed(view, wish)
        check_said(shop, session, said, shop.version_at(session, shop.now()).program)
        sha256 = digest(agreed_to(session, said))
        void = dict.fromkeys(("asked_by", "asked_at", "approved_by", "approved_at", "approved_sha256", "forecast"))
        state = {"status": "draft", "sha256": sha256, "changed_at": shop.now(), "authors": authors(row, caller)}
        queries.change(session, view.id, {**plain(said), **void, **state})
        given = sorted(wish.model_fields_set - {"campaign"})
        noted(shop, session, caller, "change_campaign", view.id, changed=given, sha256=sha256)
        return head(session, view.id)

    return once(shop, caller, wish, CampaignHead, work)


def _changed(view: Said, wish: CampaignChange) -> Said:
    given: dict[str, Any] = {
        name: getattr(wish, name)
        for name in wish.model_fields_set - {"campaign"}
        if name in _MAY_BE_NULL or getattr(wish, name) is not None
    }
    if "contents" in given and "arms" not in given and {each.arm for each in given["contents"]} != set(view.arms):
        given["arms"] = even_arms([each.arm for each in given["contents"]])
    kept = {name: getattr(view, name) for name in Said.model_fields}
    return Said(**kept | given)
