"""What a message brought: those it was meant for against those held out, who were drawn by lot.

Intention to treat (Fisher 1935; Gupta 2011, Perspectives in Clinical Research 2:109): everybody whom the lot meant the
message for is counted with those it was sent to, whether it arrived or not. Who can be reached buys more anyway.

Amounts come in as exact integers, and differences of means go out as exact fractions. The bounds of intervals are
statistics, and floats: they are reported, and never booked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import sqrt
from statistics import NormalDist
from typing import Literal

Verdict = Literal["more", "less", "not-conclusive", "too-few"]
"""more, less: the whole interval lies above, or below, 0. too-few: no interval would hold what it promises."""

LEVEL = 0.95
FEWEST = 30
"""Members of the smaller group, below which nothing is said."""
MOST_SKEWED = 1.5
"""Skewness of the difference above which nothing is said, since the correction for it turns round there. The smaller
group must have about half as many members as the square of the amounts' skewness."""
MOST_UNEQUAL = 2.0
"""How far apart the groups' variances are taken to be at most."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One group: its members, how many of them bought, and the sums of its members' amounts, squares and cubes."""

    members: int
    buyers: int = 0
    total: int = 0
    squares: int = 0
    cubes: int = 0

    @classmethod
    def of(cls, members: int, buyers: int, amounts: Iterable[int]) -> Sample:
        """amounts: one a member, in any order; those that are 0 may be left out. Takes any number with flat memory."""
        total = squares = cubes = 0
        for amount in amounts:
            total += amount
            squares += amount * amount
            cubes += amount * amount * amount
        return cls(members, buyers, total, squares, cubes)

    @property
    def mean(self) -> Fraction:
        return Fraction(self.total, self.members) if self.members else Fraction(0)


@dataclass(frozen=True, slots=True)
class Effect:
    """The first group's mean less the second's, exactly, and the interval that covers the true difference in 95 % of
    worlds; without bounds where there are too few to say."""

    difference: Fraction
    low: float | None
    high: float | None
    verdict: Verdict


def lift(sent: Sample, held: Sample, comparisons: int = 1) -> Effect:
    """The difference of mean amounts, by a score interval that knows how skewed spending is.

    Most members spend nothing and a few spend much, and the held-out are few. Welch's interval then covers 89 to 93 %
    and finds lift in 6 to 11 % of worlds without any: a holdout that happens to lack big spenders looks poor and
    certain at once. So variance and skewness are those of both groups together, which the lot made alike, held in
    proportion to the mean (the variance function of quasi-likelihood for counts; McCullagh and Nelder 1989, ch. 9),
    under the difference that is being tested (a score interval; Wilson 1927, JASA 22:209), and the quantiles are
    corrected for skewness (Cornish and Fisher 1938; Hall 1992, The Bootstrap and Edgeworth Expansion, 2.5).

    comparisons: of how many in a family this is one (Bonferroni: each is made at 1 - 0.05 / comparisons).
    """
    difference = sent.mean - held.mean
    if min(sent.members, held.members) < FEWEST:
        return Effect(difference, None, None, "too-few")
    spread = _Spread(sent, held)
    if spread.second == 0 or abs(spread.skewness(float(difference))) > MOST_SKEWED:
        return Effect(difference, None, None, "too-few")
    z = _quantile(comparisons)
    return _effect(difference, spread.bound(z), spread.bound(-z))


def rate_lift(sent: Sample, held: Sample, comparisons: int = 1) -> Effect:
    """The difference of the shares of members who bought, from Wilson's interval of each (Newcombe 1998, Statistics in
    Medicine 17:873, method 10), which holds for small and unequal groups."""
    shares = [Fraction(each.buyers, each.members) if each.members else Fraction(0) for each in (sent, held)]
    difference = shares[0] - shares[1]
    if min(sent.members, held.members) < FEWEST:
        return Effect(difference, None, None, "too-few")
    z = _quantile(comparisons)
    (low, high), (held_low, held_high) = (_wilson(each.buyers, each.members, z) for each in (sent, held))
    p, q = float(shares[0]), float(shares[1])
    below = sqrt((p - low) ** 2 + (held_high - q) ** 2)
    above = sqrt((high - p) ** 2 + (q - held_low) ** 2)
    return _effect(difference, float(difference) - below, float(difference) + above)


def pairwise(arms: Mapping[str, Sample]) -> dict[tuple[str, str], Effect]:
    """Each arm of an experiment against each later one. Bonferroni: that any of the intervals misses, or any difference
    is found where there is none, has a probability of 5 % at most."""
    pairs = list(combinations(arms, 2))
    return {(a, b): lift(arms[a], arms[b], len(pairs)) for a, b in pairs}


class _Spread:
    """Variance and skewness of the difference of two means, under a true difference that is assumed."""

    def __init__(self, sent: Sample, held: Sample) -> None:
        self._sent, self._held = sent, held
        self._n, self._m = sent.members, held.members
        self._difference = float(sent.mean - held.mean)
        self._mean = float(Fraction(sent.total + held.total, sent.members + held.members))
        self._seconds = [_second(each) for each in (sent, held)]
        self._thirds = [_third(each) for each in (sent, held)]
        self.second = sum(self._seconds)

    def _moments(self, difference: float) -> tuple[float, float]:
        """Variance and third central moment of the difference of means."""
        held = self._mean - difference * self._n / (self._n + self._m)
        ratio = held / (held + difference) if min(held, held + difference) > 0 else 1.0
        ratio = min(max(ratio, 1 / MOST_UNEQUAL), MOST_UNEQUAL)
        variance = (self._seconds[0] + self._seconds[1] / ratio) / (self._n + self._m - 2)
        third = (self._thirds[0] + self._thirds[1] / ratio) / (self._n + self._m)
        return (
            variance / self._n + variance * ratio / self._m,
            third / self._n**2 - third * ratio / self._m**2,
        )

    def skewness(self, difference: float) -> float:
        second, third = self._moments(difference)
        return third / float(second**1.5)

    def bound(self, z: float) -> float:
        """The true difference under which what was seen would lie z standard errors above it: found by iteration, which
        converges at once since the variance hardly depends on the difference."""
        bound = self._difference
        for _ in range(30):
            second, _third = self._moments(bound)
            corrected = z + self.skewness(bound) / 6 * (z * z - 1)
            bound = self._difference - corrected * sqrt(second)
        return bound


def _second(of: Sample) -> float:
    """The sum of squared distances from the mean."""
    return float(of.squares - of.total * of.mean)


def _third(of: Sample) -> float:
    """The sum of cubed distances from the mean."""
    return float(of.cubes - 3 * of.mean * of.squares + 2 * of.members * of.mean**3)


def _wilson(found: int, of: int, z: float) -> tuple[float, float]:
    share = found / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return middle - half, middle + half


def _quantile(comparisons: int) -> float:
    return NormalDist().inv_cdf(1 - (1 - LEVEL) / (2 * max(1, comparisons)))


def _effect(difference: Fraction, low: float, high: float) -> Effect:
    verdict: Verdict = "more" if low > 0 else "less" if high < 0 else "not-conclusive"
    return Effect(difference, low, high, verdict)
