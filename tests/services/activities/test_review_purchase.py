"""A purchase has one review: its member's."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from core.insight.feedback import feedback
from core.rules.refusal import Refused
from core.services.activities.review_purchase import ReviewIn, review_purchase
from core.services.once import Caller
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import buy, dump, enrol_one, line


def review(shop: Shop, member_id: int, purchase_id: int, stars: int) -> int:
    wish = ReviewIn(member_id=member_id, purchase_id=purchase_id, stars=stars)
    return review_purchase(shop, Caller("telegram:1", f"{member_id}:{purchase_id}:{stars}"), wish).id


def test_who_taps_again_has_changed_their_mind(shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(shop, "Ann")
    first, second = (buy(shop, ann, each, line(5000)).id for each in ("p1", "p2"))
    at = clock.now()
    given = review(shop, ann, first, 2)
    clock.move(hours=1)
    assert (review(shop, ann, first, 5), review(shop, ann, second, 1) == given) == (given, False)
    with shop.read() as session:
        said = feedback(session, None, 5, "review")
    assert [(each.purchase_id, each.stars, each.text) for each in said] == [(second, 1, ""), (first, 5, "")]
    assert said[1].at == at


def test_nobody_else_reviews_it(shop: Shop) -> None:
    ann, bo = enrol_one(shop, "Ann"), enrol_one(shop, "Bo")
    bought = buy(shop, ann, "p1", line(5000)).id
    before = dump(shop)
    for member_id, purchase_id in ((bo, bought), (ann, bought + 1)):
        with pytest.raises(Refused) as refused:
            review(shop, member_id, purchase_id, 5)
        assert refused.value.refusal.reason == "unknown-purchase"
    for stars in (0, 6):
        with pytest.raises(ValidationError):
            review(shop, ann, bought, stars)
    assert dump(shop) == before
