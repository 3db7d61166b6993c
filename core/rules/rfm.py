"""RFM: members cut into five by recency, frequency and money, each by itself, 5 the best.

The three measures and the fifths are those of A. M. Hughes, Strategic Database Marketing (1994), as J. R. Miglautsch,
Thoughts on RFM scoring, Journal of Database Marketing 8 (2000), describes them. Recency is the moment of the last
purchase, frequency the number of purchases of the last 365 days, monetary what they came to. Members who never bought
are not cut. Hughes leaves ties to the order of the file; here equal members are equal: a member's fifth is

    1 + floor(5 · (members who are strictly worse) / (all who bought))

so that the best fifth never holds more than a fifth of them, and whole crowds of one-time buyers are in the lowest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FIFTHS = 5


def places(bought: int) -> list[int]:
    """The places (from 1, the worst first) of the four members whose values cut `bought` members into fifths."""
    return [-(-above * bought // FIFTHS) for above in range(1, FIFTHS)] if bought else []


def fifth(value: Any, cuts: Sequence[Any]) -> int:
    """1 to 5. cuts: the values at those places. Strictly above the value at place k are those who have at least k
    worse ones."""
    return 1 + sum(1 for cut in cuts if value > cut)
