"""Filters as SQL over the members' facts, and the members of segments."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, exists, false, func, literal, not_, or_, select

from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.facts import member_categories, member_facts, member_tags, segment_members
from core.db.functions import place_of
from core.db.members import members
from core.program.filters import FACTS, Fact, Filter
from core.program.schema import Program

Bool = ColumnElement[bool]
_ME = member_facts.c.member_id
_OF_CATEGORY = {"category_purchases": "purchases", "category_spend": "spend", "days_since_category": "last_at"}


def condition(filter_: Filter, program: Program, now: datetime) -> Bool:
    """Whether a row of member_fact is meant: as core.rules.segments.matches says. Never null."""
    if filter_.all is not None:
        return and_(*(condition(each, program, now) for each in filter_.all))
    if filter_.any is not None:
        return or_(*(condition(each, program, now) for each in filter_.any))
    if filter_.not_ is not None:
        return not_(condition(filter_.not_, program, now))
    assert filter_.fact is not None
    fact = FACTS[filter_.fact]
    if fact.kind == "set":
        return _of_set(filter_, now)
    if fact.kind == "tier":
        return _among(member_facts.c.tier, filter_.tiers([tier.id for tier in program.tiers]))
    if fact.of:
        row = exists().where(member_categories.c.member_id == _ME, member_categories.c.category == filter_.of)
        column = member_categories.c[_OF_CATEGORY[filter_.fact]]
        return row.where(_compared(filter_, fact, column, program, now)).correlate(member_facts)
    column = member_facts.c[fact.moment or filter_.fact]
    compared = _compared(filter_, fact, column, program, now)
    return and_(column.is_not(None), compared) if column.nullable else compared


def _compared(condition: Filter, fact: Fact, column: ColumnElement[Any], program: Program, now: datetime) -> Bool:
    if condition.is_ == "known":
        return column.is_not(None)
    if fact.kind == "days":
        return _days(condition, column, program, now)
    if fact.kind == "day":
        start = _start(date.fromisoformat(condition.value), program)
        return column >= start if condition.is_ == "on_or_after" else column < start
    if fact.kind == "yes":
        return column.is_(condition.value)
    return _valued(condition, column)


def _valued(condition: Filter, column: ColumnElement[Any]) -> Bool:
    if condition.is_ == "one_of":
        return _among(column, condition.values())
    numbers = [literal(each, BigInteger) for each in condition.values()]  # more than a small column holds may be asked
    if condition.is_ == "between":
        return and_(column >= numbers[0], column <= numbers[1])
    signs = {"equal": operator.eq, "at_least": operator.ge, "at_most": operator.le}
    compared: Bool = signs[condition.is_ or ""](column, numbers[0])
    return compared


def _among(column: ColumnElement[Any], values: Sequence[Any]) -> Bool:
    """A few are compared one by one, which takes SQLite a third of the time of a list."""
    return column.in_(values) if len(values) > FEW else or_(false(), *(column == each for each in values))


FEW = 8


def _days(condition: Filter, column: ColumnElement[Any], program: Program, now: datetime) -> Bool:
    """So many business days lie between that moment and now: as bounds on the moment, which an index could use."""
    low, high = condition.value if condition.is_ == "between" else (condition.value, condition.value)
    bounds = []
    today = now.astimezone(program.program.zone).date()
    if condition.is_ != "at_most":
        bounds.append(_before(column, today, low - 1, program))
    if condition.is_ != "at_least":
        bounds.append(not_(_before(column, today, high, program)))
    return and_(*bounds)


def _before(column: ColumnElement[Any], today: date, days: int, program: Program) -> Bool:
    """Whether that moment is of a business day more than so many days ago."""
    if days > (today - FIRST_DAY).days:
        return false()
    return column < _start(today - timedelta(days=days), program)


def _start(day: date, program: Program) -> datetime:
    return datetime.combine(day, time(), program.program.zone)


FIRST_DAY = date(1900, 1, 1)
"""Nothing is older: neither purchases nor members."""


def _of_set(condition: Filter, now: datetime) -> Bool:
    values = [str(each) for each in condition.values()]
    if condition.is_ == "all_of":
        return and_(*(_held(condition.fact, [each], now) for each in values))
    any_of = _held(condition.fact, values, now)
    return any_of if condition.is_ == "any_of" else not_(any_of)


def _held(fact: str | None, values: Sequence[str], now: datetime) -> Bool:
    """Whether the member has any of these."""
    match fact:
        case "category":
            return or_(*(_bought(each) for each in values))
        case "tag":
            row = exists().where(member_tags.c.member_id == _ME, member_tags.c.tag.in_(values))
            return row.correlate(member_facts)
        case "coupon":
            still_good = (coupons.c.status == "issued", coupons.c.valid_until > now)
            return _by_any_card(coupons, coupons.c.template.in_(values), *still_good)
        case "received":
            return _by_any_card(deliveries, deliveries.c.source.in_(values), deliveries.c.state == "sent")
        case _:
            return _by_any_card(deliveries, deliveries.c.source.in_(values), deliveries.c.tapped_at.is_not(None))


def _bought(category: str) -> Bool:
    """Half as dear as a look into member_category."""
    return false() if "," in category else place_of(member_facts.c.categories, literal(f",{category},")) > 0


def _by_any_card(table: Any, *asked: Bool) -> Bool:
    """Coupons and deliveries stay with the card that they were given to, also when it was merged into another."""
    own = exists().where(table.c.member_id == _ME, *asked)
    merged = exists().where(members.c.merged_into == _ME, table.c.member_id == members.c.id, *asked)
    return or_(own.correlate(member_facts), merged.correlate(member_facts))


def meant(asked: Bool) -> Select[tuple[int]]:
    """The ids of members who are meant, in their order."""
    return select(_ME).where(asked).order_by(_ME)


def listed(segment_id: int) -> Select[tuple[int]]:
    """The ids of members listed in a frozen segment, in their order, without who has been merged into another."""
    gone = exists().where(members.c.id == segment_members.c.member_id, members.c.merged_into.is_not(None))
    mine = select(segment_members.c.member_id).where(segment_members.c.segment_id == segment_id, ~gone)
    return mine.order_by(segment_members.c.member_id)


def is_listed(segment_id: int) -> Bool:
    """Whether a row of member_fact is of a member listed in a frozen segment."""
    row = exists().where(segment_members.c.segment_id == segment_id, segment_members.c.member_id == _ME)
    return row.correlate(member_facts)


def named(member_ids: Sequence[int]) -> Select[tuple[int]]:
    """Those of these ids that are of members now, in their order; whoever was merged is the one who was kept."""
    kept = select(func.coalesce(members.c.merged_into, members.c.id)).where(members.c.id.in_(member_ids))
    alive = (members.c.forgotten_at.is_(None), members.c.merged_into.is_(None))
    return select(members.c.id.label("member_id")).where(members.c.id.in_(kept), *alive).order_by(members.c.id)
