"""From pairs of outcomes, one after another, to the figures of the report; memory does not grow with the members."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

from core.program.schema import Program
from core.services.replaying.outcome import NOTICES, Outcome
from core.services.replaying.report import Moved, Sides, TierMove, UnpaidReward

MOST_AFFECTED = 10
FIGURES = ("active", "pending", "debt", "lapsed")


def balance(outcome: Outcome) -> int:
    return outcome.active + outcome.pending - outcome.debt


@dataclass
class Fold:
    """Everything that is counted, and the members with the largest differences."""

    draft: Program
    members: int = 0
    different: int = 0
    not_replayed: int = 0
    gaining: Moved = field(default_factory=Moved)
    losing: Moved = field(default_factory=Moved)
    sums: dict[str, Sides] = field(default_factory=lambda: {name: Sides() for name in FIGURES})
    notices: dict[str, Sides] = field(default_factory=lambda: {kind: Sides() for kind in NOTICES})
    refused: Counter[str] = field(default_factory=Counter)
    _moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    _unpaid: dict[tuple[str, str], UnpaidReward] = field(default_factory=dict)
    _heap: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, before: Outcome, after: Outcome) -> None:
        self.members += 1
        self.not_replayed += not after.replayed
        self._moves[before.tier, after.tier] += 1
        self._sum(before, after)
        self.refused.update(after.refused)
        for each in after.unpaid:
            told = UnpaidReward(reward=each.reward, reason=each.reason, times=0, points=0)
            row = self._unpaid.setdefault((each.reward, each.reason), told)
            row.times, row.points = row.times + 1, row.points + each.points
        if before != after:
            self.different += 1
            self._compare(before, after)

    def _sum(self, before: Outcome, after: Outcome) -> None:
        for name, sides in self.sums.items():
            sides.before += getattr(before, name)
            sides.after += getattr(after, name)
        for kind, sides in self.notices.items():
            sides.before += before.notices.get(kind, 0)
            sides.after += after.notices.get(kind, 0)

    def _compare(self, before: Outcome, after: Outcome) -> None:
        """Most affected is who gains or loses most; then who changes tier furthest, then who joined first."""
        difference = balance(after) - balance(before)
        moved = self.gaining if difference > 0 else self.losing
        if difference:
            moved.members, moved.points = moved.members + 1, moved.points + abs(difference)
        tiers = abs(self.draft.rank(after.tier) - self.draft.rank(before.tier))
        others = abs(after.lapsed - before.lapsed) + len(after.unpaid)
        entry = (abs(difference), tiers, others, -before.member_id)
        if len(self._heap) < MOST_AFFECTED:
            heappush(self._heap, entry)
        else:
            heappushpop(self._heap, entry)

    def affected(self) -> list[int]:
        """The ids of the most affected members, the most affected first."""
        return [-entry[-1] for entry in sorted(self._heap, reverse=True)]

    def moves(self) -> list[TierMove]:
        """The cells of the matrix that are not empty, from the lowest tiers up."""

        def place(cell: tuple[str, str]) -> tuple[int, str, int, str]:
            return self.draft.rank(cell[0]), cell[0], self.draft.rank(cell[1]), cell[1]

        return [
            TierMove(before=cell[0], after=cell[1], members=self._moves[cell])
            for cell in sorted(self._moves, key=place)
        ]

    def unpaid(self) -> list[UnpaidReward]:
        """What was taken most often first."""
        return sorted(self._unpaid.values(), key=lambda each: (-each.times, each.reward, each.reason))
