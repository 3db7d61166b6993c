"""A campaign as each language, and each example member, would see it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from pydantic import BaseModel
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.amendments import as_it_reads
from core.insight.campaigns import CampaignView, campaign
from core.insight.members import MemberRef, member_of
from core.insight.recipients import SAMPLE_COUPON, Recipient, filled_for, label, pages, recipient
from core.rules.campaigns import Content
from core.rules.message_text import length, misfit, most
from core.rules.messaging import filled
from core.rules.refusal import Fact
from core.shop import Shop

EXAMPLES = 3
MOST_EXAMPLES = 20


class Seen(BaseModel):
    """member, card: of the example; null for the bare content, whose placeholders are left as they are. text: Telegram
    HTML; null where it cannot be filled. length, most: what the reader sees, and what Telegram takes, in UTF-16 code
    units. why_not, facts: why it cannot go to this member as it is. ended, reason: what would become of it
    unsent, such as held_out."""

    arm: str
    language: str
    member: int | None
    card: str | None
    text: str | None
    photo: str | None
    buttons: list[list[dict[str, str]]]
    length: int | None
    most: int
    why_not: str | None = None
    facts: dict[str, Fact] = {}
    ended: str | None = None
    reason: str | None = None


class Preview(BaseModel):
    """First every content as it is written, or was put right since; then each example member with the content that is
    theirs."""

    campaign: int
    sha256: str
    seen: list[Seen]


def preview(shop: Shop, session: Session, campaign_id: int, members: Sequence[MemberRef] = ()) -> Preview:
    """As it reads now. members: whom to show, at most 20; without them the first three whom it would be sent to. A
    coupon has a sample for its code. Refused: unknown-campaign, unknown-member, segment-unknown."""
    view = as_it_reads(session, campaign(session, campaign_id))
    program = shop.version_at(session, shop.now()).program
    if members:
        ids = [member_of(session, ref).id for ref in members[:MOST_EXAMPLES]]
        chances = view.chances(program)
        examples = [recipient(view, program, chances, row, shop.now()) for row in queries.recipients(session, ids)]
    else:
        going = (each for page in pages(shop, session, view, program, shop.now()) for each in page.recipients)
        examples = list(islice((each for each in going if each.ended is None), EXAMPLES))
    own = filled_for(shop, session, view, program, [each.row for each in examples])
    seen = [_bare(content) for content in view.contents]
    seen += [_as_member(view, each, own[each.id]) for each in examples]
    return Preview(campaign=view.id, sha256=view.sha256, seen=seen)


def _bare(content: Content) -> Seen:
    return Seen(
        arm=content.arm,
        language=content.language,
        member=None,
        card=None,
        text=content.text,
        photo=content.photo,
        buttons=_buttons(content),
        length=None,
        most=most(content.photo),
    )


def _as_member(view: CampaignView, each: Recipient, own: dict[str, str]) -> Seen:
    filling = own | (SAMPLE_COUPON if view.coupon else {})
    said, card = each.content, str(each.row.card_number)
    text, wrong = filled(said.text, filling), misfit(said.text, said.photo, filling, card, label(said))
    ended = {} if each.ended is None else {"ended": each.ended.state, "reason": each.ended.reason}
    refused = {} if wrong is None else {"why_not": wrong.reason, "facts": wrong.facts}
    told = {"member": each.id, "card": card, "text": text, "length": None if text is None else length(text)}
    return _bare(said).model_copy(update={**told, **refused, **ended})


def _buttons(content: Content) -> list[list[dict[str, str]]]:
    return [[{str(key): value for key, value in button.row().items()} for button in row] for row in content.buttons]
