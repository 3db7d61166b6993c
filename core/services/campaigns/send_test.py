"""Send a campaign to oneself and a few others, to see it where members will: through the same door as everything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.amendments import as_it_reads
from core.insight.campaigns import CampaignView
from core.insight.fillings import Filling
from core.insight.members import member_of
from core.insight.recipients import SAMPLE_COUPON, filled_for, label
from core.rules.campaigns import Arm, Content, content_for
from core.rules.message_text import misfit
from core.rules.messaging import filled
from core.rules.refusal import Refused
from core.services.campaigns.campaigning import CampaignId, locked, noted
from core.services.common import MemberRef, Result, Wish
from core.services.deliveries.plan_deliveries import Buttons, Message, plan_deliveries
from core.services.once import Caller, once
from core.shop import Shop

GOOD_FOR = timedelta(hours=1)
MOST = 20


class CampaignTest(Wish):
    """to: who gets it. arm: one of the contents; by default each of them. language: by default each member's own."""

    campaign: CampaignId
    to: Annotated[list[MemberRef], Field(min_length=1, max_length=MOST)]
    arm: Arm | None = None
    language: Annotated[str, Field(min_length=2, max_length=10)] | None = None


class Tested(Result):
    """number: which test it is; its deliveries have the source `campaign:ID:test` and occasions that begin with it."""

    campaign: int
    number: int
    planned: int


def send_test(shop: Shop, caller: Caller, wish: CampaignTest) -> Tested:
    """Sent at once as it reads now, whatever the quiet hours and caps say, but only to who agreed to such messages; a
    coupon has a sample for its code.

    Refused: unknown-campaign, campaign-in-another-state (it has ended), unknown-member, campaign-arm-unknown,
    message-placeholder-unfilled, message-text-too-long, message-text-blank, key-reused.
    """

    def work(session: Session) -> Tested:
        row, view = locked(session, wish.campaign, ["draft", "awaiting_approval", "approved", "launched", "paused"])
        number = row.tests + 1
        queries.change(session, view.id, {"tests": number})
        view = as_it_reads(session, view)
        planned = plan_deliveries(session, _messages(shop, session, view, wish, number), shop.now())
        noted(shop, session, caller, "send_test", view.id, number=number, messages=planned)
        return Tested(campaign=view.id, number=number, planned=planned)

    return once(shop, caller, wish, Tested, work)


def _messages(shop: Shop, session: Session, view: CampaignView, wish: CampaignTest, number: int) -> Iterator[Message]:
    if wish.arm is not None and wish.arm not in view.arms:
        raise Refused("campaign-arm-unknown", arm=wish.arm, known=sorted(view.arms))
    program = shop.version_at(session, shop.now()).program
    rows = queries.recipients(session, sorted({member_of(session, ref).id for ref in wish.to}))
    own = filled_for(shop, session, view, program, rows)
    for arm in sorted(view.arms) if wish.arm is None else [wish.arm]:
        for row in rows:
            content = content_for(view.contents, arm, wish.language or row.language)
            filling = own[row.id] | (SAMPLE_COUPON if view.coupon else {})
            yield _message(shop, view, row, content, filling, f"{number}:{arm}")


def _message(shop: Shop, view: CampaignView, row: Any, content: Content, filling: Filling, occasion: str) -> Message:
    wrong = misfit(content.text, content.photo, filling, row.card_number, label(content))
    if wrong is not None:
        raise Refused(wrong.reason, **wrong.facts)
    buttons: Buttons = [[button.row() for button in line] for line in content.buttons]
    return Message(
        member_id=row.id,
        source=f"{view.source}:test",
        occasion=occasion,
        kind="transactional",
        purpose=view.purpose,
        due_at=shop.now(),
        expires_at=shop.now() + GOOD_FOR,
        text=filled(content.text, filling),
        photo=content.photo,
        buttons=buttons or None,
    )
