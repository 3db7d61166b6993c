"""When a member rose to a higher tier, proven from what qualifies alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from core.rules import tier_cards
from core.rules.contributions import Contribution, ProgramAt, Rise, lives
from core.rules.tiers import holding


def rises(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> list[Rise]:
    """Every rise up to `at`, as far as is known then: one that corrections disproved is none.

    The order in which purchases arrived leaves no trace.
    """
    if program_at(at).tiering.kind == "cards":
        return [rise for life in lives(contributions, at) for rise in tier_cards.rises(program_at, life, at)]
    facts = [replace(each, known=each.at) for each in contributions if each.at <= at and each.known <= at]
    return _watched(program_at, facts, at)


def _watched(program_at: ProgramAt, facts: list[Contribution], at: datetime) -> list[Rise]:
    """A tier changes with what qualifies or at a review: looking at it then misses nothing."""
    ahead = sorted({each.at for each in facts}, reverse=True)
    tier, review = program_at(ahead[-1] if ahead else at).tiers[0].id, None
    found = []
    while ahead or review is not None:
        moment = min(each for each in (*ahead[-1:], review) if each is not None)
        if moment > at:
            break
        if ahead and ahead[-1] == moment:
            ahead.pop()
        held = holding(program_at, facts, moment)
        if program_at(moment).rank(held.tier) > program_at(moment).rank(tier):
            found.append(Rise(tier, held.tier, moment))
        tier, review = held.tier, held.review_at
    return found
