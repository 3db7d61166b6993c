"""What the members of a campaign did: for its results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, literal, or_, select, union_all
from sqlmodel import Session

from core.db.amendments import delivery_taps
from core.db.campaigns import campaign_contents
from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.ledger import entries
from core.db.purchases import purchases
from core.db.unguessed import unguessed

MAIN = "1"
CHUNK = 2_000
GRANTS = ("accrual", "bonus")
_HAD_A_PART = or_(
    deliveries.c.ended_at.is_(None),
    deliveries.c.ended_at != deliveries.c.planned_at,
    and_(
        deliveries.c.state != "blocked",
        func.coalesce(deliveries.c.reason, "").not_in(("no-chat", "member-closed", "no-consent")),
    ),
)
"""Who could not be reached when it was planned had no part in the lot."""
_ROLE: ColumnElement[str] = case(
    (and_(deliveries.c.state == "held_out", deliveries.c.reason == "control"), "control"),
    (deliveries.c.state == "held_out", "held_out"),
    else_="meant",
)
_ARM = func.coalesce(campaign_contents.c.arm, "")


def _of(source: str) -> ColumnElement[bool]:
    return and_(deliveries.c.source == source, unguessed(deliveries.c.occasion == MAIN, _HAD_A_PART))


def sides(session: Session, source: str) -> list[tuple[str, str, int]]:
    """How many members the lot put where: role (meant, held_out, control) and arm."""
    by = (_ROLE.label("role"), _ARM.label("arm"))
    found = (
        select(*by, func.count())
        .select_from(deliveries)
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(_of(source))
        .group_by("role", "arm")
    )
    return [(role, arm, int(count)) for role, arm, count in session.execute(found)]


def doings(session: Session, source: str, since: datetime, until: datetime) -> Iterator[Any]:
    """role, arm, purchases, spend, discounts and points of each member who did anything in [since, until): amounts in
    minor units, less what was taken back. With flat memory."""
    each = union_all(
        _bought(since, until), _used_coupons(since, until), _granted(since, until), _taken_back(since, until)
    ).subquery()  # fmt: skip
    names = ("purchases", "spend", "discounts", "points")
    summed = (cast(func.sum(each.c[name]), BigInteger).label(name) for name in names)
    done = select(each.c.member_id, *summed).group_by(each.c.member_id).subquery()
    found = (
        select(_ROLE.label("role"), _ARM.label("arm"), *(done.c[name] for name in names))
        .select_from(done)
        .join(deliveries, deliveries.c.member_id == done.c.member_id)
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(_of(source))
    )
    yield from session.execute(found, execution_options={"yield_per": CHUNK})


def _named(member_id: Any, **given: Any) -> list[Any]:
    """The columns of one part of the union; what is not given is 0."""
    names = ("purchases", "spend", "discounts", "points")
    return [member_id.label("member_id"), *(given.get(name, literal(0)).label(name) for name in names)]


def _bought(since: datetime, until: datetime) -> Any:
    paid = (purchases.c.total - purchases.c.refunded).label("paid")
    during = (purchases.c.occurred_at >= since, purchases.c.occurred_at < until)
    counts = case((paid > 0, 1), else_=0)
    return select(*_named(purchases.c.member_id, purchases=counts, spend=paid)).where(*during)


def _used_coupons(since: datetime, until: datetime) -> Any:
    during = (purchases.c.occurred_at >= since, purchases.c.occurred_at < until)
    joined = coupons.join(purchases, purchases.c.external_id == coupons.c.used_on)
    used = _named(purchases.c.member_id, discounts=func.coalesce(coupons.c.discount, 0))
    return select(*used).select_from(joined).where(coupons.c.status == "redeemed", *during)


def _granted(since: datetime, until: datetime) -> Any:
    during = (entries.c.effective_at >= since, entries.c.effective_at < until)
    return select(*_named(entries.c.member_id, points=entries.c.points)).where(entries.c.kind.in_(GRANTS), *during)


def _taken_back(since: datetime, until: datetime) -> Any:
    """Reversals of what was granted; to take a redemption back is none."""
    own = entries.alias("own")
    during = (own.c.effective_at >= since, own.c.effective_at < until, own.c.kind == "reversal")
    joined = own.join(entries, entries.c.id == own.c.corrects_id)
    return (
        select(*_named(own.c.member_id, points=own.c.points))
        .select_from(joined)
        .where(*during, entries.c.kind.in_(GRANTS))
    )


def answers(session: Session, source: str) -> list[tuple[str, int, int]]:
    """By arm, how many messages were sent, and how many of all tapped."""
    sent = func.sum(case((deliveries.c.state == "sent", 1), else_=0))
    found = (
        select(_ARM.label("arm"), sent, func.count(deliveries.c.tapped_at))
        .select_from(deliveries)
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(deliveries.c.source == source, deliveries.c.occasion == MAIN)
        .group_by("arm")
    )
    return [(arm, int(count), int(tapped)) for arm, count, tapped in session.execute(found)]


def taps(session: Session, source: str) -> list[tuple[str, str, int]]:
    """By arm and button, how many tapped it."""
    found = (
        select(_ARM.label("arm"), delivery_taps.c.button, func.count())
        .select_from(delivery_taps.join(deliveries, deliveries.c.id == delivery_taps.c.delivery_id))
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(deliveries.c.source == source, deliveries.c.occasion == MAIN)
        .group_by("arm", delivery_taps.c.button)
        .order_by("arm", delivery_taps.c.button)
    )
    return [(arm, button, int(count)) for arm, button, count in session.execute(found)]


def coupons_of(
    session: Session, source: str, offers: Sequence[str], since: datetime, until: datetime
) -> list[tuple[str, int, int]]:
    """By arm, how many coupons of these offers were claimed in [since, until) by whom the message was sent to, and how
    many of these, or of the campaign's own, were redeemed."""
    claimed = and_(
        coupons.c.source.in_([f"offer:{offer}" for offer in offers]),
        coupons.c.issued_at >= since,
        coupons.c.issued_at < until,
    )
    redeemed = case((coupons.c.status == "redeemed", 1), else_=0)
    found = (
        select(_ARM.label("arm"), func.sum(case((claimed, 1), else_=0)), func.sum(redeemed))
        .select_from(deliveries.join(coupons, coupons.c.member_id == deliveries.c.member_id))
        .outerjoin(campaign_contents, campaign_contents.c.content_id == deliveries.c.content_id)
        .where(deliveries.c.source == source, deliveries.c.occasion == MAIN, deliveries.c.state == "sent")
        .where(or_(claimed, coupons.c.source == source))
        .group_by("arm")
    )
    return [(arm, int(claims), int(used)) for arm, claims, used in session.execute(found)]
