"""Parking through the books: gifts once for each rise, days that lapse, draws that never go below nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text

from core.insight.benefits import BenefitView, benefits_of
from core.rules.refusal import Refused
from core.services.books.audit import audit
from core.services.common import LineIn, MemberRef
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, ensure_program, publish_program
from core.services.purchases.preview_purchase import preview_purchase
from core.services.purchases.record_purchase import PurchaseResult
from core.services.rewards.draw_benefit import BenefitDraw, BenefitDrawn, draw_benefit
from core.shop import Shop
from tests.at_once import at_once
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS, shanghai
from tests.shopping import TILL, bring_back, buy, dump, enrol_one, line, order, proven

STORE = Path(__file__).parent.parent.parent.parent / "programs" / "department-store.toml"
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # in Shanghai


@pytest.fixture
def store(bare_shop: Shop, clock: FrozenClock) -> Shop:
    """The department store, at noon."""
    clock.set(NOON)
    ensure_program(bare_shop, STORE)
    return bare_shop


def goods(yuan: int, quantity: int = 1, sku: str = "coat") -> LineIn:
    return line(yuan * 100, "department", quantity, sku)


def buys(shop: Shop, member_id: int, number: str, yuan: int) -> PurchaseResult:
    return buy(shop, member_id, number, goods(yuan, sku=f"coat-{number}"))


def parking(shop: Shop, member_id: int) -> tuple[int, int, int, int]:
    """gift, daily, drawn, available; nothing without a card."""
    found = [each for each in held(shop, member_id) if each.id == "parking"]
    return next(((each.gift, each.daily, each.drawn, each.available) for each in found), (0, 0, 0, 0))


def held(shop: Shop, member_id: int) -> list[BenefitView]:
    with shop.read() as session:
        return benefits_of(shop, session, member_id)


def draw(shop: Shop, member_id: int, amount: int, key: str = "draw", benefit: str = "parking") -> BenefitDrawn:
    wish = BenefitDraw(member=MemberRef(id=member_id), benefit=benefit, amount=amount)
    return draw_benefit(shop, Caller(TILL, key), wish)


def refused(shop: Shop, member_id: int, amount: int, benefit: str = "parking") -> tuple[str, dict[str, object]]:
    """A draw that is refused, and changes nothing."""
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        draw(shop, member_id, amount, "refused", benefit)
    assert dump(shop) == before
    return caught.value.refusal.reason, dict(caught.value.refusal.facts)


def test_a_day_brings_parking_and_lapses_with_it(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    assert held(store, ann) == []
    buys(store, ann, "1", 1_000)
    assert [each.id for each in held(store, ann)] == ["parking", "cinema"]
    assert parking(store, ann) == (0, 5, 0, 5)
    drawn = draw(store, ann, 3)
    assert (drawn.unit, drawn.amount, drawn.daily, drawn.gift, drawn.available) == ("hour", 3, 3, 0, 2)
    buys(store, ann, "2", 5_000)
    assert parking(store, ann) == (0, 6, 3, 3)
    clock.set(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))  # midnight
    assert parking(store, ann) == (0, 0, 0, 0)
    proven(store)


def test_only_what_counts_for_the_cards_brings_parking(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    buy(store, ann, "2", line(100_000, "supermarket"), line(100_000, "dining"), goods(500, 3), goods(199, 1, "hat"))
    assert parking(store, ann) == (0, 0, 0, 0)
    buys(store, ann, "3", 1)
    assert parking(store, ann) == (0, 2, 0, 2)


def test_a_rise_from_a_lower_card_brings_its_gift_once(store: Shop, clock: FrozenClock) -> None:
    ann, bob = enrol_one(store, "Ann"), enrol_one(store, "Bob")
    buys(store, ann, "1", 1_000)
    buys(store, bob, "b1", 5_000)  # silver at once: no lower card before it
    clock.move(days=1)
    assert parking(store, bob) == (0, 0, 0, 0)
    assert buys(store, ann, "2", 10_000).tier == "silver"
    clock.move(days=1)
    assert parking(store, ann) == (10, 0, 0, 10)
    buys(store, ann, "3", 100)
    assert parking(store, ann) == (10, 0, 0, 10)
    assert buys(store, ann, "4", 39_900).tier == "platinum"
    clock.move(days=1)
    assert parking(store, ann) == (30, 0, 0, 30)
    assert [row[2:6] for row in dump(store)["benefit_movement"]] == [
        ("parking", "gift", 0, 10),
        ("parking", "gift", 0, 20),
    ]
    proven(store)


def test_today_is_drawn_before_gifts_which_stay(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    buys(store, ann, "2", 10_000)
    assert parking(store, ann) == (10, 6, 0, 16)
    drawn = draw(store, ann, 8)
    assert (drawn.daily, drawn.gift, drawn.available) == (6, 2, 8)
    assert parking(store, ann) == (10, 6, 8, 8)
    clock.move(days=1)
    assert parking(store, ann) == (8, 0, 0, 8)
    assert refused(store, ann, 9) == ("benefit-short", {"benefit": "parking", "needed": 9, "available": 8})


def test_a_refund_takes_the_days_parking_and_owes_nothing_for_it(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    bought = buys(store, ann, "2", 600)
    draw(store, ann, 2)
    bring_back(store, bought.id, "r1", amount=40_001)
    assert parking(store, ann) == (0, 0, 2, 0)
    buys(store, ann, "3", 400)
    assert parking(store, ann) == (0, 2, 2, 0)
    buys(store, ann, "4", 1)
    assert parking(store, ann) == (0, 3, 2, 1)


def test_a_refund_that_takes_the_rise_back_takes_its_gift_and_the_next_rise_makes_good_what_was_drawn(
    store: Shop, clock: FrozenClock
) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    risen = buys(store, ann, "2", 10_000)
    clock.move(days=1)
    draw(store, ann, 4)
    assert bring_back(store, risen.id, "r1", amount=100).tier == "vip"
    assert parking(store, ann) == (0, 0, 4, 0)
    assert refused(store, ann, 1)[0] == "benefit-short"
    clock.move(days=1)
    assert buys(store, ann, "3", 1).tier == "silver"
    assert parking(store, ann) == (6, 0, 0, 6)
    proven(store)


def test_late_purchases_end_in_the_same_gifts(store: Shop, clock: FrozenClock) -> None:
    """Whatever order one day's purchases arrive in, it is as if each had been reported at once."""
    bought = [(1, 1_000), (2, 10_000), (3, 40_000)]
    for number, arrival in enumerate(permutations(bought)):
        member = enrol_one(store, f"M{number}")
        for hours, yuan in arrival:
            at = NOON.replace(hour=hours)
            result = buy(store, member, f"{number}-{hours}", goods(yuan), at=at)
        assert (result.tier, parking(store, member)) == ("platinum", (30, 6, 0, 36)), arrival
    proven(store)


def test_without_a_right_there_is_nothing_to_draw(store: Shop) -> None:
    ann = enrol_one(store)
    tiers = ["vip", "silver", "platinum", "diamond"]
    assert refused(store, ann, 1) == ("benefit-not-for-tier", {"benefit": "parking", "tier": "none", "tiers": tiers})
    assert refused(store, ann, 1, "sauna") == ("benefit-unknown", {"benefit": "sauna"})
    buys(store, ann, "1", 1_000)
    assert refused(store, ann, 1, "cinema") == ("benefit-not-drawn", {"benefit": "cinema"})
    assert refused(store, 77, 1)[0] == "unknown-member"


def test_the_same_draw_again_is_one(store: Shop) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    first = draw(store, ann, 2)
    before = dump(store)
    assert draw(store, ann, 2) == first
    with pytest.raises(Refused, match="key-reused"):
        draw(store, ann, 1)
    assert dump(store) == before


def test_sixty_four_tills_draw_exactly_what_there_is(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    buys(store, ann, "2", 10_000)  # 6 of the day, 10 as a gift
    drawn, refusals = at_once(lambda number: draw(store, ann, 1, f"draw:{number}"))
    assert (len(drawn), refusals) == (16, Counter({"benefit-short": 48}))
    assert (sum(each.daily for each in drawn), sum(each.gift for each in drawn)) == (6, 10)
    assert parking(store, ann) == (10, 6, 16, 0)


def test_one_draw_that_arrives_sixty_four_times_is_one(store: Shop) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    drawn, refusals = at_once(lambda _: draw(store, ann, 5))
    assert (len({each.id for each in drawn}), len(drawn), refusals) == (1, 64, Counter())
    assert parking(store, ann) == (0, 5, 5, 0)


def test_gifts_are_those_of_the_version_in_force_at_the_rise(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    buys(store, ann, "2", 10_000)
    source = STORE.read_text(encoding="utf-8").replace("amount = 10", "amount = 50")
    publish_program(store, Caller("staff:bo", "v2"), ProgramDraft(source=source, drafted_by="staff:al"))
    clock.move(days=1)
    buys(store, ann, "3", 1)
    assert parking(store, ann) == (10, 0, 0, 10)


def test_a_preview_says_what_comes_off_and_what_could_be_drawn_and_writes_nothing(
    store: Shop, clock: FrozenClock
) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 5_000)
    clock.move(days=1)
    basket = order(ann, "p", clock.now(), goods(600), line(10_001, "dining"), line(50_000, "supermarket"))
    before = dump(store)
    found = preview_purchase(store, Caller(TILL, "p"), basket)
    assert dump(store) == before
    assert [(each.id, each.percent, each.lines, each.amount, each.off) for each in found.discounts] == [
        ("goods", 500, [1], 60_000, 3_000),
        ("dining", 1000, [2], 10_001, 1_000),
    ]
    assert found.to_pay == 60_000 + 10_001 + 50_000 - 3_000 - 1_000
    assert [(each.id, each.available) for each in found.benefits] == [
        ("parking", 3),
        ("hotel-upgrade", 0),
        ("cinema", 0),
    ]
    assert found.entries[0].points == 1_800  # 1,200.01 at 1.5, rounded down


CAP = """
[[member_prices]]
id = "cap"
name = { en = "Club cap", zh-Hans = "会员帽" }
sku = "cap"
price = 3900
tiers = ["member"]
"""


def test_a_preview_takes_a_members_price_or_the_discount(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2026, 9, 1, 12))
    source = (PROGRAMS / "campus-club.toml").read_text(encoding="utf-8") + CAP
    publish_program(bare_shop, Caller("staff:bo", "1"), ProgramDraft(source=source))
    ann = enrol_one(bare_shop)
    lines = (line(4_500, "sports", 2, sku="cap"), line(10_000, "sports", sku="coat"))
    wish = order(ann, "p", clock.now(), *lines)
    assert preview_purchase(bare_shop, Caller(TILL, "p"), wish).to_pay == 19_000
    buy(bare_shop, ann, "card", line(10_000, "sports"))
    clock.move(minutes=1)
    found = preview_purchase(bare_shop, Caller(TILL, "p"), order(ann, "p", clock.now(), *lines))
    assert [each.model_dump() for each in found.member_prices] == [
        {"id": "cap", "name": {"en": "Club cap", "zh-Hans": "会员帽"}, "price": 3_900, "lines": [1], "off": 1_200}
    ]
    assert [(each.id, each.lines, each.off) for each in found.discounts] == [("zones", [2], 1_000)]
    assert found.to_pay == 19_000 - 1_200 - 1_000


def test_the_discount_is_that_of_the_card_held_before(store: Shop) -> None:
    ann = enrol_one(store)
    found = preview_purchase(store, Caller(TILL, "p"), order(ann, "p", store.now(), goods(50_000)))
    assert (found.tier, found.discounts, found.to_pay) == ("diamond", [], 5_000_000)


def test_the_audit_notices_a_gift_that_no_rise_brought(store: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(store)
    buys(store, ann, "1", 1_000)
    clock.move(days=1)
    buys(store, ann, "2", 10_000)
    proven(store)
    with store.write() as session:
        columns = "member_id, benefit, kind, daily, gift, tier, day, at, actor, idempotency_key, program_version"
        session.execute(
            text(
                f"INSERT INTO benefit_movement ({columns}) SELECT member_id, benefit, kind, daily, 5, 'platinum', day, "
                "at, actor, idempotency_key, program_version FROM benefit_movement"
            )
        )
    (difference,) = audit(store).differences
    assert (difference.what, difference.member_id, difference.where) == ("gift", ann, "parking:platinum")
    assert (difference.stored, difference.proven) == ("5", "0")
