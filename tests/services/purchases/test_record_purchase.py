from datetime import UTC, datetime, timedelta

import pytest

from core.rules.refusal import Refused
from core.services.common import Tender
from core.services.once import Caller
from core.services.purchases.preview_purchase import preview_purchase
from core.services.purchases.record_purchase import record_purchase, record_purchases
from core.shop import Shop
from tests.club import publish
from tests.conftest import SMALL, FrozenClock
from tests.shopping import TILL, balance_of, bring_back, buy, dump, enrol_one, line, order, proven


def test_a_purchase_earns_and_the_entry_says_why(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    result = buy(small_shop, ann, "p1", line(12_50, quantity=2), line(3_00, "fresh/fish"))
    assert (result.balance, result.tier, len(result.entries)) == (31, "basic", 1)
    entry = result.entries[0]
    assert (entry.kind, entry.points, entry.rule, entry.source) == ("accrual", 31, "base", "purchase:p1")
    assert entry.expires_at == datetime(2027, 3, 2, 16, tzinfo=UTC)
    assert entry.explanation["version"] == 1
    assert entry.explanation["not_applied"][0] == {
        "rule": "first",
        "why": "min_spend",
        "min_spend": 5000,
        "spend": 2800,
    }
    proven(small_shop)


def test_points_wait_when_the_program_says_so(bare_shop: Shop, clock: FrozenClock) -> None:
    from core.services.programs.publish_program import ProgramDraft, publish_program
    from tests.conftest import SMALL

    source = SMALL.read_text().replace("expires_months = 12", "expires_months = 12\npending_days = 3")
    publish_program(bare_shop, Caller("staff:bo", "publish"), ProgramDraft(source=source))
    ann = enrol_one(bare_shop)
    buy(bare_shop, ann, "p1", line(4000))
    assert (balance_of(bare_shop, ann).active, balance_of(bare_shop, ann).pending) == (0, 40)
    clock.set(datetime(2026, 3, 4, 16, tzinfo=UTC))  # the start of 5 March in Shanghai
    assert (balance_of(bare_shop, ann).active, balance_of(bare_shop, ann).pending) == (40, 0)
    proven(bare_shop)


def test_the_tier_held_before_judges_and_the_purchase_raises_it(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    assert buy(small_shop, ann, "p1", line(100_000)).tier == "silver"
    clock.move(minutes=1)
    second = buy(small_shop, ann, "p2", line(1000))
    assert [(entry.rule, entry.points) for entry in second.entries] == [("base", 15)]
    assert second.balance == 1000 + 100 + 15
    proven(small_shop)


def test_sent_twice_is_once(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    first = buy(small_shop, ann, "p1", line(9900))
    before = dump(small_shop)
    clock.move(hours=1)
    again = record_purchase(
        small_shop, Caller(TILL, "purchase:p1"), order(ann, "p1", clock.now() - timedelta(hours=1), line(9900))
    )
    assert again == first
    assert dump(small_shop) == before


def test_the_same_number_for_another_purchase_is_refused(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(9900))
    before = dump(small_shop)
    with pytest.raises(Refused) as refused:
        buy(small_shop, ann, "p1", line(9901))
    assert refused.value.refusal.reason == "external-id-reused"
    assert refused.value.refusal.facts == {"external_id": "p1"}
    assert dump(small_shop) == before


def test_another_key_for_the_same_purchase_gives_the_same_result(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    wish = order(ann, "p1", clock.now(), line(9900))
    first = record_purchase(small_shop, Caller(TILL, "header-1"), wish)
    before = dump(small_shop)
    assert record_purchase(small_shop, Caller(TILL, "header-2"), wish) == first
    for header in ("header-1", "header-2"):
        with pytest.raises(Refused) as refused:
            record_purchase(small_shop, Caller(TILL, header), order(ann, "p2", clock.now(), line(1)))
        assert refused.value.refusal.reason == "key-reused"
    kept = {row[0] for row in before.pop("idempotency_record")}
    after = dump(small_shop)
    assert {row[0] for row in after.pop("idempotency_record")} - kept == {"header-2"}
    assert after == before


def test_a_preview_writes_nothing(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    before = dump(small_shop)
    result = preview_purchase(small_shop, Caller(TILL, "x"), order(ann, "p1", clock.now(), line(100_000)))
    assert (result.balance, result.tier) == (1100, "silver")
    assert dump(small_shop) == before


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"member": 99}, "unknown-member"),
        ({"category": "jewels"}, "category-unknown"),
        ({"currency": "USD"}, "currency-unknown"),
        ({"at": datetime(2026, 3, 2, 15, 5, 1, tzinfo=UTC)}, "purchase-in-the-future"),
        ({"at": datetime(1999, 12, 31, tzinfo=UTC)}, "purchase-too-old"),
        ({"amount": 1_000_000_000, "quantity": 11}, "amount-too-large"),
    ],
)
def test_a_refusal_changes_nothing(
    small_shop: Shop, clock: FrozenClock, change: dict[str, object], reason: str
) -> None:
    ann = enrol_one(small_shop)
    before = dump(small_shop)
    bought = line(
        int(str(change.get("amount", 100))), str(change.get("category", "grocery")), int(str(change.get("quantity", 1)))
    )
    at = change.get("at", clock.now())
    assert isinstance(at, datetime)
    currency = {"currency": change["currency"]} if "currency" in change else {}
    wish = order(int(str(change.get("member", ann))), "p1", at, bought, **currency)
    with pytest.raises(Refused) as refused:
        record_purchase(small_shop, Caller(TILL, "purchase:p1"), wish)
    assert refused.value.refusal.reason == reason
    assert dump(small_shop) == before


def test_tenders_never_come_to_more_than_the_purchase(small_shop: Shop, clock: FrozenClock) -> None:
    """Less is taken: a till that tells of gift cards alone."""
    ann = enrol_one(small_shop)
    before = dump(small_shop)
    paid = [Tender(kind="gift-card", amount=60), Tender(kind="cash", amount=41)]
    for work in (record_purchase, preview_purchase):
        with pytest.raises(Refused) as refused:
            work(small_shop, Caller(TILL, "p1"), order(ann, "p1", clock.now(), line(50, quantity=2), tender=paid))
        assert (refused.value.refusal.reason, refused.value.refusal.facts) == (
            "tender-above-total",
            {"tender": 101, "total": 100},
        )
    assert dump(small_shop) == before
    for number, tender in enumerate(([], paid[:1], [*paid[:1], Tender(kind="cash", amount=40)])):
        wish = order(ann, f"p{number}", clock.now(), line(50, quantity=2), tender=tender)
        assert record_purchase(small_shop, Caller(TILL, f"p{number}"), wish).balance == number + 1


def test_both_sides_of_an_invitation_are_paid_once(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop, "Ann")
    with small_shop.read() as session:
        from core.insight.members import MemberRef, member_of

        code = member_of(session, MemberRef(id=ann)).invite_code
    bob = enrol_one(small_shop, "Bob", invite_code=code)
    first = buy(small_shop, bob, "p1", line(5000))
    assert [entry.rule for entry in first.entries] == ["base", "first", "referral_friend"]
    clock.move(days=1)
    buy(small_shop, bob, "p2", line(5000))
    assert balance_of(small_shop, ann).active == 50
    assert balance_of(small_shop, bob).active == 50 + 100 + 30 + 50
    proven(small_shop)


def test_many_at_once_are_the_same_as_one_by_one(small_shop: Shop, clock: FrozenClock) -> None:
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    wishes = [
        order(ann if number % 2 else bob, f"p{number}", clock.now() - timedelta(days=400 - number), line(30_000))
        for number in range(12)
    ]
    wishes.insert(3, order(99, "nobody", clock.now(), line(100)))
    results = list(record_purchases(small_shop, Caller("import", "run-1"), wishes))
    assert [wish.external_id for wish, _ in results] == [wish.external_id for wish in wishes]
    assert getattr(results[3][1], "reason", None) == "unknown-member"
    before = dump(small_shop)
    assert list(record_purchases(small_shop, Caller("import", "run-2"), wishes)) == results
    assert dump(small_shop) == before
    proven(small_shop)


def test_what_was_paid_with_stored_value_earns_nothing_and_comes_back_in_proportion(
    bare_shop: Shop, clock: FrozenClock
) -> None:
    """105 points for CN¥100.00, of which CN¥40.00 were stored value: 63, and half of them go with half of the amount. A
    late purchase that makes her Silver has it judged anew, at 3/5 of 3/2."""
    source = SMALL.read_text(encoding="utf-8")
    publish(
        bare_shop, source.replace("per = 100\nexcept_cat", 'per = 100\nexcept_tenders = ["stored-value"]\nexcept_cat')
    )
    ann = enrol_one(bare_shop, joined_at=clock.now() - timedelta(days=9))
    paid = [Tender(kind="stored-value", amount=4_000), Tender(kind="cash", amount=6_000)]
    wish = order(ann, "a1", clock.now(), line(9_500), line(500, "fresh"), tender=paid)
    made = record_purchase(bare_shop, Caller(TILL, "purchase:a1"), wish)
    assert [(entry.rule, entry.points) for entry in made.entries] == [("base", 63), ("first", 100)]
    back = bring_back(bare_shop, made.id, "r1", amount=5_000)
    assert [(entry.rule, entry.points) for entry in back.entries] == [("base", -32), ("first", -50)]
    late = buy(bare_shop, ann, "late", line(100_000), at=clock.now() - timedelta(days=1))
    assert [(entry.rule, entry.points) for entry in late.entries] == [
        ("base", 1_000),
        ("first", 100),
        ("base", 47 - 31),  # 63 × 3/2 = 94.5, half of which is 47.25
        ("first", -50),
    ]
    proven(bare_shop)
