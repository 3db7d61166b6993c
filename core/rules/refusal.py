"""A refusal is a value with a reason: rules return it, services raise it, doors put it into words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
Fact = str | int | bool | None | list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """reason: a stable kebab-case code; facts: what it was judged on, as data (points, minor units, ISO times, ids)."""

    reason: str
    facts: dict[str, Fact] = field(default_factory=dict)


class Refused(Exception):
    """Carries a refusal out of a service; the transaction it passes through is rolled back."""

    def __init__(self, reason: str, **facts: Fact) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason, facts)


def granted(answer: T | Refusal) -> T:
    """The answer of a rule; a refusal is raised."""
    if isinstance(answer, Refusal):
        raise Refused(answer.reason, **answer.facts)
    return answer
