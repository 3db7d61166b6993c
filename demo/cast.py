"""The members who are in the chat when the demo starts, and what they have done there already."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from core.insight.members import member_of
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.chats.join_chat import PhoneJoin, join_by_phone, open_chat
from core.services.common import LineIn, MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, record_purchase
from core.services.purchases.refund import RefundOrder, refund
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from demo.loading import card_number, phone
from demo.names import name_of


@dataclass(frozen=True)
class Person:
    """Somebody with a Telegram account. household: whose card is theirs. joined: the chat knows the card already."""

    chat_id: int
    name: str
    username: str
    language_code: str
    phone: str
    household: int | None = None
    joined: bool = True


def _of(household: int, username: str, language_code: str, joined: bool = True) -> Person:
    return Person(
        7_000_000 + household, name_of(household), username, language_code, phone(household), household, joined
    )


PLATINUM = _of(2274, "jane_webb", "en")
GOLD = _of(1519, "zhang_jiahui", "zh-hans")
SILVER = _of(1918, "eva_abbott", "en")
DIAMOND = _of(2134, "una_sawyer", "en")
DIAMOND_ZH = _of(1899, "zhao_na", "zh-hans")
REGULAR = _of(1565, "chen_haoran", "zh-hans")
CARD_ALONE = _of(2368, "emma_shaw", "en", joined=False)
ENROLLED = Person(7_009_001, "Ben Carver", "ben_carver", "en", "+12155550191")
STRANGER = Person(7_009_002, "林小雨", "lin_xiaoyu", "zh-hans", "+12155550192", joined=False)

PEOPLE = [PLATINUM, GOLD, SILVER, DIAMOND, DIAMOND_ZH, REGULAR, ENROLLED, CARD_ALONE, STRANGER]
CELEBRATING = 1519
"""Whose birthday is the day after the data's last day, a day's move of the clock away."""
HOUSEHOLDS = [person.household for person in PEOPLE if person.household is not None]
"""Loaded before all others, in this order."""


def join_cast(shop: Shop, members: int) -> list[Person]:
    """Bring the cast whose households are among the first `members` into their chats, each with a story. Twice is once.

    Gives all people with a Telegram account, those who have not joined among them.
    """
    present = [each for each in PEOPLE if each.household is None or each.household in HOUSEHOLDS[:members]]
    _once(shop, "enrolled", lambda caller: enrol(shop, caller, EnrolForm(name=ENROLLED.name, phone=ENROLLED.phone)))
    for person in present:
        if person.joined:
            open_chat(shop, person.chat_id, person.language_code)
            _joined(shop, person)
    for person, story in STORIES:
        if person in present:
            with suppress(Refused):  # a visitor of the demo asked to be forgotten
                story(shop, person)
    return present


def _platinum(shop: Shop, person: Person) -> None:
    _visited(shop, person, days=6)
    _claimed(shop, person, "five-a-day")
    _took(shop, person, "coffee")


def _gold(shop: Shop, person: Person) -> None:
    _visited(shop, person, days=2)
    _claimed(shop, person, "go-organic")
    _took(shop, person, "voucher-5")


def _silver(shop: Shop, person: Person) -> None:
    _claimed(shop, person, "fresh-bread")


def _diamond(shop: Shop, person: Person) -> None:
    """Took a box, bought flowers and brought half of them back."""
    _took(shop, person, "tasting-box")
    flowers = LineIn(sku="flowers", category="floral", quantity=2, unit_price=1250, regular_price=1499)
    member = MemberRef(card_number=card_number(person.household or 0))

    def bought(caller: Caller) -> None:
        order = PurchaseOrder(
            external_id="demo-flowers", member=member, occurred_at=shop.now(), store="store-1", channel="shop",
            lines=[flowers],
        )  # fmt: skip
        purchase = record_purchase(shop, caller, order)
        back = RefundOrder(purchase_id=purchase.id, external_id="demo-flowers-back", amount=flowers.unit_price)
        refund(shop, Caller(caller.actor, f"{caller.key}:back"), back)

    _once(shop, "flowers", bought)


STORIES: list[tuple[Person, Callable[[Shop, Person], None]]] = [
    (PLATINUM, _platinum),
    (GOLD, _gold),
    (SILVER, _silver),
    (DIAMOND, _diamond),
]


def _joined(shop: Shop, person: Person) -> None:
    wish = PhoneJoin(chat_id=person.chat_id, phone=person.phone)
    _once(shop, f"join:{person.chat_id}", lambda caller: join_by_phone(shop, caller, wish))


def _visited(shop: Shop, person: Person, days: int) -> None:
    """Checked in on each of the days before this one."""
    wish = CheckInWish(member_id=_id(shop, person))
    for ago in range(days, 0, -1):
        then = replace(shop, clock=_Standing(shop.now() - timedelta(days=ago)))
        _once(then, f"visit:{person.chat_id}:{ago}", partial(check_in, then, wish=wish))


def _claimed(shop: Shop, person: Person, offer: str) -> None:
    wish = OfferClaim(member_id=_id(shop, person), offer=offer)
    _once(shop, f"claim:{person.chat_id}:{offer}", lambda caller: claim_offer(shop, caller, wish))


def _took(shop: Shop, person: Person, reward: str) -> None:
    wish = RewardWish(member=MemberRef(id=_id(shop, person)), reward=reward)
    _once(shop, f"take:{person.chat_id}:{reward}", lambda caller: redeem_reward(shop, caller, wish))


def _id(shop: Shop, person: Person) -> int:
    with shop.read() as session:
        return member_of(session, MemberRef(phone=person.phone)).id


def _once(shop: Shop, name: str, step: Callable[[Caller], object]) -> None:
    """One step of a story, told once for all. What the program of today refuses is left out of it."""
    with suppress(Refused):
        step(Caller("demo", f"demo:{name}"))


@dataclass(frozen=True)
class _Standing:
    at: datetime

    def now(self) -> datetime:
        return self.at
