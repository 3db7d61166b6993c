"""A campaign that was launched, and what it planned for a handful of members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.db import campaign_queries
from core.insight.campaigns import campaign
from core.insight.segments import Audience
from core.rules.campaigns import Button, Content
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.launch_campaign import _keep_contents
from core.services.deliveries.plan_deliveries import Message
from core.services.once import Caller
from core.shop import Shop
from tests.bot.delivery.post import message, plan

ANN, BO = "staff:ann", "staff:bo"
SEE = [[Button(text="Offers", open="offers")], [Button(text="Take it", claim="welcome")]]


def content(text: str, **more: Any) -> Content:
    return Content(**{"text": text, "buttons": SEE, **more})


def launched(shop: Shop, member_ids: Sequence[int], contents: Sequence[Content], **more: Any) -> int:
    """Its id. Nothing is planned of it yet."""
    form = CampaignForm(name="Spring", audience=Audience(members=list(member_ids)), contents=list(contents), **more)
    drafted = draft_campaign(shop, Caller(ANN, f"draft-{shop.chance.token()}"), form)
    with shop.write() as session:
        now = shop.now()
        agreed = {"approved_by": BO, "approved_at": now, "approved_sha256": drafted.sha256}
        values = {**agreed, "status": "launched", "launched_by": ANN, "launched_at": now, "plan_from": now}
        campaign_queries.change(session, drafted.id, {**values, "planned_at": now})
        _keep_contents(session, campaign(session, drafted.id))
    return drafted.id


def planned(shop: Shop, campaign_id: int, told: Mapping[int, tuple[str, str]], **more: Any) -> list[int]:
    """A message of its own arm and language to each member; the members."""
    with shop.read() as session:
        ids = campaign_queries.contents(session, campaign_id)
    source = campaign_queries.source_of(campaign_id)
    messages: list[Message] = [
        message(shop, member_id, source=source, content_id=ids[of], filling={"name": f"M{member_id}"}, **more)
        for member_id, of in told.items()
    ]
    assert plan(shop, *messages) == len(messages)
    return list(told)
