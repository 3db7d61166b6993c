"""Prize draws that can be proven: commit to a secret seed, derive every outcome from it, reveal it afterwards.

Before anybody plays a round, the shop draws a seed of 256 random bits, written as 64 hexadecimal digits, and shows

    commitment = SHA-256(seed)

A play has a number in its round: 1, 2, 3 …. With D tickets (the odds' common denominator), it draws the ticket

    digest = HMAC-SHA256(key = seed, message = "DRAW:ROUND:NUMBER:MEMBER"),  ticket = digest mod D

where a digest of at least D × ⌊2^256 / D⌋ is passed over for that of the message with ":1" (":2", …) behind it, so that
all D tickets are exactly as likely as the digest's values (rejection sampling). A prize has odds × D of the tickets,
counted from 0 in the order of the program's file. Seed and messages are ASCII text. HMAC: RFC 2104, FIPS 198-1.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import count
from math import erfc, exp, fsum, gamma, sqrt

from core.program.prize_draws import Prize, PrizeDraw
from core.program.schema import Program
from core.rules.refusal import Refusal
from core.rules.terms import business_day, plus_months, start_of_day

SPACE = 2**256
"""How many values a digest has."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """number: from 0 to one below the draw's tickets. digest: the one that gave it, in hexadecimal."""

    number: int
    digest: str


def commitment(seed: str) -> str:
    """What is shown before the first play: 64 hexadecimal digits."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawn(seed: str, draw: str, round_number: int, play: int, member_id: int, tickets: int) -> Ticket:
    """The ticket of a play."""
    about = f"{draw}:{round_number}:{play}:{member_id}"
    for turn in count():
        message = f"{about}:{turn}" if turn else about
        digest = hmac.digest(seed.encode(), message.encode(), "sha256")
        number = fair(int.from_bytes(digest, "big"), tickets)
        if number is not None:
            return Ticket(number, digest.hex())
    raise AssertionError("count() does not end")


def fair(value: int, tickets: int, space: int = SPACE) -> int | None:
    """The ticket for one of `space` equally likely values; None for the few at the end that would favour some."""
    return value % tickets if value < space - space % tickets else None


def prize_of(draw: PrizeDraw, ticket: int) -> Prize | None:
    """Whose ticket it is; None: nobody's."""
    begin = 0
    for prize in draw.prizes:
        begin += int(prize.odds * draw.tickets)
        if ticket < begin:
            return prize
    return None


def playable(draw: PrizeDraw, tier: str, today: int, ever: int, now: datetime) -> Refusal | None:
    """Given how often the member played. Refusals: prize-draw-not-yet, prize-draw-over, prize-draw-not-for-tier,
    prize-draw-limit-day, prize-draw-limit."""
    if draw.since is not None and now < draw.since:
        return Refusal("prize-draw-not-yet", {"draw": draw.id, "since": draw.since.isoformat()})
    if draw.until is not None and now >= draw.until:
        return Refusal("prize-draw-over", {"draw": draw.id, "until": draw.until.isoformat()})
    if draw.tiers and tier not in draw.tiers:
        return Refusal("prize-draw-not-for-tier", {"draw": draw.id, "tier": tier, "tiers": list(draw.tiers)})
    if draw.per_member is not None and ever >= draw.per_member:
        return Refusal("prize-draw-limit", {"draw": draw.id, "limit": draw.per_member})
    if draw.per_day is not None and today >= draw.per_day:
        return Refusal("prize-draw-limit-day", {"draw": draw.id, "limit": draw.per_day})
    return None


def running(draw: PrizeDraw, now: datetime) -> bool:
    """Whether it can be played at that moment."""
    return (draw.since is None or draw.since <= now) and (draw.until is None or now < draw.until)


def round_ends(program: Program, draw: PrizeDraw, now: datetime) -> datetime:
    """The first moment after the round that opens now: the end of the business day or the month, or of the draw."""
    zone = program.program.zone
    today = business_day(now, zone)
    after: date = today + timedelta(days=1) if draw.rounds == "day" else plus_months(today.replace(day=1), 1)
    ends = start_of_day(after, zone)
    return ends if draw.until is None else min(ends, draw.until)


def chi_square(observed: Mapping[str, int], expected: Mapping[str, Fraction]) -> Fraction:
    """Pearson's statistic: Σ (observed − expected)² / expected, over what can happen at all."""
    return sum(((observed.get(key, 0) - mean) ** 2 / mean for key, mean in expected.items() if mean), Fraction(0))


def p_value(statistic: Fraction, degrees: int) -> float:
    """The chance of such a statistic, or a larger one, where the odds are as stated: the upper tail of the chi-square
    distribution (Abramowitz & Stegun 26.4.4, 26.4.5). A statistic over few plays is rough; it decides nothing."""
    half = float(statistic) / 2
    if degrees < 1:
        return 1.0
    if degrees % 2 == 0:
        return exp(-half) * fsum(half**term / gamma(term + 1) for term in range(degrees // 2))
    terms = (half ** (term + 0.5) / gamma(term + 1.5) for term in range((degrees - 1) // 2))
    return min(1.0, erfc(sqrt(half)) + exp(-half) * fsum(terms))
