"""What a launched campaign says is put right: laid before a second person first, like what it said before."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlmodel import Session

from core.db import amendment_queries as queries
from core.db import campaign_queries
from core.insight.amendments import AmendmentView
from core.insight.campaigns import CampaignView
from core.insight.fillings import longest
from core.insight.recipients import label
from core.program.schema import Program
from core.rules.campaigns import Arm, Button, Content, digest
from core.rules.message_text import ALWAYS, fault_of, fits_everybody, misfit, placeholders
from core.rules.messaging import PLACEHOLDER
from core.rules.refusal import Refused, granted
from core.services.amending import launched, viewed
from core.services.campaigning import CampaignId, noted
from core.services.common import Wish
from core.services.once import Caller, once
from core.shop import Shop

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"\S", max_length=200)]
CHUNK = 5_000


class Words(Wish):
    """What one content says from now on. text: Telegram HTML with {placeholders}, of which it may use those that the
    content had. buttons: null leaves them as they are. A photo stays."""

    arm: Arm = "a"
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=10)] = "en"
    text: Annotated[str, StringConstraints(max_length=16_384)]
    buttons: Annotated[
        list[Annotated[list[Button], Field(min_length=1, max_length=8)]] | None, Field(max_length=10)
    ] = None  # fmt: skip


class Correction(Wish):
    """contents: those that change; the others stay. reason: for whoever approves it, and for later."""

    campaign: CampaignId
    contents: Annotated[list[Words], Field(min_length=1, max_length=100)]
    reason: Reason


def correct_campaign(shop: Shop, caller: Caller, wish: Correction) -> AmendmentView:
    """Changes nothing yet: somebody else approves it. It takes the place of a correction that still waits.

    Refused: unknown-campaign, campaign-in-another-state, campaign-recalled, campaign-content-unknown,
    campaign-content-twice, correction-changes-nothing, correction-fallback-missing, offer-unknown, and what
    core.rules.message_text refuses.
    """

    def work(session: Session) -> AmendmentView:
        view = launched(session, wish.campaign)
        program = shop.version_at(session, shop.now()).program
        changes = [_change(session, program, view, words) for words in wish.contents]
        if all(each["before"] == each["after"] for each in changes):
            raise Refused("correction-changes-nothing", campaign=view.id)
        if len({each["content_id"] for each in changes}) < len(changes):
            raise Refused("campaign-content-twice", arm=wish.contents[0].arm, language=wish.contents[0].language)
        queries.withdraw_waiting(session, view.source)
        values = {
            "source": view.source,
            "kind": "edit",
            "status": "awaiting_approval",
            "reason": wish.reason,
            "changes": changes,
            "sha256": digest({"campaign": view.id, "changes": changes}),
            "asked_by": caller.actor,
            "asked_at": shop.now(),
            "planned_to": 0,
            "plan_until": 0,
        }
        amendment_id = queries.add(session, values)
        sha256 = values["sha256"]
        noted(shop, session, caller, "correct_campaign", view.id, amendment=amendment_id, sha256=sha256)
        return viewed(session, amendment_id)

    return once(shop, caller, wish, AmendmentView, work)


def _change(session: Session, program: Program, view: CampaignView, words: Words) -> dict[str, Any]:
    """Before and after of one content."""
    content_id = campaign_queries.contents(session, view.id).get((words.arm, words.language))
    if content_id is None:
        raise Refused("campaign-content-unknown", arm=words.arm, language=words.language)
    at_launch = next(each for each in view.contents if (each.arm, each.language) == (words.arm, words.language))
    _check(session, program, view.source, at_launch, content_id, words)
    now = queries.saying(session, content_id)
    before = {"text": now.text, "buttons": now.buttons or []}
    rows = before["buttons"] if words.buttons is None else [[each.row() for each in line] for line in words.buttons]
    after = {"text": words.text, "buttons": rows}
    return {"arm": words.arm, "language": words.language, "content_id": content_id, "before": before, "after": after}


def _check(session: Session, program: Program, source: str, at_launch: Content, content_id: int, words: Words) -> None:
    """That everybody who got the content, or will, can be told this instead: what a delivery fills was fixed when it
    was planned."""
    name = label(at_launch)
    granted(fault_of(words.text, placeholders(at_launch.text), name))
    sure = {each[1] for each in PLACEHOLDER.finditer(at_launch.text) if each[2] is None or each[1] in ALWAYS}
    for each in PLACEHOLDER.finditer(words.text):
        if each[2] is None and each[1] not in sure:
            raise Refused("correction-fallback-missing", placeholder=each[1], content=name)
    for offer in [each.claim for line in words.buttons or [] for each in line if each.claim is not None]:
        if program.offer(offer) is None:
            raise Refused("offer-unknown", offer=offer)
    if not fits_everybody(words.text, at_launch.photo, longest(program)):
        _check_each(session, source, at_launch, content_id, words)


def _check_each(session: Session, source: str, at_launch: Content, content_id: int, words: Words) -> None:
    """That nobody's own words make it too long."""
    after, last = queries.span(session, source)
    while after < last:
        for row in queries.left_with(session, source, content_id, after, after + CHUNK):
            if row.filling is not None or not placeholders(words.text):  # whoever was forgotten has no words any more
                granted(misfit(words.text, at_launch.photo, row.filling or {}, row.card_number, label(at_launch)))
        after += CHUNK
