"""The lift against the holdout, on worlds whose lift is known."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from core.rules.lift import Effect, Sample, lift, pairwise, rate_lift

WORLDS = 1000


def people(random: Random, buying: float, scale: float) -> list[int]:
    """What 4,000 people would spend: most nothing, a few much (lognormal); minor units."""
    buyers = round(4000 * buying)
    return [round(2000 * scale * random.lognormvariate(0, 0.9)) for _ in range(buyers)] + [0] * (4000 - buyers)


def drawn(random: Random, among: list[int], count: int) -> Sample:
    amounts = [each for each in random.choices(among, k=count) if each]
    return Sample.of(count, len(amounts), amounts)


@pytest.mark.parametrize(
    ("members", "buying", "more_buy", "more_spent"),
    [(2000, 0.25, 1.0, 1.0), (2000, 0.25, 1.1, 1.1)],
)
def test_the_interval_covers_the_known_lift(members: int, buying: float, more_buy: float, more_spent: float) -> None:
    """A holdout of 5 %. Lift found in worlds without one would be a finding of nothing."""
    random = Random(5)
    held_out = members // 20
    without = people(Random(1), buying, 1)
    with_it = people(Random(1), buying * more_buy, more_spent) if more_buy * more_spent > 1 else without
    known = Fraction(sum(with_it) - sum(without), len(without))
    covered = found = 0
    for _ in range(WORLDS):
        effect = lift(drawn(random, with_it, members - held_out), drawn(random, without, held_out))
        assert effect.low is not None
        assert effect.high is not None
        covered += effect.low <= known <= effect.high
        found += effect.verdict == "more"
    assert 930 <= covered <= 970
    if known == 0:
        assert found <= 50


def test_arms_that_are_alike_are_rarely_told_apart() -> None:
    """Three pairs in each world; with intervals at 95 % each, some pair would be told apart in about 12 % of worlds."""
    random, among = Random(9), people(Random(1), 0.3, 1)
    told_apart = 0
    for _ in range(400):
        found = pairwise({arm: drawn(random, among, 500) for arm in "abc"})
        assert list(found) == [("a", "b"), ("a", "c"), ("b", "c")]
        told_apart += any(each.verdict != "not-conclusive" for each in found.values())
    assert told_apart <= 28  # 5 %, and two standard errors of it


def test_the_shares_of_buyers_are_compared_as_newcombe_does() -> None:
    """56 of 70 against 48 of 80: example (a) of the paper, method 10."""
    effect = rate_lift(Sample(70, 56), Sample(80, 48))
    assert effect.difference == Fraction(1, 5)
    assert (round(effect.low or 0, 4), round(effect.high or 0, 4)) == (0.0524, 0.3339)
    assert effect.verdict == "more"
    assert rate_lift(Sample(80, 48), Sample(70, 56)).verdict == "less"
    assert rate_lift(Sample(80, 48), Sample(70, 48)).verdict == "not-conclusive"


def test_the_estimate_is_exact_and_its_mirror_is_the_other_way_round() -> None:
    sent = Sample.of(300, 100, [10_000_000_001] * 100)
    held = Sample.of(100, 20, [10_000_000_000] * 20)
    effect, mirrored = lift(sent, held), lift(held, sent)
    assert effect.difference == Fraction(10_000_000_001, 3) - 2_000_000_000
    assert effect.verdict == "more"
    assert mirrored.low == pytest.approx(-(effect.high or 0), rel=1e-6)
    assert mirrored.verdict == "less"


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        (Sample.of(5000, 400, [900] * 400), Sample.of(29, 29, [1] * 29)),  # hardly anybody is held out
        (Sample(5000), Sample(250)),  # nobody bought
        (Sample.of(5000, 3, [900, 700, 800_000]), Sample(250)),  # one purchase decides
        (Sample(0), Sample(0)),
    ],
)
def test_too_few_is_said_and_no_interval_made_up(sent: Sample, held: Sample) -> None:
    assert lift(sent, held) == Effect(sent.mean - held.mean, None, None, "too-few")


def test_the_more_comparisons_the_wider_each_interval() -> None:
    sent, held = Sample.of(900, 300, [100] * 300), Sample.of(100, 20, [100] * 20)
    assert [lift(sent, held, many).verdict for many in (1, 2, 20)] == ["more", "more", "not-conclusive"]
