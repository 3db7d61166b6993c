"""What entries count towards goals, and what an account keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session

from core.db import goal_queries
from core.rules.goal_sums import Sum, Sums
from core.rules.goals import Fact

NO_VERSION = 0
REWARD = "reward:"
"""What rules of entries begin with that pay for rewards, and not for a play of a prize draw."""


class Running(NamedTuple):
    """The account's column goal_sums: what the spans have come to, by the program of one version. Everything that
    counts is in them, and what is due by then is in the books."""

    version: int
    sums: Sums

    def stored(self) -> dict[str, Any]:
        return {"version": self.version, "sums": self.sums}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Running | None:
        if stored is None:
            return None
        return cls(stored["version"], {goal: Sum(*each) for goal, each in stored["sums"].items()})


NOTHING_COUNTED = Running(NO_VERSION, {})
"""Of who has just joined, under whatever version."""


def counts(entry: Any) -> bool:
    """Of an entry, written or about to be. What undoes a payment for a reward counts at the moment of that payment."""
    return entry.qualifies_at is not None or (entry.kind == "redemption" and entry.rule.startswith(REWARD))


def fact_of(entry: Any) -> Fact:
    """Of one that counts."""
    if entry.qualifies_at is None:
        return Fact(entry.effective_at, spent=-entry.points)
    more = entry.qualifying_more or {}
    return Fact(
        entry.qualifies_at,
        entry.purchase_id,
        entry.qualifying_spend,
        entry.qualifying_points,
        more.get("measures", {}),
        carried=more.get("carried", False),
    )


def facts_of(session: Session, which: ColumnElement[bool], since: datetime) -> dict[int, list[Fact]]:
    """What counts towards goals from `since` on, by member. which: a condition on entries."""
    found: dict[int, list[Fact]] = {}
    for row in goal_queries.qualified(session, which, since):
        found.setdefault(row.member_id, []).append(fact_of(row))
    for row in goal_queries.paid_for_rewards(session, which, since):
        found.setdefault(row.member_id, []).append(Fact(row.at, spent=row.points))
    return found
