"""Canaries: the first messages of a campaign decide whether the rest is planned."""

from __future__ import annotations

from core.db import campaign_queries as queries
from core.insight.campaigns import CampaignView, view_of
from core.rules.campaigns import Answers, canary_verdict
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import locked
from core.services.campaigns.pause_campaign import pause_by_itself
from core.shop import Shop


def watch_canaries(shop: Shop) -> int:
    """Let campaigns go on whose first messages fared well, and pause those whose did not, by itself, with the reason
    `canary`; how many were paused."""
    stopped = 0
    with shop.read() as session:
        going = [view_of(session, row) for row in queries.under_way(session)]
        watched = [view for view in going if view.status == "launched" and view.canary_left is not None]
        found = [(view, Answers(**queries.answers(session, view.source, shop.now()))) for view in watched]
    for view, so_far in found:
        assert view.canary is not None
        match canary_verdict(so_far, view.canary):
            case "stop":
                stopped += pause_by_itself(shop, view, "canary")
            case "go" if view.canary_left == 0:
                _plan(shop, view, None)
            case "more" if view.canary_left == 0:
                _plan(shop, view, view.canary.first)
    return stopped


def _plan(shop: Shop, view: CampaignView, left: int | None) -> None:
    with shop.write() as session:
        try:
            row, _ = locked(session, view.id, ["launched"])
        except Refused:
            return
        if row.canary_left == 0:
            queries.change(session, view.id, {"canary_left": left})
