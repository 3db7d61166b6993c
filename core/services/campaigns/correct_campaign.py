"""What a launched campaign says is put right: laid before a second person first, like what it said before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlmodel import Session

from core.db import amendment_queries as queries
from core.db import campaign_queries
from core.insight.amendments import AmendmentView
from core.insight.campaigns import CampaignView, campaign
from core.insight.fillings import longest
from core.insight.recipients import first_misfit, label
from core.program.schema import Program
from core.rules.campaigns import MOST_HTML, Arm, Button, Content, digest
from core.rules.message_text import ALWAYS, fault_of, fits_everybody, misfit, placeholders
from core.rules.messaging import PLACEHOLDER
from core.rules.refusal import Refusal, Refused, granted
from core.services.campaigns.amending import launched, viewed
from core.services.campaigns.campaigning import CampaignId, noted
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
    text: Annotated[str, StringConstraints(max_length=MOST_HTML)]
    buttons: Annotated[
        list[Annotated[list[Button], Field(min_length=1, max_length=8)]] | None, Field(max_length=10)
    ] = None  # fmt: skip


class Correction(Wish):
    """contents: those that change; the others stay. reason: for whoever approves it, and for later."""

    campaign: CampaignId
    contents: Annotated[list[Words], Field(min_length=1, max_length=100)]
    reason: Reason


@dataclass(frozen=True, slots=True)
class _Looked:
    """At everybody with a delivery up to `last`, and whoever is still to get one. wrong: whom the new words do not fit,
    by arm and language."""

    last: int
    wrong: dict[tuple[str, str], Refusal | None]


def correct_campaign(shop: Shop, caller: Caller, wish: Correction) -> AmendmentView:
    """Changes nothing yet: somebody else approves it. It takes the place of a correction that still waits.

    Refused: unknown-campaign, campaign-in-another-state, campaign-recalled, campaign-content-unknown,
    campaign-content-twice, correction-changes-nothing, correction-fallback-missing, offer-unknown, and what
    core.rules.message_text refuses.
    """
    with shop.read() as session:  # it may take seconds, for which nobody else could write
        looked = _look(shop, session, wish)

    def work(session: Session) -> AmendmentView:
        view = launched(session, wish.campaign)
        program = shop.version_at(session, shop.now()).program
        changes = [_change(session, program, view, words, looked) for words in wish.contents]
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


def _look(shop: Shop, session: Session, wish: Correction) -> _Looked:
    """Refused: unknown-campaign, no-program."""
    view = campaign(session, wish.campaign)
    program = shop.version_at(session, shop.now()).program
    known = campaign_queries.contents(session, view.id)
    first, last = queries.span(session, view.source)
    wrong: dict[tuple[str, str], Refusal | None] = {}
    for words in wish.contents:
        content_id = known.get((words.arm, words.language))
        if content_id is not None and _fault(view, words) is None and not _fits(program, view, words):
            behind = _misfit(session, view, content_id, words, first, last)
            wrong[words.arm, words.language] = behind or _misfit_ahead(shop, session, program, view, words)
    return _Looked(last, wrong)


def _misfit_ahead(shop: Shop, session: Session, program: Program, view: CampaignView, words: Words) -> Refusal | None:
    """Whose own words make it too long, among those whose turn is still to come."""
    if view.status not in campaign_queries.UNDER_WAY or view.planned_at is not None:
        return None
    at_launch = _at_launch(view, words)
    corrected = at_launch.model_copy(update={"text": words.text})
    contents = [corrected if each == at_launch else each for each in view.contents]
    then = view.model_copy(update={"contents": contents})
    return first_misfit(shop, session, then, program, only=corrected, after=view.planned_to)


def _change(session: Session, program: Program, view: CampaignView, words: Words, looked: _Looked) -> dict[str, Any]:
    """Before and after of one content."""
    content_id = campaign_queries.contents(session, view.id).get((words.arm, words.language))
    if content_id is None:
        raise Refused("campaign-content-unknown", arm=words.arm, language=words.language)
    _check(session, program, view, content_id, words, looked)
    now = queries.saying(session, content_id)
    before = {"text": now.text, "buttons": now.buttons or []}
    rows = before["buttons"] if words.buttons is None else [[each.row() for each in line] for line in words.buttons]
    after = {"text": words.text, "buttons": rows}
    return {"arm": words.arm, "language": words.language, "content_id": content_id, "before": before, "after": after}


def _check(
    session: Session, program: Program, view: CampaignView, content_id: int, words: Words, looked: _Looked
) -> None:
    """That everybody who got the content, or will, can be told this instead: what a delivery fills was fixed when it
    was planned."""
    granted(_fault(view, words))
    at_launch = _at_launch(view, words)
    sure = {each[1] for each in PLACEHOLDER.finditer(at_launch.text) if each[2] is None or each[1] in ALWAYS}
    for each in PLACEHOLDER.finditer(words.text):
        if each[2] is None and each[1] not in sure:
            raise Refused("correction-fallback-missing", placeholder=each[1], content=label(at_launch))
    for offer in [each.claim for line in words.buttons or [] for each in line if each.claim is not None]:
        if program.offer(offer) is None:
            raise Refused("offer-unknown", offer=offer)
    if not _fits(program, view, words):
        granted(looked.wrong.get((words.arm, words.language)))
        first, last = queries.span(session, view.source)
        granted(_misfit(session, view, content_id, words, max(first, looked.last), last))


def _at_launch(view: CampaignView, words: Words) -> Content:
    return next(each for each in view.contents if (each.arm, each.language) == (words.arm, words.language))


def _fault(view: CampaignView, words: Words) -> Refusal | None:
    at_launch = _at_launch(view, words)
    return fault_of(words.text, placeholders(at_launch.text), label(at_launch))


def _fits(program: Program, view: CampaignView, words: Words) -> bool:
    """Whoever it is for."""
    return fits_everybody(words.text, _at_launch(view, words).photo, longest(program))


def _misfit(
    session: Session, view: CampaignView, content_id: int, words: Words, after: int, last: int
) -> Refusal | None:
    """Whose own words make it too long, among the deliveries with ids in (after, last]."""
    at_launch = _at_launch(view, words)
    while after < last:
        for row in queries.left_with(session, view.source, content_id, after, min(after + CHUNK, last)):
            if row.filling is not None or not placeholders(words.text):  # whoever was forgotten has no words any more
                name, card = label(at_launch), row.card_number
                if wrong := misfit(words.text, at_launch.photo, row.filling or {}, card, name):
                    return wrong
        after += CHUNK
    return None
