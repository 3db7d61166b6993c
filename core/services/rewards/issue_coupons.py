"""Give many members a coupon of their own at once, each within the template's limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from core.db import coupon_queries as queries
from core.db.counters import take_some
from core.insight.coupons import counter_of
from core.program.schema import CouponTemplate
from core.rules.coupons import issuable, limited_from, window
from core.rules.refusal import Refusal
from core.services.books.records import CODE_LENGTH
from core.shop import Shop, Version


def issue_coupons(
    shop: Shop,
    session: Session,
    version: Version,
    template: CouponTemplate,
    ids: Sequence[int],
    source: str,
    actor: str,
) -> dict[int, str | Refusal]:
    """The code for each member, or why there is none; a total goes to the lowest ids first. Their accounts are locked
    (lock_accounts). Refusals: coupon-lapsed, coupon-limit-per-member, coupon-limit-total."""
    now = shop.now()
    zone = version.program.program.zone
    since, until = window(template.validity, now, zone)
    held = queries.held_by(session, ids, template.id, limited_from(template, now, zone))
    given: dict[int, str | Refusal] = {}
    for member_id in ids:
        refusal = issuable(template, held.get(member_id, 0), until, now)
        given[member_id] = shop.chance.code(CODE_LENGTH) if refusal is None else refusal
    _within_total(session, template, counter_of(version.program, template, now), given)
    common = {"template": template.id, "source": source, "program_version": version.id}
    window_ = {"issued_at": now, "valid_from": since, "valid_until": until}
    codes = ((member_id, code) for member_id, code in given.items() if isinstance(code, str))
    rows: list[dict[str, Any]] = [{"member_id": member, "code": code, **common, **window_} for member, code in codes]
    queries.add_coupons(session, rows, now, actor)
    return given


def valid_until(template: CouponTemplate, version: Version, now: datetime) -> datetime:
    """Until when one that is issued now is good (exclusive)."""
    return window(template.validity, now, version.program.program.zone)[1]


def _within_total(session: Session, template: CouponTemplate, counter: str, given: dict[int, str | Refusal]) -> None:
    if template.total is None:
        return
    granted = [member_id for member_id, code in given.items() if isinstance(code, str)]
    left = take_some(session, counter, len(granted), template.total) if granted else 0
    for member_id in granted[left:]:
        given[member_id] = Refusal("coupon-limit-total", {"limit": template.total})
