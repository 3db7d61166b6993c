"""Launched campaigns, from members to deliveries: chunk after chunk, each in a commit of its own.

The mark up to which members are planned moves in the commit that plans them, and only from where the planner found it:
so a planner that died is followed by one that goes on from there, two at once plan nothing twice, and a campaign that
was paused or called off meanwhile is planned no further.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from core.db import campaign_queries as queries
from core.db.ledger_queries import lock_accounts
from core.insight.campaigns import CampaignView, campaign, view_of
from core.insight.fillings import Filling
from core.insight.recipients import Page, Recipient, end_of, filled_for, page
from core.program.schema import CouponTemplate, words
from core.rules.messaging import Ended
from core.rules.refusal import Refusal, Refused
from core.services.campaigns.pause_campaign import pause_by_itself
from core.services.campaigns.watch_canaries import watch_canaries
from core.services.common import Result
from core.services.deliveries.pause_source import end_rows, free_rows
from core.services.deliveries.plan_deliveries import Message, plan_deliveries
from core.services.rewards.issue_coupons import issue_coupons, valid_until
from core.shop import Shop, Version
from core.words import figures

COUPONS_A_CHUNK = 1_000
CHUNK = 5_000
OCCASION = "1"
"""Of the message itself."""


class PlanReport(Result):
    """planned: how many deliveries are new, also those that are held out or cannot be sent. ended: how many campaigns
    were finished or are called off with nothing left open. stopped: by their canary, or since their segment asks
    something else than a second person agreed to."""

    planned: int = 0
    ended: int = 0
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class _Planned:
    """A page that is ready to be written; last: it is the last one."""

    page: Page
    fillings: dict[int, Filling]
    last: bool

    def going(self) -> list[Recipient]:
        return [each for each in self.page.recipients if each.ended is None]


def plan_campaigns(shop: Shop) -> PlanReport:
    """Plan whatever is launched and due, let canaries decide, and see what is through. Safe to be killed anywhere, and
    to run twice at once."""
    stopped = watch_canaries(shop) + _stop_changed(shop)
    with shop.read() as session:
        going = [(row.id, row.status) for row in queries.under_way(session)]
    planned = sum(plan_campaign(shop, campaign_id) for campaign_id, status in going if status == "launched")
    ended = sum(_ended(shop, campaign_id) for campaign_id, _ in going)
    return PlanReport(planned=planned, ended=ended, stopped=stopped)


def _stop_changed(shop: Shop) -> int:
    """Pause those whose rest would go to others than those they were approved for; how many."""
    with shop.read() as session:
        views = [view_of(session, row) for row in queries.under_way(session)]
    changed = [each for each in views if each.status == "launched" and each.planned_at is None and not _as_agreed(each)]
    return sum(pause_by_itself(shop, each, "changed") for each in changed)


def plan_campaign(shop: Shop, campaign_id: int) -> int:
    """Plan all of it that may be planned now; how many deliveries that made."""
    return sum(_planning(shop, campaign_id))


def carry_on(shop: Shop, campaign_id: int) -> Iterator[int]:
    """As plan_campaigns, for one that was just launched, resumed or called off: yields after each chunk how many
    deliveries it made, so that whoever asks may show how far it is, or leave the rest to the scheduler."""
    yield from _planning(shop, campaign_id)
    _ended(shop, campaign_id)


def _planning(shop: Shop, campaign_id: int) -> Iterator[int]:
    while (made := _plan_chunk(shop, campaign_id)) is not None:
        yield made


def _plan_chunk(shop: Shop, campaign_id: int) -> int | None:
    """How many it made; None: there is nothing more to plan now."""
    with shop.read() as session:
        view = campaign(session, campaign_id)
        version = shop.version_at(session, shop.now())
        if not _plannable(view, shop.now()):
            return None
        ready = _prepared(shop, session, view, version)
    with shop.write() as session:
        if not queries.plan_on(session, view.id, view.planned_to, _mark(view, ready, shop.now())):
            return None
        return _write(shop, session, view, version, ready)


def _plannable(view: CampaignView, now: datetime) -> bool:
    begun = view.plan_from is not None and view.plan_from <= now
    going = view.status == "launched" and view.planned_at is None and _as_agreed(view)
    return going and begun and view.canary_left != 0


def _as_agreed(view: CampaignView) -> bool:
    return view.sha256 == view.approved_sha256


def _prepared(shop: Shop, session: Session, view: CampaignView, version: Version) -> _Planned:
    """The next members, with their words: outside of the transaction that writes, since it may take a second."""
    size = COUPONS_A_CHUNK if view.coupon else CHUNK
    try:
        found = page(shop, session, view, version.program, view.planned_to, _begins(view), size)
    except Refused:  # its segment was deleted since
        return _Planned(Page([], None), {}, True)
    found = Page([_in_time(each, view, shop.now()) for each in found.recipients], found.last)
    found = _up_to_canary(found, view.canary_left)
    rows = [each.row for each in found.recipients if each.ended is None]
    return _Planned(found, filled_for(shop, session, view, version.program, rows), found.last is None)


def _begins(view: CampaignView) -> datetime:
    assert view.launched_at is not None
    return view.launched_at


def _in_time(each: Recipient, view: CampaignView, now: datetime) -> Recipient:
    """Ended where it is, or will be when it is due, too late to send it, so that no coupon is issued for it."""
    late = end_of(each, view) <= max(now, each.due_at)
    return replace(each, ended=Ended("expired")) if each.ended is None and late else each


def _up_to_canary(found: Page, left: int | None) -> Page:
    """The page, cut off behind the last one whom the canary may have."""
    if left is None:
        return found
    for place, each in enumerate(found.recipients):
        left -= each.ended is None
        if left == 0:
            return Page(found.recipients[: place + 1], each.id)
    return found


def _mark(view: CampaignView, ready: _Planned, now: datetime) -> dict[str, object]:
    left = view.canary_left
    return {
        "planned_to": view.planned_to if ready.page.last is None else ready.page.last,
        "planned_at": now if ready.last else None,
        "canary_left": None if left is None else left - len(ready.going()),
    }


def _write(shop: Shop, session: Session, view: CampaignView, version: Version, ready: _Planned) -> int:
    contents = queries.contents(session, view.id)
    if view.coupon:
        lock_accounts(session, [each.id for each in ready.going()])
    here = queries.still_members(session, [each.id for each in ready.page.recipients])
    meant = [each for each in ready.page.recipients if each.id in here]
    template = version.program.coupon(view.coupon) if view.coupon else None
    if view.coupon and template is None:
        meant = [replace(each, ended=each.ended or Ended("suppressed", "coupon-template-unknown")) for each in meant]
    elif template is not None:
        meant = list(_with_coupons(shop, session, view, version, template, meant, ready.fillings))
    messages = (
        _message(view, each, contents[each.content.arm, each.content.language], ready.fillings.get(each.id))
        for each in meant
    )
    return plan_deliveries(session, messages, shop.now())


def _with_coupons(
    shop: Shop,
    session: Session,
    view: CampaignView,
    version: Version,
    template: CouponTemplate,
    meant: list[Recipient],
    fillings: dict[int, Filling],
) -> Iterator[Recipient]:
    """Each with its code among its words; who gets none is not written to, and the reason is kept."""
    ids = [each.id for each in meant if each.ended is None]
    given = issue_coupons(shop, session, version, template, ids, view.source, "scheduler")
    until = valid_until(template, version, shop.now())
    for each in meant:
        code = given.get(each.id)
        if isinstance(code, Refusal):
            yield replace(each, ended=Ended("suppressed", code.reason))
            continue
        if code is not None:
            language = each.row.language
            named = {"coupon_code": code, "coupon_name": words(template.name, language)}
            fillings[each.id] |= named | {"coupon_until": figures.last_day(version.program, until, language)}
        yield each


def _message(view: CampaignView, each: Recipient, content_id: int, filling: Filling | None) -> Message:
    return Message(
        member_id=each.id,
        source=view.source,
        occasion=OCCASION,
        kind=view.kind,
        purpose=view.purpose,
        due_at=each.due_at,
        expires_at=end_of(each, view),
        content_id=content_id,
        filling=filling or None,
        ended=each.ended,
    )


def _ended(shop: Shop, campaign_id: int) -> bool:
    """Bring the rows where the campaign is, if somebody died on the way; whether nothing of it is open any more."""
    with shop.read() as session:
        view = campaign(session, campaign_id)
    if view.status == "launched":
        free_rows(shop, view.source)
    elif view.status == "cancelled":
        end_rows(shop, view.source)
    with shop.write() as session:
        row = queries.locked(session, view.id)
        if row is None or row.status == "paused" or (row.status == "launched" and row.planned_at is None):
            return False
        if row.ended_at is not None or queries.any_open(session, view.source):
            return False
        queries.forget_words(session, view.source)
        done = {"status": "finished"} if row.status == "launched" else {}
        queries.change(session, view.id, {**done, "ended_at": shop.now()})
        return True
