from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.insight.tier import moves
from core.rules.refusal import Refused
from core.services.books.adjust import Adjustment, adjust
from core.services.books.run_due import settle_accounts
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import STORIES, balance_of, bring_back, buy, dump, enrol_one, line, proven


def spend(shop: Shop, member_id: int, points: int) -> None:
    assert points == 300
    redeem_reward(shop, Caller("chat:1", f"mug-{member_id}"), RewardWish(member=MemberRef(id=member_id), reward="mug"))


def test_lines_take_back_what_they_earned(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(1000, quantity=4), line(2000, "fresh", sku="fish"))
    result = bring_back(small_shop, bought.id, "r1", {"tea": 1, "fish": 1})
    assert (result.amount, result.balance, result.debt) == (3000, 40 + 40 + 100 - 50 - 50, 0)
    assert [(entry.kind, entry.rule, entry.points) for entry in result.entries] == [
        ("reversal", "base", -50),
        ("reversal", "first", -50),
    ]
    assert result.entries[0].corrects_id == bought.entries[0].id
    assert result.entries[0].explanation["steps"] == [
        {"do": "worth", "granted": 80, "worth": 30, "posted": 80, "reversed": 50}
    ]
    proven(small_shop)


def test_all_in_parts_and_by_amount_is_all(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(333, quantity=3), line(8001, "fresh", sku="fish"))
    for number, part in enumerate([1, 2500, 7, 3000]):
        bring_back(small_shop, bought.id, f"r{number}", amount=part)
    bring_back(small_shop, bought.id, "lines", {"tea": 2})
    last = bring_back(small_shop, bought.id, "rest", amount=9000 - 5508 - 666)
    assert (last.balance, last.debt) == (0, 0)
    with pytest.raises(Refused) as refused:
        bring_back(small_shop, bought.id, "more", amount=1)
    assert refused.value.refusal.facts == {"asked": 1, "left": 0}
    proven(small_shop)


def test_what_was_spent_becomes_a_debt_that_the_next_accrual_pays(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(40_000))
    spend(small_shop, ann, 300)
    result = bring_back(small_shop, bought.id, "r1", amount=40_000)
    assert (result.balance, result.debt) == (-300, 300)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, ann).debt) == (0, 300)
    clock.move(days=1)
    buy(small_shop, ann, "p2", line(25_000))
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, ann).debt) == (0, 50)
    buy(small_shop, ann, "p3", line(8000), at=clock.now() + timedelta(minutes=1))
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, ann).debt) == (30, 0)
    proven(small_shop)


def test_points_that_come_back_from_a_reward_pay_the_debt(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(40_000))
    wish = RewardWish(member=MemberRef(id=ann), reward="mug")
    taken = redeem_reward(small_shop, Caller("chat:1", "mug"), wish)
    bring_back(small_shop, bought.id, "r1", amount=35_000)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, ann).debt) == (0, 238)
    cancel_reward(small_shop, Caller("staff:bo", "back"), CancelReward(code=taken.code))
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, ann).debt) == (62, 0)
    proven(small_shop)


def test_nobody_owes_points_while_others_are_on_their_way(bare_shop: Shop, clock: FrozenClock) -> None:
    source = SMALL.read_text().replace("expires_months = 12", "expires_months = 12\npending_days = 3")
    publish_program(bare_shop, Caller("staff:bo", "publish"), ProgramDraft(source=source))
    ann = enrol_one(bare_shop)
    bought = buy(bare_shop, ann, "p1", line(30_000))
    clock.move(days=4)
    spend(bare_shop, ann, 300)
    buy(bare_shop, ann, "p2", line(40_000))
    assert bring_back(bare_shop, bought.id, "r1", amount=30_000).debt == 0
    left = balance_of(bare_shop, ann)
    assert (left.active, left.pending) == (0, 100)
    proven(bare_shop)


def test_within_balance_takes_no_more_than_there_is_and_says_so(bare_shop: Shop) -> None:
    source = SMALL.read_text().replace("expires_months = 12", 'expires_months = 12\nrefund_policy = "within_balance"')
    publish_program(bare_shop, Caller("staff:bo", "publish"), ProgramDraft(source=source))
    ann = enrol_one(bare_shop)
    bought = buy(bare_shop, ann, "p1", line(40_000))
    spend(bare_shop, ann, 300)
    result = bring_back(bare_shop, bought.id, "r1", amount=40_000)
    assert (result.balance, result.debt) == (0, 0)
    assert [(each.kind, each.rule, each.points) for each in result.entries] == [
        ("reversal", "base", -400),
        ("adjustment", "within_balance", 200),
        ("reversal", "first", -100),
        ("adjustment", "within_balance", 100),
    ]
    proven(bare_shop)


def test_points_that_had_lapsed_are_not_taken_twice(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(4000))
    clock.move(days=370)
    buy(small_shop, ann, "p2", line(2000))
    result = bring_back(small_shop, bought.id, "r1", amount=4000)
    assert [(entry.kind, entry.rule, entry.points) for entry in result.entries] == [
        ("reversal", "expiry", 40),
        ("reversal", "base", -40),
    ]
    assert (result.balance, result.debt) == (20, 0)
    proven(small_shop)


def test_a_lapse_is_undone_no_further_than_it_went_in_however_many_parts(small_shop: Shop, clock: FrozenClock) -> None:
    """Of 200 points 90 were spent and 110 lapsed: whoever brings all of it back owes 90."""
    members = [enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")]
    bought = []
    for each in members:
        buy(small_shop, each, f"p{each}-1", line(1000))
        bought.append(buy(small_shop, each, f"p{each}-2", line(20_000)).id)
        wish = RewardWish(member=MemberRef(id=each), reward="mug", price=1)
        redeem_reward(small_shop, Caller("chat:1", f"mug-{each}"), wish)
    clock.move(days=370)
    at_once = bring_back(small_shop, bought[0], "r1", amount=20_000)
    bring_back(small_shop, bought[1], "r2", amount=10_000)
    in_parts = bring_back(small_shop, bought[1], "r3", amount=10_000)
    assert (at_once.balance, at_once.debt) == (in_parts.balance, in_parts.debt) == (-90, 90)
    proven(small_shop)


def test_a_refund_takes_the_tier_that_the_purchase_brought(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(100_000))
    clock.move(days=2)
    result = bring_back(small_shop, bought.id, "r1", amount=1)
    assert result.tier == "basic"
    with small_shop.read() as session:
        [lost, won] = moves(session, ann)
    assert (won.from_tier, won.to_tier, lost.from_tier, lost.to_tier) == ("basic", "silver", "silver", "basic")
    assert (lost.reason["do"], lost.reason["refund"]) == ("not_kept", "r1")
    proven(small_shop)


def test_the_rules_that_granted_are_those_that_take_back(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(1000, quantity=3))
    generous = SMALL.read_text().replace("points = 1\nper = 100", "points = 7\nper = 100")
    clock.move(days=1)
    publish_program(small_shop, Caller("staff:bo", "publish"), ProgramDraft(source=generous, drafted_by="staff:al"))
    assert bring_back(small_shop, bought.id, "r1", {"tea": 1}).balance == 20
    assert bring_back(small_shop, bought.id, "r2", {"tea": 2}).balance == 0
    proven(small_shop)


@pytest.mark.parametrize("parts", [[1000], [999, 1], [500, 300, 200]])
def test_part_of_a_first_purchase_takes_its_part_of_the_invitation(small_shop: Shop, parts: list[int]) -> None:
    """In proportion on both sides, in whatever parts it comes back, also below what a first purchase must come to."""
    ann = enrol_one(small_shop, "Ann")
    bob = enrol_one(small_shop, "Bob", invite_code="CCCCCCC3")
    bought = buy(small_shop, bob, "p1", line(5000))
    for number, amount in enumerate(parts):
        bring_back(small_shop, bought.id, f"r{number}", amount=amount)
    assert balance_of(small_shop, ann).active == 50 * 4 // 5
    assert balance_of(small_shop, bob).active == 40 + 100 * 4 // 5 + 30 * 4 // 5
    bring_back(small_shop, bought.id, "rest", amount=4000)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, bob).active) == (0, 0)
    buy(small_shop, bob, "p2", line(5000))  # the second purchase is no first one
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, bob).active) == (0, 50)
    proven(small_shop)


def test_an_invitation_is_paid_back_on_both_sides(small_shop: Shop) -> None:
    ann = enrol_one(small_shop, "Ann")
    bob = enrol_one(small_shop, "Bob", invite_code="CCCCCCC3")
    bought = buy(small_shop, bob, "p1", line(10_000))
    assert balance_of(small_shop, ann).active == 50
    bring_back(small_shop, bought.id, "r1", amount=5000)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, bob).active) == (25, 50 + 50 + 15)
    bring_back(small_shop, bought.id, "r2", amount=5000)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, bob).active) == (0, 0)
    proven(small_shop)


def test_a_refund_after_a_late_purchase_takes_all_that_was_granted(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    start = clock.now()
    clock.move(days=5)
    later = buy(small_shop, ann, "later", line(10_000))
    late = buy(small_shop, ann, "late", line(100_000), at=start)
    assert bring_back(small_shop, later.id, "r1", amount=10_000).balance == late.balance - 150
    proven(small_shop)


def test_sent_twice_is_once(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(1000, quantity=4))
    first = bring_back(small_shop, bought.id, "r1", {"tea": 1})
    before = dump(small_shop)
    assert bring_back(small_shop, bought.id, "r1", {"tea": 1}) == first
    with pytest.raises(Refused) as refused:
        bring_back(small_shop, bought.id, "r1", {"tea": 2})
    assert refused.value.refusal.reason == "external-id-reused"
    assert dump(small_shop) == before


@pytest.mark.parametrize(
    ("purchase", "lines", "amount", "reason"),
    [
        (99, None, 1, "unknown-purchase"),
        (None, {"milk": 1}, None, "refund-unknown-sku"),
        (None, {"tea": 5}, None, "refund-above-quantity"),
        (None, None, 4001, "refund-above-purchase"),
        (None, {"free": 1}, None, "refund-of-nothing"),
    ],
)
def test_a_refusal_changes_nothing(
    small_shop: Shop, purchase: int | None, lines: dict[str, int] | None, amount: int | None, reason: str
) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(1000, quantity=4), line(0, sku="free"))
    before = dump(small_shop)
    with pytest.raises(Refused) as refused:
        bring_back(small_shop, purchase or bought.id, "r1", lines, amount)
    assert refused.value.refusal.reason == reason
    assert dump(small_shop) == before


_numbers = iter(range(1_000_000))
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 200_000)),
        st.tuples(st.just("refund"), st.integers(1, 100)),
        st.tuples(st.just("days"), st.integers(1, 200)),
        st.tuples(st.just("adjust"), st.integers(1, 50)),
        st.tuples(st.just("mug"), st.just(0)),
    ),
    max_size=12,
)


@STORIES
@given(story=happenings)
def test_points_are_conserved_over_any_story(
    small_shop: Shop, clock: FrozenClock, story: list[tuple[str, int]]
) -> None:
    """Whatever happens, the books prove themselves; and when every purchase is refunded, only gifts are left."""
    name = f"{next(_numbers)}"
    ann = enrol_one(small_shop, name)
    bought: list[tuple[int, int]] = []
    for number, (what, much) in enumerate(story):
        key = f"{name}-{number}"
        clock.move(minutes=1)
        if what == "buy":
            bought.append((buy(small_shop, ann, key, line(much)).id, much))
        elif what == "days":
            clock.move(days=much)
        elif what == "adjust":
            adjust(
                small_shop, Caller("staff:bo", key), Adjustment(member=MemberRef(id=ann), points=much, reason="gift")
            )
        elif what == "refund" and bought:
            purchase, left = bought.pop()
            bring_back(small_shop, purchase, key, amount=max(1, left * much // 100))
        elif what == "mug" and balance_of(small_shop, ann).active >= 300:
            redeem_reward(small_shop, Caller("chat:1", key), RewardWish(member=MemberRef(id=ann), reward="mug"))
    settle_accounts(small_shop)
    proven(small_shop)
    before = dump(small_shop)
    settle_accounts(small_shop)
    assert dump(small_shop) == before
