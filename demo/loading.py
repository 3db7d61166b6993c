"""Put the households and their baskets into the books, through the services a till would call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.program.schema import Program
from core.rules.refusal import Refusal
from core.services.books.run_due import run_due
from core.services.common import LineIn, MemberRef, Result, Wish
from core.services.importing.import_members import enrol_many
from core.services.members.enrol import EnrolForm
from core.services.moved_clock import MARK
from core.services.once import Caller, once
from core.services.purchases.known_purchases import known_purchases
from core.services.purchases.record_purchase import PurchaseOrder, record_purchases
from core.shop import Shop
from demo.households import LAST_DAY, OTHER, BasketLine, Household, Journey, RealBasket, moved, slug
from demo.names import name_of, number, speaks_chinese

PREFIX = "cj-"
AREAS = [203, 212, 215, 267, 301, 304, 313, 315, 330, 401, 404, 410, 412, 413, 502, 508, 513, 518, 540, 603, 607, 614,
         617, 716, 740]  # fmt: skip
"""Area codes; their numbers 555-0100 to 555-0199 are nobody's."""

Progress = Callable[[int, int], None]


class Anchor(Result):
    """The business day that the data's last day was moved to when this database was first filled."""

    day: date


@dataclass
class Loaded:
    """purchases: posted now; known: there already; ahead: of the last day, but later than now."""

    members: int
    purchases: int = 0
    known: int = 0
    ahead: int = 0

    @property
    def seen(self) -> int:
        return self.purchases + self.known + self.ahead


def card_number(household: int) -> str:
    return f"7000{household:08d}"


def phone(household: int) -> str:
    """No number here can be rung: see AREAS."""
    area, last = divmod(household - 1, 100)
    return f"+1{AREAS[area]}55501{last:02d}"


def load(shop: Shop, count: int, first: list[int], celebrating: int, progress: Progress) -> Loaded:
    """Enrol `count` households, those of `first` before all others, and post what is not yet in the books.

    Done again it goes on where it stopped. celebrating: a household whose birthday is the day after the data's last.
    progress: purchases dealt with, and how many there are. Raises DataMissing.
    """
    anchor = once(shop, Caller("demo", MARK), Wish(), Anchor, lambda _: Anchor(day=_today(shop)))
    journey = Journey()
    try:
        households = journey.households(count, first)
        days = (anchor.day - LAST_DAY).days
        _enrol(shop, households, days, celebrating)
        return _post(shop, journey, [each.number for each in households], days, progress)
    finally:
        journey.close()


def _today(shop: Shop) -> date:
    with shop.reading() as (_, program):
        return shop.now().astimezone(program.program.zone).date()


def _enrol(shop: Shop, households: list[Household], days: int, celebrating: int) -> None:
    with shop.reading() as (_, program):
        zone = program.program.zone
    tomorrow = LAST_DAY + timedelta(days=days + 1)
    forms = [
        _form(each, moved(each.first_seen, days, zone), tomorrow if each.number == celebrating else _birthday(each))
        for each in households
    ]
    for outcome in enrol_many(shop, Caller("demo", ""), forms):
        if isinstance(outcome, Refusal):
            raise RuntimeError(f"a member of the demo was refused: {outcome}")


def _birthday(household: Household) -> date:
    return date(LAST_DAY.year, 1, 1) + timedelta(days=number(household.number, "birthday") % 365)


def _form(household: Household, first_seen: datetime, birthday: date) -> EnrolForm:
    year = LAST_DAY.year - 20 - number(household.number, "age") % 60
    day = 28 if (birthday.month, birthday.day) == (2, 29) else birthday.day
    return EnrolForm(
        name=name_of(household.number),
        card_number=card_number(household.number),
        phone=phone(household.number),
        birthday=date(year, birthday.month, day),
        language="zh-Hans" if speaks_chinese(household.number) else "en",
        consents=["offers", "care", "statement"],
        joined_at=first_seen - timedelta(minutes=1),
    )


def _post(shop: Shop, journey: Journey, households: list[int], days: int, progress: Progress) -> Loaded:
    with shop.reading() as (_, program):
        zone = program.program.zone
    known, now, total = known_purchases(shop, PREFIX), shop.now(), journey.count(households)
    loaded = Loaded(len(households))

    def orders() -> Iterator[PurchaseOrder]:
        for basket in journey.baskets(households):
            at = moved(basket.at, days, zone)
            if f"{PREFIX}{basket.number}" in known:
                loaded.known += 1
            elif at > now:
                loaded.ahead += 1
            else:
                yield _order(program, basket, at)

    for order, outcome in record_purchases(shop, Caller("demo", ""), orders()):
        if isinstance(outcome, Refusal):
            raise RuntimeError(f"the demo's purchase {order.external_id} was refused: {outcome}")
        loaded.purchases += 1
        progress(loaded.seen, total)
    progress(total, total)
    run_due(shop)
    return loaded


def _order(program: Program, basket: RealBasket, at: datetime) -> PurchaseOrder:
    return PurchaseOrder(
        external_id=f"{PREFIX}{basket.number}",
        member=MemberRef(card_number=card_number(basket.household)),
        occurred_at=at,
        store=f"store-{basket.store}",
        channel="shop",
        lines=[_line(program, line) for line in basket.lines],
    )


def _line(program: Program, line: BasketLine) -> LineIn:
    category = slug(line.department)
    return LineIn(
        sku=line.sku,
        category=category if category and program.category(category) else OTHER,
        quantity=line.quantity,
        unit_price=line.unit_price,
        regular_price=line.regular_price,
    )
