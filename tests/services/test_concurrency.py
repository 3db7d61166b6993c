"""64 at once on the same thing: exact limits, nothing negative, nothing lost, nothing twice."""

from core.services.common import MemberRef
from core.services.once import Caller
from core.services.purchases.record_purchase import record_purchase
from core.services.purchases.refund import RefundOrder, refund
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.at_once import MANY, at_once
from tests.conftest import FrozenClock
from tests.shopping import TILL, balance_of, buy, dump, enrol_one, line, order, proven


def test_the_same_purchase_sent_64_times_is_one(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    wish = order(ann, "p1", clock.now(), line(10_000))
    results, refused = at_once(lambda _: record_purchase(small_shop, Caller(TILL, "purchase:p1"), wish))
    assert (len(results), refused) == (MANY, {})
    assert all(result == results[0] for result in results)
    assert balance_of(small_shop, ann).active == 200
    assert len(dump(small_shop)["purchase"]) == 1
    proven(small_shop)


def test_64_purchases_of_one_member_all_count(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    results, refused = at_once(lambda number: buy(small_shop, ann, f"p{number}", line(100 * (number + 1))))
    assert (len(results), refused) == (MANY, {})
    assert balance_of(small_shop, ann).active == sum(range(1, MANY + 1)) + first_bonus(small_shop)
    proven(small_shop)


def first_bonus(shop: Shop) -> int:
    """100 when the purchase that is first (by time, then number) was large enough: p0 is the first and too small."""
    return sum(row[3] for row in dump(shop)["ledger_entry"] if "first" in row)


def test_points_are_spent_once(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(90_000))  # 900 + 100 points: three mugs of 300

    def take(number: int) -> object:
        wish = RewardWish(member=MemberRef(id=ann), reward="mug")
        return redeem_reward(small_shop, Caller("chat:1", f"tap-{number}"), wish)

    taken, refused = at_once(take)
    assert (len(taken), refused) == (3, {"points-short": MANY - 3})
    assert balance_of(small_shop, ann).active == 100
    proven(small_shop)


def test_a_refund_sent_64_times_under_other_numbers_takes_no_more_than_was_bought(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(1000, quantity=10))

    def give(number: int) -> object:
        wish = RefundOrder(purchase_id=bought.id, external_id=f"r{number}", amount=1000)
        return refund(small_shop, Caller(TILL, f"refund:r{number}"), wish)

    given, refused = at_once(give)
    assert (len(given), refused) == (10, {"refund-above-purchase": MANY - 10})
    assert balance_of(small_shop, ann).active == 0
    proven(small_shop)


def test_friends_of_one_inviter_buying_at_once(small_shop: Shop) -> None:
    ann = enrol_one(small_shop, "Ann")
    friends = [enrol_one(small_shop, f"friend-{number}", invite_code="CCCCCCC3") for number in range(MANY)]
    results, refused = at_once(lambda number: buy(small_shop, friends[number], f"p{number}", line(5000)))
    assert (len(results), refused) == (MANY, {})
    assert balance_of(small_shop, ann).active == 50 * MANY
    proven(small_shop)
