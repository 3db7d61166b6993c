"""What a goal has come to, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from core.program.schema import Program
from core.words.explanations import goal_sum
from core.words.sentences import Sentences


class Next(Protocol):
    """core.insight.goals.NextGift"""

    @property
    def at(self) -> int: ...
    @property
    def missing(self) -> int: ...
    @property
    def points(self) -> int: ...
    @property
    def coupons(self) -> Mapping[str, int]: ...


class Progress(Protocol):
    """core.insight.goals.GoalProgress"""

    @property
    def of(self) -> str: ...
    @property
    def within(self) -> str: ...
    @property
    def period(self) -> str | None: ...
    @property
    def total(self) -> int: ...
    @property
    def points(self) -> int: ...
    @property
    def coupons(self) -> Mapping[str, int]: ...
    @property
    def part(self) -> str | None: ...
    @property
    def next(self) -> Next | None: ...


def goal_lines(program: Program, goal: Progress, language: str, strict: bool = False) -> list[str]:
    """`In the month 2026-03: $250.00 spent`, `So far: $5 back`, `$50.00 more brings $5 back`."""
    sentences = Sentences(program, language, strict)
    facts = {"of": goal.of, "within": goal.within, "period": goal.period, "total": goal.total}
    if goal.within == "purchase":
        lines = [sentences.say("explain.goal_within.purchase", {})]
    else:
        lines = [goal_sum(sentences, facts)]
    if goal.points or goal.coupons:
        lines.append(sentences.say("goal.given", {"gifts": _gift(sentences, goal.points, goal.coupons)}))
    if goal.next is not None:
        gift = _gift(sentences, goal.next.points, goal.next.coupons)
        key = "from" if goal.within == "purchase" else "next"
        lines.append(
            sentences.say(f"goal.{key}.{goal.of}", {"at": goal.next.at, "missing": goal.next.missing, "gift": gift})
        )
    if goal.part is not None:
        lines.append(sentences.say("goal.grows", {"part": goal.part}))
    if goal.next is None and goal.part is None:
        lines.append(sentences.say("goal.done", {}))
    return lines


def _gift(sentences: Sentences, points: int, coupons: Mapping[str, int]) -> str:
    parts = [sentences.say("goal.gift.points", {"points": points})] if points else []
    for coupon, count in coupons.items():
        key = "goal.gift.coupon" if count == 1 else "goal.gift.coupons"
        parts.append(sentences.say(key, {"coupon": coupon, "count": count}))
    return sentences.forms["list"](parts)
