"""Whether a member is meant by a filter: the definition that the SQL of core.db.segment_queries is held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.program.filters import FACTS, Fact, Filter
from core.program.schema import Program
from core.rules.terms import business_day

__all__ = ["FACTS", "Filter", "matches"]


def matches(filter_: Filter, facts: Mapping[str, Any], program: Program, now: datetime) -> bool:
    """facts: by name, moments under the names of their columns (last_purchase_at), sets as collections of texts, and
    what is asked of something as a mapping. What is missing or None fulfils no condition but `not`."""
    if filter_.all is not None:
        return all(matches(each, facts, program, now) for each in filter_.all)
    if filter_.any is not None:
        return any(matches(each, facts, program, now) for each in filter_.any)
    if filter_.not_ is not None:
        return not matches(filter_.not_, facts, program, now)
    return _fulfils(filter_, facts, program, now)


def _fulfils(condition: Filter, facts: Mapping[str, Any], program: Program, now: datetime) -> bool:
    assert condition.fact is not None
    fact = FACTS[condition.fact]
    if fact.kind == "set":
        return _of_set(condition, facts.get(condition.fact) or ())
    value = facts.get(fact.moment or condition.fact)
    if fact.of:
        value = (value or {}).get(condition.of)
    if value is None:
        return False
    zone = program.program.zone
    if fact.kind == "days":
        value = (business_day(now, zone) - business_day(value, zone)).days
    if fact.kind == "tier":
        return value in condition.tiers([tier.id for tier in program.tiers])
    return _compared(condition, fact, value, zone)


def _of_set(condition: Filter, held: Collection[str]) -> bool:
    found = [each in held for each in condition.values()]
    if condition.is_ == "all_of":
        return all(found)
    return any(found) if condition.is_ == "any_of" else not any(found)


def _compared(condition: Filter, fact: Fact, value: Any, zone: ZoneInfo) -> bool:
    asked = condition.value
    match condition.is_:
        case "known":
            return True
        case "equal":
            return bool(value == asked)
        case "one_of":
            return value in condition.values()
        case "between":
            return bool(asked[0] <= value <= asked[1])
        case "at_least":
            return bool(value >= asked)
        case "at_most":
            return bool(value <= asked)
    day, at = date.fromisoformat(asked), business_day(value, zone)
    return at >= day if condition.is_ == "on_or_after" else at < day
