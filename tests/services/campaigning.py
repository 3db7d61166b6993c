"""A few members in chats, and a campaign on its way to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from pydantic import BaseModel
from sqlalchemy import insert, select, update

from core.db.chats import chats
from core.db.deliveries import deliveries
from core.db.members import members
from core.insight.campaigns import CampaignView, campaign
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignHead, CampaignRef
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.request_approval import request_approval
from core.services.once import Caller
from core.shop import Shop
from tests.shopping import enrol_one

ANN, BO = "staff:ann", "staff:bo"
_wishes = count(1)


def by(actor: str) -> Caller:
    return Caller(actor, f"wish:{next(_wishes)}")


def seat(shop: Shop, name: str, chat: int | None = None, **more: Any) -> int:
    """A member, by default one who agreed to offers and, with a number, is in that chat and reads at any hour."""
    member_id = enrol_one(shop, name, **{"consents": ["offers"], **more})
    if chat is not None:
        row = {"id": chat, "member_id": member_id, "language": "en", "blocked": False, "seen_at": shop.now()}
        with shop.write() as session:
            session.execute(insert(chats), [row])
            session.execute(update(members).where(members.c.id == member_id).values(never_quiet=True))
    return member_id


def crowd(shop: Shop, count: int) -> list[int]:
    return [seat(shop, f"Member {number}", number, language="en") for number in range(1, count + 1)]


def change_member(shop: Shop, member_id: int, **values: Any) -> None:
    with shop.write() as session:
        session.execute(update(members).where(members.c.id == member_id).values(values))


def block(shop: Shop, member_id: int) -> None:
    with shop.write() as session:
        session.execute(update(chats).where(chats.c.member_id == member_id).values(blocked=True))


def drafted(shop: Shop, ids: list[int], text: str = "Hello {name}", **form: Any) -> CampaignHead:
    """A campaign of one content in English, without a holdout unless told otherwise."""
    given: dict[str, Any] = {
        "name": "Spring",
        "audience": {"members": ids},
        "contents": [{"language": "en", "text": text}],
        "holdout": 0,
    }
    return draft_campaign(shop, by(ANN), CampaignForm.model_validate(given | form))


def approved(shop: Shop, ids: list[int], text: str = "Hello {name}", **form: Any) -> int:
    head = drafted(shop, ids, text, **form)
    request_approval(shop, by(ANN), CampaignRef(campaign=head.id))
    approve_campaign(shop, by(BO), Approval(campaign=head.id, sha256=head.sha256))
    return head.id


def launched(shop: Shop, ids: list[int], text: str = "Hello {name}", **form: Any) -> int:
    campaign_id = approved(shop, ids, text, **form)
    launch_campaign(shop, by(ANN), CampaignRef(campaign=campaign_id))
    return campaign_id


def do(shop: Shop, verb: Callable[[Shop, Caller, CampaignRef], BaseModel], campaign_id: int, actor: str = ANN) -> Any:
    return verb(shop, by(actor), CampaignRef(campaign=campaign_id))


def view(shop: Shop, campaign_id: int) -> CampaignView:
    with shop.read() as session:
        return campaign(session, campaign_id)


def rows(shop: Shop, source: str = "campaign:1") -> list[Any]:
    with shop.read() as session:
        mine = select(deliveries).where(deliveries.c.source == source)
        return list(session.execute(mine.order_by(deliveries.c.member_id, deliveries.c.occasion)))


def ends(shop: Shop, source: str = "campaign:1") -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in rows(shop, source)]


def answer(shop: Shop, state: str, *member_ids: int) -> None:
    """As if Telegram had answered so."""
    ended = {"state": state, "left_at": shop.now(), "ended_at": shop.now()}
    with shop.write() as session:
        session.execute(update(deliveries).where(deliveries.c.member_id.in_(member_ids)).values(ended))
