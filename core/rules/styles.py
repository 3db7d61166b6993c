"""How a member wants to be served (S6), and what follows for messages nobody asked for.

| style   | how many of what the shop sends at most | what is new                | reasons                         |
|---------|-----------------------------------------|----------------------------|---------------------------------|
| none    | all                                     | the familiar first         | two of them                     |
| lively  | all                                     | the new first              | two of them                     |
| fast    | two thirds a week                       | the familiar, two offers   | the best one                    |
| careful | two thirds a week, one a day            | the familiar first         | all, and why a message is there |
| calm    | a third a week, one a day               | the familiar, three offers | two of them                     |

What is new and the reasons of offers are core/rules/offers.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Manner:
    """share: of the week's caps, rounded down, at least one. per_day: never more on a day, whatever the shop allows.
    explained: each message says why it is there."""

    share: Fraction = Fraction(1)
    per_day: int | None = None
    explained: bool = False


MANNERS = {
    "lively": Manner(),
    "fast": Manner(share=Fraction(2, 3)),
    "careful": Manner(share=Fraction(2, 3), per_day=1, explained=True),
    "calm": Manner(share=Fraction(1, 3), per_day=1),
}
ORDINARY = Manner()


def manner_of(style: str | None) -> Manner:
    return MANNERS.get(style or "", ORDINARY)
