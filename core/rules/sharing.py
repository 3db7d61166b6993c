"""How a bot's rate is shared out among the processes that send as it. All figures are messages a second."""

from __future__ import annotations

from collections.abc import Sequence

FLOOR, CEILING = 10, 3
"""Of the rate a tenth is kept for replies at least, but no more than ten; a third at most."""
GROWTH = 2
"""What lately sufficed may double before more is asked for."""


def headroom(rate: int, replies: Sequence[int]) -> int:
    """What the sending process leaves to those that reply. replies: what each of them lately needed."""
    if not replies:
        return 0
    least = max(len(replies), min(rate // FLOOR, FLOOR))
    most = max(len(replies), rate // CEILING)
    return min(max(least, GROWTH * sum(replies)), most, rate - 1)


def part(whole: int, among: int) -> float:
    """An equal part."""
    return whole / max(1, among)
