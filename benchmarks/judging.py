"""Judging one purchase by the rules alone, beside the same arithmetic written straight in Python."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from benchmarks.rows import Row
from benchmarks.shops import NOW, PROGRAM
from core.program.loading import load_file
from core.rules.earning import Basket, Buyer, Line, judge

MOST = 6
ROUNDS = 40
STORE = PROGRAM.parent / "department-store.toml"
CATEGORIES = ["department/shoes", "department"] * 3 + ["supermarket"] * 3 + ["dining", "appliances"]
RATES = {"vip": Fraction(1), "silver": Fraction(3, 2), "platinum": Fraction(2), "diamond": Fraction(5, 2)}
ZONE = ZoneInfo("Asia/Shanghai")


def beside_plain_python(quick: bool) -> list[Row]:
    """Baskets of about nine lines, held by members of every card."""
    program = load_file(STORE)
    cases = _cases(20 if quick else 500)
    assert [judge(program, 1, *case)[0].points for case in cases] == [_straight(*case) for case in cases]
    ours, peer = [], []
    for _ in range(3 if quick else ROUNDS):
        ours.append(_microseconds(lambda basket, buyer: judge(program, 1, basket, buyer), cases))
        peer.append(_microseconds(_straight, cases))
    ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)]
    return [
        Row("judging a purchase by the rules", median(ours), "µs"),
        Row("the same arithmetic straight in Python", median(peer), "µs"),
        Row("rules over straight Python", median(ratios), "ratio", MOST, at_most=True),
    ]


def _microseconds(judged: Callable[[Basket, Buyer], object], cases: list[tuple[Basket, Buyer]]) -> float:
    before = perf_counter()
    for basket, buyer in cases:
        judged(basket, buyer)
    return (perf_counter() - before) * 1e6 / len(cases)


def _straight(basket: Basket, buyer: Buyer) -> int:
    """What the base rule of programs/department-store.toml comes to: exact for each category, rounded down once."""
    rate = RATES.get(buyer.tier)
    if rate is None:
        return 0
    if basket.occurred_at.astimezone(ZONE).day == 8:
        rate *= 2
    amounts: dict[str, int] = {}
    for line in basket.lines:
        category = line.category.split("/", 1)[0]
        amounts[category] = amounts.get(category, 0) + line.quantity * line.unit_price
    total = Fraction(0)
    for amount in amounts.values():
        total += rate * amount / 100
    return total.__floor__()


def _cases(count: int) -> list[tuple[Basket, Buyer]]:
    random = Random(3)
    return [(_basket(random), Buyer(random.choice(["none", *RATES]), False, date(1980, 5, 1))) for _ in range(count)]


def _basket(random: Random) -> Basket:
    lines = tuple(
        Line(number, f"sku-{random.randrange(1000)}", random.choice(CATEGORIES), random.choice([1, 1, 2]), price, price)
        for number, price in enumerate((random.randrange(50, 90_000) for _ in range(random.randrange(1, 18))), 1)
    )
    return Basket(NOW + timedelta(hours=random.randrange(24 * 60)), "shop", lines)
