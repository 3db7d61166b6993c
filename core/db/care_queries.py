"""Whom a journey is about at a moment: one statement for each trigger, read as a stream.

Every row has member_id, name, card_number, language, zone, tier, balance; what: which of the member's occasions it is
about; and what its trigger adds. A span is from (exclusive) to (inclusive).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, and_, case, cast, exists, func, literal, or_, select
from sqlmodel import Session

from core.db import segment_queries
from core.db.activities import feedbacks
from core.db.among import among
from core.db.chats import chats
from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.dormancy_queries import known_at, last_seen
from core.db.facts import member_facts
from core.db.ledger import accounts, entries, lots, tier_changes
from core.db.members import members, one_person
from core.db.mutes import mutes
from core.db.purchases import purchases
from core.program.filters import Filter
from core.program.schema import Program

CHUNK = 5_000
Bool = ColumnElement[bool]
Span = tuple[datetime, datetime]
Asked = Select[Any]
Moved = dict[int, dict[str, int]]
_PEOPLE = members.join(accounts, accounts.c.member_id == members.c.id)
_REACH = (
    *(members.c[f"allow_{purpose}"] for purpose in ("offers", "care", "statement")),
    *(members.c[name] for name in ("quiet_from", "quiet_until", "never_quiet", "style")),
    chats.c.id.label("chat_id"),
    chats.c.blocked,
)


def everybody(*more: ColumnElement[Any]) -> Asked:
    """Members with an account that is open: neither forgotten, merged into another, nor closed."""
    columns = (
        members.c.id.label("member_id"),
        members.c.name,
        members.c.card_number,
        members.c.language,
        members.c.zone,
        accounts.c.tier,
        accounts.c.balance,
    )
    alive = (members.c.forgotten_at.is_(None), members.c.merged_into.is_(None), members.c.closed_at.is_(None))
    return select(*columns, *more).select_from(_PEOPLE).where(*alive)


def stream(session: Session, asked: Asked) -> Iterator[Sequence[Any]]:
    """Its rows, so many at a time, from one snapshot and with flat memory."""
    yield from session.execute(asked.execution_options(yield_per=CHUNK)).partitions()


def with_reach(asked: Asked, source: str) -> Asked:
    """With what says whether a message of that source could be sent now: consents, muted, chat_id, blocked,
    and what bears on when: quiet_from, quiet_until, never_quiet, style."""
    muted = exists().where(mutes.c.member_id == members.c.id, mutes.c.kind == source).correlate(members)
    reached = asked.outerjoin_from(members, chats, chats.c.member_id == members.c.id)
    return reached.add_columns(*_REACH, muted.label("muted"))


# -- for whom ---------------------------------------------------------------------------------------------------------


def living_in(asked: Asked, zone: str, is_own: bool) -> Asked:
    """Those who live in that zone; is_own: it is the program's, which is meant where a member has none."""
    there = members.c.zone == zone
    return asked.where(or_(members.c.zone.is_(None), there) if is_own else there)


def meant_by(asked: Asked, filter_: Filter | None, program: Program, now: datetime) -> Asked:
    if filter_ is None:
        return asked
    joined = asked.join_from(members, member_facts, member_facts.c.member_id == members.c.id)
    return joined.where(segment_queries.condition(filter_, program, now))


def opted_in(asked: Asked) -> Asked:
    """Those who want statements: the others, most of all, are not even planned for."""
    return asked.where(members.c.allow_statement)


def without(asked: Asked, source: str, occasion: str) -> Asked:
    """Without those who had that occasion, by whichever card."""
    mine = exists().where(
        deliveries.c.member_id == members.c.id, deliveries.c.source == source, deliveries.c.occasion == occasion
    )
    cards = members.alias("cards")
    merged = exists().where(
        cards.c.merged_into == members.c.id,
        deliveries.c.member_id == cards.c.id,
        deliveries.c.source == source,
        deliveries.c.occasion == occasion,
    )
    return asked.where(~mine.correlate(members), ~merged.correlate(members))


def not_since(asked: Asked, source: str, since: ColumnElement[datetime] | datetime, occasions: str = "%") -> Asked:
    """Without those for whom something of that source was planned since then (a moment of their own, if a column), by
    whichever card. occasions: which, as LIKE has it."""
    cards = members.alias("cards")
    of_these = deliveries.c.occasion.like(occasions)
    planned = (deliveries.c.source == source, deliveries.c.planned_at > since, of_these)
    mine = exists().where(deliveries.c.member_id == members.c.id, *planned)
    merged = exists().where(cards.c.merged_into == members.c.id, deliveries.c.member_id == cards.c.id, *planned)
    return asked.where(~mine.correlate(members, accounts), ~merged.correlate(members, accounts))


def had_by_other_cards(session: Session, source: str, member_ids: Collection[int]) -> set[tuple[int, str]]:
    """Member and occasion of what cards that were merged into these members had already."""
    had = select(members.c.merged_into, deliveries.c.occasion).join(deliveries, deliveries.c.member_id == members.c.id)
    found = had.where(among(members.c.merged_into, member_ids), deliveries.c.source == source)
    return {(row.merged_into, row.occasion) for row in session.execute(found)}


def not_bought_since(asked: Asked, moment: ColumnElement[datetime] | datetime) -> Asked:
    return asked.where(or_(accounts.c.last_purchase_at.is_(None), accounts.c.last_purchase_at <= moment))


def zones(session: Session) -> list[str]:
    """The zones that members have of their own."""
    zone = members.c.zone
    return list(session.execute(select(zone).where(zone.is_not(None)).distinct().order_by(zone)).scalars())


def moves(session: Session, after: datetime) -> list[tuple[str | None, str | None]]:
    """Zones into which members moved since, with those from which; None: the program's."""
    asked = select(members.c.zone, members.c.zone_before).where(members.c.zone_since > after).distinct()
    return [(row.zone, row.zone_before) for row in session.execute(asked)]


def moved_from(asked: Asked, zone: str, is_own: bool, after: datetime) -> Asked:
    """Those who moved from that zone since; with zone_since. is_own: as for living_in."""
    there = members.c.zone_before == zone
    from_there = or_(members.c.zone_before.is_(None), there) if is_own else there
    return asked.where(from_there, members.c.zone_since > after).add_columns(members.c.zone_since)


# -- events: each row has event_at, and began_at, from when on a purchase counts as one made since ---------------------


def joined(span: Span) -> Asked:
    at = members.c.joined_at
    asked = everybody(literal("joined").label("what"), at.label("event_at"), at.label("began_at"))
    return asked.where(*_within(at, span))


LATE = timedelta(days=2)
"""What is reported later is history, and no occasion for a message."""


def bought(session: Session, span: Span, nth: int | None) -> Asked:
    """amount: minor units, less what was brought back; bought_at."""
    asked = everybody(
        cast(purchases.c.id, String).label("what"),
        purchases.c.recorded_at.label("event_at"),
        purchases.c.occurred_at.label("began_at"),
        (purchases.c.total - purchases.c.refunded).label("amount"),
    ).join(purchases, purchases.c.member_id == members.c.id)
    asked = asked.where(
        *_recorded(session, purchases, span),
        purchases.c.refunded < purchases.c.total,
        purchases.c.occurred_at > span[0] - LATE,
    )
    if nth is None:
        return asked
    one = purchases.alias("one")
    at_once = and_(one.c.occurred_at == purchases.c.occurred_at, one.c.id <= purchases.c.id)
    so_far = or_(one.c.occurred_at < purchases.c.occurred_at, at_once)
    theirs = one.c.member_id == purchases.c.member_id
    counted = select(func.count()).where(theirs, so_far, one.c.refunded < one.c.total)
    return asked.where(counted.correlate(purchases).scalar_subquery() == nth)


def changed_tier(session: Session, span: Span, program: Program, up: bool) -> Asked:
    """Those who are still in the tier that they rose or fell to. from_tier."""
    ranks = {tier.id: rank for rank, tier in enumerate(program.tiers)}
    before = case(ranks, value=tier_changes.c.from_tier, else_=0)
    after = case(ranks, value=tier_changes.c.to_tier, else_=0)
    at = tier_changes.c.recorded_at
    asked = everybody(
        cast(tier_changes.c.id, String).label("what"),
        at.label("event_at"),
        at.label("began_at"),
        tier_changes.c.from_tier,
    ).join(tier_changes, tier_changes.c.member_id == members.c.id)
    return asked.where(
        *_recorded(session, tier_changes, span),
        tier_changes.c.effective_at > span[0] - LATE,
        after > before if up else after < before,
        tier_changes.c.to_tier == accounts.c.tier,
    )


def settled_complaint(span: Span) -> Asked:
    at = feedbacks.c.settled_at
    asked = everybody(cast(feedbacks.c.id, String).label("what"), at.label("event_at"), at.label("began_at"))
    return asked.join(feedbacks, feedbacks.c.member_id == members.c.id).where(
        *_within(at, span), feedbacks.c.kind == "complaint"
    )


def _within(moment: ColumnElement[datetime], span: Span) -> tuple[Bool, Bool]:
    return moment > span[0], moment <= span[1]


def _recorded(session: Session, table: Table, span: Span) -> tuple[Bool, ...]:
    """Rows recorded within the span, found by their numbers, which rise with time."""
    low, high = _first_after(session, table, span[0]), _first_after(session, table, span[1])
    return (table.c.id >= low - OVERLAP, table.c.id < high + OVERLAP, *_within(table.c.recorded_at, span))


OVERLAP = 10_000
"""So many numbers may be given in another order than the rows are recorded in, by writers at the same time."""


def _first_after(session: Session, table: Table, moment: datetime) -> int:
    """The number from which on rows are recorded after that moment, by halving."""
    low, high = session.execute(select(func.min(table.c.id), func.max(table.c.id))).one()
    if low is None:
        return 0
    high += 1
    while low < high:
        middle = (low + high) // 2
        there = select(table.c.id, table.c.recorded_at).where(table.c.id >= middle).order_by(table.c.id).limit(1)
        row = session.execute(there).one_or_none()
        if row is None or row.recorded_at > moment:
            high = middle
        else:
            low = row.id + 1
    return int(low)


# -- days -------------------------------------------------------------------------------------------------------------


def celebrating(civil: Sequence[int], lunar: Sequence[int], between: tuple[int, int]) -> Bool:
    """Whose birthday it is by the calendar that they keep it by; by the lunar one, if their civil one lies between two
    days (both included). Days are month × 100 + day."""
    of_civil = and_(members.c.lunar_birthday_md.is_(None), members.c.birthday_md.in_(civil))
    return or_(of_civil, and_(members.c.lunar_birthday_md.in_(lunar), members.c.birthday_md.between(*between)))


def born(celebrate: Bool, until: datetime) -> Asked:
    """Members since before `until` who celebrate."""
    return everybody().where(celebrate, members.c.joined_at < until)


def joined_between(since: datetime, until: datetime) -> Asked:
    return everybody().where(members.c.joined_at >= since, members.c.joined_at < until)


def earliest_joined(session: Session) -> datetime | None:
    return session.execute(select(func.min(members.c.joined_at))).scalar()


def points_lapsing(now: datetime, by: Span, told: Span, least: int) -> Asked:
    """Those of whom points lapse within `by`. points: how many lapse within `told`, but not before now; not fewer than
    `least`. last_at: when the last of them do."""
    after = max(now, told[0])
    open_lots = (lots.c.member_id == accounts.c.member_id, lots.c.remaining > 0, lots.c.expires_at > after)
    points = func.sum(lots.c.remaining)
    lapsing = (
        select(accounts.c.member_id, points.label("points"), func.max(lots.c.expires_at).label("last_at"))
        .select_from(accounts.join(lots, and_(*open_lots)))
        .where(accounts.c.next_due_at <= by[1], lots.c.expires_at <= told[1])
        .group_by(accounts.c.member_id)
        .having(points >= least, func.max(case((and_(*_within(lots.c.expires_at, by)), 1), else_=0)) == 1)
        .subquery()
    )
    return everybody(lapsing.c.points, lapsing.c.last_at).join(lapsing, lapsing.c.member_id == members.c.id)


def coupons_lapsing(span: Span, now: datetime) -> Asked:
    """Those who have coupons that lapse then. coupon_id: of one of them; coupons: how many."""
    good = (coupons.c.status == "issued", *_within(coupons.c.valid_until, span), coupons.c.valid_from <= now)
    lapsing = select(
        coupons.c.member_id, func.min(coupons.c.id).label("coupon_id"), func.count().label("coupons")
    ).where(*good)
    found = lapsing.group_by(coupons.c.member_id).subquery()
    asked = everybody(found.c.coupon_id, found.c.coupons, coupons.c.template, coupons.c.program_version)
    return asked.join(found, found.c.member_id == members.c.id).join(coupons, coupons.c.id == found.c.coupon_id)


def tier_ending(span: Span) -> Asked:
    """tier_until: exclusive."""
    until = accounts.c.tier_until
    return everybody(until).where(accounts.c.next_due_at <= span[1], *_within(until, span))


def moved_in(
    session: Session, member_ids: Sequence[int], since: datetime, until: datetime
) -> dict[int, dict[str, int]]:
    """By member and kind of entry, the points of what took effect from `since` (inclusive) to `until` (exclusive)."""
    during = (entries.c.effective_at >= since, entries.c.effective_at < until)
    sums = select(entries.c.member_id, entries.c.kind, func.sum(entries.c.points)).where(
        among(entries.c.member_id, member_ids), *during
    )
    found: Moved = {member_id: {} for member_id in member_ids}
    for member_id, kind, points in session.execute(sums.group_by(entries.c.member_id, entries.c.kind)):
        found[member_id][kind] = int(points)
    return found


def in_stage(stage: str) -> tuple[Asked, ColumnElement[datetime]]:
    """Members in that stage of the life cycle, and the moment that it is counted from: last_at, their last purchase or
    their joining."""
    last = func.coalesce(accounts.c.last_purchase_at, members.c.joined_at)
    asked = everybody(last.label("last_at")).join(member_facts, member_facts.c.member_id == members.c.id)
    return asked.where(member_facts.c.stage == stage), last


def last_seen_between(since: datetime, until: datetime) -> Asked:
    """last_at: as dormancy_queries.last_seen."""
    last = last_seen()
    return everybody(last.label("last_at")).where(last >= since, last < until)


def closing(seen: Span, known: Span) -> Asked:
    """The same for those whose account closes as a day ends: who was last seen within `seen` and had the notice, and
    who was last seen before it and has it only now. known: since when the books know those to whom that day ends the
    notice. Both spans with their first moment, without their last."""
    last, since = last_seen(), known_at()
    in_time = and_(last >= seen[0], last < seen[1], since < known[1])
    brought_in = and_(last < seen[0], since >= known[0], since < known[1])
    return everybody(last.label("last_at")).where(or_(in_time, brought_in))


def holding(points: dict[str, int]) -> Asked:
    """Those whose balance comes to what is asked of their tier; points by tier."""
    asked = case(points, value=accounts.c.tier, else_=None)
    return everybody(asked.label("asked")).where(accounts.c.balance >= asked)


# -- gifts -------------------------------------------------------------------------------------------------------------


def redeemed(session: Session, sources: Iterable[str]) -> set[tuple[int, str]]:
    """Who used a coupon of one of these sources: member and source."""
    used = (coupons.c.source.in_(list(sources)), coupons.c.status == "redeemed")
    return {
        (row.member_id, row.source)
        for row in session.execute(select(coupons.c.member_id, coupons.c.source).where(*used))
    }


def birthday_coupon(since: datetime) -> Bool:
    """Which coupons [birthday] gave since then."""
    return and_(coupons.c.source.startswith("birthday:"), coupons.c.issued_at > since)


def given(session: Session, member_id: int, which: Bool) -> bool:
    """Whether one of these coupons was given, by whichever card."""
    mine = select(coupons.c.id).where(one_person(coupons.c.member_id, member_id), which)
    return session.execute(mine.limit(1)).first() is not None
