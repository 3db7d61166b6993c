"""Members and purchases to measure with: about nine lines a basket, as in a grocer's year."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from benchmarks.shops import NOW
from core.services.common import LineIn, MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder
from core.shop import Shop

MEMBERS = 200
CATEGORIES = ["grocery"] * 10 + ["produce"] * 3 + ["meat", "deli", "pastry", "drug-gm", "nutrition", "fuel", "spirits"]


def card(member: int) -> str:
    return f"1000{member:08d}"


def enrol_members(shop: Shop) -> None:
    for member in range(MEMBERS):
        form = EnrolForm(
            name=f"Member {member}",
            card_number=card(member),
            birthday=date(1980, member % 12 + 1, 1),
            joined_at=NOW - timedelta(days=400),
        )
        enrol(shop, Caller("bench", f"member:{member}"), form)


def orders(count: int) -> list[PurchaseOrder]:
    """Each member's purchases come in the order of time, the same ones in every run."""
    random = Random(2)
    step = timedelta(days=300) / max(count, 1)
    return [_order(random, number, number * step) for number in range(count)]


def _order(random: Random, number: int, after: timedelta) -> PurchaseOrder:
    return PurchaseOrder(
        external_id=f"bench-{number}",
        member=MemberRef(card_number=card(number % MEMBERS)),
        occurred_at=NOW - timedelta(days=301) + after,
        store="store-1",
        channel="shop",
        lines=[basket_line(random) for _ in range(min(1 + int(random.expovariate(1 / 8.4)), 100))],
    )


def basket_line(random: Random) -> LineIn:
    price = random.randrange(50, 900)
    return LineIn(
        sku=str(random.randrange(10**6)),
        category=random.choice(CATEGORIES),
        quantity=random.choice([1, 1, 1, 2]),
        unit_price=price,
        regular_price=price + random.choice([0, 0, 50]),
    )
