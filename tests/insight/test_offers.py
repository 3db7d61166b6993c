"""The offers of one member, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from core.insight.offers import OfferView, ranked
from core.rules.refusal import Refused
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line


def offers(shop: Shop, member_id: int) -> list[OfferView]:
    with shop.read() as session:
        return ranked(shop, session, member_id)


def ids(shop: Shop, member_id: int) -> list[str]:
    return [each.id for each in offers(shop, member_id)]


def claim(shop: Shop, member_id: int, offer: str) -> str:
    wish = OfferClaim(member_id=member_id, offer=offer)
    return claim_offer(shop, Caller("telegram:1", f"claim:{member_id}:{offer}"), wish).code


def reasons(shop: Shop, member_id: int, offer: str) -> list[dict[str, Any]]:
    return next(each.reasons for each in offers(shop, member_id) if each.id == offer)


def test_a_newcomer_sees_what_is_open(club: Shop) -> None:
    seen = offers(club, enrol_one(club))
    assert [each.id for each in seen] == ["play", "eat", "first-ten", "this-week"]
    assert seen[1].model_dump() == {
        "id": "eat",
        "name": {"en": "Eat", "zh-Hans": "吃"},
        "text": {"en": "10 % off", "zh-Hans": "九折"},
        "coupon": {
            "template": "tenth",
            "name": {"en": "10 % off food", "zh-Hans": "食品九折"},
            "terms": {},
            "discount": {"kind": "percent", "percent": 1000, "cap": 500},
            "min_spend": 2000,
            "categories": ["food"],
            "stacking": "together",
        },
        "until": None,
        "reasons": [{"code": "new_for_you", "category": "food"}],
        "claimed": False,
    }


def test_habits_come_from_purchases_of_the_last_180_days(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    for number in range(3):
        buy(club, member_id, f"T{number}", line(100, "toys"), line(200, "toys/cars", sku="car"))
        clock.move(days=1)
    buy(club, member_id, "F1", line(100, "food"))
    assert ids(club, member_id)[:2] == ["play", "eat"]
    assert reasons(club, member_id, "play") == [{"code": "often_bought", "category": "toys", "times": 3}]
    assert reasons(club, member_id, "eat") == [{"code": "bought_before", "category": "food"}]
    clock.move(days=178)
    assert ids(club, member_id)[:2] == ["eat", "play"]
    assert reasons(club, member_id, "play") == [{"code": "bought_before", "category": "toys"}]


def test_what_was_brought_back_is_no_habit(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    bought = buy(club, member_id, "F1", line(100, "food"))
    clock.move(hours=1)
    bring_back(club, bought.id, "B1", amount=100)
    assert reasons(club, member_id, "eat") == [{"code": "new_for_you", "category": "food"}]


def test_anothers_purchases_are_not_mine(club: Shop) -> None:
    ann, bob = enrol_one(club), enrol_one(club, "Bob")
    buy(club, bob, "F1", line(100, "food"))
    assert reasons(club, ann, "eat") == [{"code": "new_for_you", "category": "food"}]


def test_what_is_claimed_comes_last_and_says_so(club: Shop) -> None:
    member_id = enrol_one(club)
    claim(club, member_id, "play")
    assert [(each.id, each.claimed) for each in offers(club, member_id)] == [
        ("eat", False),
        ("first-ten", False),
        ("this-week", False),
        ("play", True),
    ]


def test_what_cannot_be_had_is_left_out(club: Shop) -> None:
    ann = enrol_one(club)
    code = claim(club, ann, "first-ten")
    assert ("first-ten", True) in [(each.id, each.claimed) for each in offers(club, ann)]
    use = CouponUse(code=code, external_id="R1", lines=[line(9_000, "food")])
    redeem_coupon(club, Caller("till:1", "use"), use)
    assert "first-ten" not in ids(club, ann)  # one a member
    late = enrol_one(club, "late")
    assert "first-ten" in ids(club, late)
    for number in range(9):
        claim(club, enrol_one(club, f"M{number}"), "first-ten")
    assert "first-ten" not in ids(club, late)  # ten in all


def test_gold_sees_its_own_offer_first_until_it_is_gold_no_more(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    buy(club, member_id, "R1", line(100_000, "food"))
    assert ids(club, member_id)[0] == "golden"
    clock.move(days=400)
    assert "golden" not in ids(club, member_id)


def test_seasons(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    assert "april" not in ids(club, member_id)
    assert {"code": "ends_soon", "until": "2026-03-08T00:00:00+08:00"} in reasons(club, member_id, "this-week")
    clock.move(days=35)
    assert "april" in ids(club, member_id)
    assert "this-week" not in ids(club, member_id)


@pytest.mark.parametrize(
    ("style", "seen"),
    [
        ("lively", ["play", "eat", "first-ten", "this-week"]),
        ("calm", ["eat", "play", "first-ten"]),
        ("fast", ["eat", "play"]),
        ("careful", ["eat", "play", "first-ten", "this-week"]),
    ],
)
def test_a_member_is_served_in_the_style_chosen(club: Shop, style: Any, seen: list[str]) -> None:
    member_id = enrol_one(club)
    buy(club, member_id, "F1", line(100, "food"))
    update_member(club, Caller("telegram:1", "style"), MemberChange(member_id=member_id, style=style))
    assert ids(club, member_id) == seen


def test_nobody_has_no_offers(club: Shop) -> None:
    with pytest.raises(Refused, match="unknown-member"):
        offers(club, 77)
