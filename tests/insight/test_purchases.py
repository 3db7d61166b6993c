"""What a member bought, page by page, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.insight.purchases import history, purchase
from core.rules.refusal import Refused
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line


def test_pages_newest_first_whatever_the_order_of_arrival(club: Shop, clock: FrozenClock) -> None:
    member_id, other = enrol_one(club, joined_at=clock.now() - timedelta(days=99)), enrol_one(club, "Bob")
    now = clock.now()
    for number, days in enumerate([5, 1, 3, 3, 9]):
        buy(club, member_id, f"R{number}", line(1_000, "food"), at=now - timedelta(days=days))
    buy(club, other, "R9", line(1_000, "food"))
    with club.read() as session:
        seen, before = [], None
        while True:
            page = history(session, member_id, before, limit=2)
            seen += [each.external_id for each in page.items]
            before = page.next
            if before is None:
                break
    assert seen == ["R1", "R3", "R2", "R0", "R4"]


def test_a_purchase_shows_its_lines_and_what_it_brought(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    bought = buy(club, member_id, "R1", line(1_000, "food", 2), line(999, "toys", sku="ball"))
    clock.move(hours=1)
    bring_back(club, bought.id, "B1", lines={"tea": 1})
    with club.read() as session:
        shown = purchase(session, member_id, bought.id)
        assert history(session, member_id).items[0].points == shown.points
    assert (shown.total, shown.refunded, shown.points, shown.tier) == (2_999, 1_000, 19, "basic")
    assert [(each.number, each.sku, each.quantity, each.unit_price) for each in shown.lines] == [
        (1, "tea", 2, 1_000),
        (2, "ball", 1, 999),
    ]
    assert [(each.kind, each.points) for each in shown.entries] == [("accrual", 29), ("reversal", -10)]


def test_anothers_purchase_is_nobodys_business(club: Shop) -> None:
    ann, bob = enrol_one(club), enrol_one(club, "Bob")
    bought = buy(club, ann, "R1", line(1_000, "food"))
    with club.read() as session:
        assert history(session, bob).items == []
        for member_id, purchase_id in ((bob, bought.id), (ann, 77)):
            with pytest.raises(Refused) as caught:
                purchase(session, member_id, purchase_id)
            assert (caught.value.refusal.reason, caught.value.refusal.facts) == (
                "unknown-purchase",
                {"id": purchase_id},
            )
