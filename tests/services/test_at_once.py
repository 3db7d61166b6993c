"""Sixty-four at once, on both databases: limits exact, nothing negative, nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from core.db.counters import used
from core.insight.coupons import coupons
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.books.adjust import Adjustment, adjust
from core.services.chats.join_chat import PayloadJoin, join_by_payload, open_chat
from core.services.common import MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.at_once import MANY, at_once
from tests.club import give
from tests.shopping import balance_of, dump, enrol_one, line, proven


def crowd(shop: Shop, count: int = MANY, points: int = 0) -> Sequence[int]:
    members = [enrol_one(shop, f"M{number}") for number in range(count)]
    for member_id in members if points else []:
        give(shop, member_id, points)
    return members


def test_ten_coupons_for_sixty_four_members(club: Shop) -> None:
    members = crowd(club)

    def claim(number: int) -> str:
        wish = OfferClaim(member_id=members[number], offer="first-ten")
        return claim_offer(club, Caller("telegram:1", f"claim:{number}"), wish).code

    codes, refused = at_once(claim)
    assert (len(set(codes)), refused) == (10, Counter({"coupon-limit-total": 54}))
    with club.read() as session:
        assert used(session) == {"coupon:ten": 10}
    assert len(dump(club)["coupon"]) == 10


def test_one_member_claims_sixty_four_times(club: Shop) -> None:
    member_id = enrol_one(club)

    def issue(number: int) -> str:
        wish = CouponIssue(member=MemberRef(id=member_id), template="tenth", source="staff:bo")
        return issue_coupon(club, Caller("staff:bo", f"issue:{number}"), wish).code

    codes, refused = at_once(issue)
    assert (len(set(codes)), refused) == (3, Counter({"coupon-limit-per-member": 61}))


def test_ten_mugs_for_sixty_four_members(club: Shop) -> None:
    members = crowd(club, points=100)

    def take(number: int) -> int:
        wish = RewardWish(member=MemberRef(id=members[number]), reward="mug")
        return redeem_reward(club, Caller("telegram:1", f"take:{number}"), wish).order_id

    orders, refused = at_once(take)
    assert (len(set(orders)), refused) == (10, Counter({"reward-out-of-stock": 54}))
    assert sum(balance_of(club, member_id).active for member_id in members) == 54 * 100
    proven(club)


def test_points_are_spent_once(club: Shop) -> None:
    member_id = enrol_one(club)
    give(club, member_id, 1_000)

    def spend(number: int) -> int:
        wish = Adjustment(member=MemberRef(id=member_id), points=-90, reason="spent")
        return adjust(club, Caller("staff:bo", f"spend:{number}"), wish).balance

    balances, refused = at_once(spend)
    assert sorted(balances, reverse=True) == [1_000 - 90 * number for number in range(1, 12)]
    assert refused == Counter({"points-short": 53})
    assert balance_of(club, member_id).active == 10
    proven(club)


def test_coming_and_going_loses_nothing(club: Shop) -> None:
    """Half give, half take one point each: in any order the sum is the same."""
    member_id = enrol_one(club)
    give(club, member_id, MANY)

    def move(number: int) -> int:
        wish = Adjustment(member=MemberRef(id=member_id), points=1 if number % 2 else -1, reason="there and back")
        return adjust(club, Caller("staff:bo", f"move:{number}"), wish).balance

    moved, refused = at_once(move)
    assert (len(moved), refused) == (MANY, Counter())
    assert balance_of(club, member_id).active == MANY
    proven(club)


def test_one_coupon_at_sixty_four_tills(club: Shop) -> None:
    wish = CouponIssue(member=MemberRef(id=enrol_one(club)), template="three", source="staff:bo")
    code = issue_coupon(club, Caller("staff:bo", "issue"), wish).code

    def use(number: int) -> str:
        wanted = CouponUse(code=code, external_id=f"R{number}", lines=[line(1_000, "food")])
        return redeem_coupon(club, Caller("till:1", f"use:{number}"), wanted).external_id

    receipts, refused = at_once(use)
    assert (len(receipts), refused) == (1, Counter({"coupon-used": 63}))


def test_coupons_of_two_members_do_not_meet_on_one_receipt(club: Shop) -> None:
    codes = []
    for number, member_id in enumerate(crowd(club, 16)):
        wish = CouponIssue(member=MemberRef(id=member_id), template="three", source="staff:bo")
        codes.append(issue_coupon(club, Caller("staff:bo", f"issue:{number}"), wish).code)

    def use(number: int) -> str:
        wanted = CouponUse(code=codes[number], external_id="R1", lines=[line(90_000, "food")])
        return redeem_coupon(club, Caller("till:1", f"use:{number}"), wanted).code

    redeemed, refused = at_once(use, 16)
    assert (len(redeemed), refused) == (1, Counter({"coupon-of-another-member": 15}))


def test_one_tap_that_arrives_sixty_four_times_checks_in_once(club: Shop) -> None:
    member_id = enrol_one(club)
    caller = Caller("telegram:1", "tap")
    done, refused = at_once(lambda _: check_in(club, caller, CheckInWish(member_id=member_id)))
    assert (len(done), refused) == (MANY, Counter())
    assert all(each == done[0] for each in done)
    assert balance_of(club, member_id).active == 5


def test_sixty_four_taps_check_in_once(club: Shop) -> None:
    member_id = enrol_one(club)
    wish = CheckInWish(member_id=member_id)
    done, refused = at_once(lambda number: check_in(club, Caller("telegram:1", f"tap:{number}"), wish))
    assert (len(done), refused) == (1, Counter({"checked-in-already": 63}))
    proven(club)


def test_the_last_points_and_one_tap_that_arrives_sixty_four_times(club: Shop) -> None:
    member_id = enrol_one(club)
    give(club, member_id, 100)
    wish = RewardWish(member=MemberRef(id=member_id), reward="mug")
    taken, refused = at_once(lambda _: redeem_reward(club, Caller("telegram:1", "tap"), wish))
    assert (len({each.order_id for each in taken}), refused) == (1, Counter())
    assert balance_of(club, member_id).active == 0
    proven(club)


def test_taking_and_cancelling_in_each_others_way(club: Shop) -> None:
    """Coupon rewards lock two counters and an account; nobody waits in a ring."""
    members = crowd(club, 16, points=1_000)

    def there_and_back(number: int) -> str:
        member = MemberRef(id=members[number % 16])
        for turn in range(3):
            wish = RewardWish(member=member, reward="rare-voucher" if (number + turn) % 2 else "mug")
            try:
                code = redeem_reward(club, Caller("telegram:1", f"take:{number}:{turn}"), wish).code
            except Refused:
                continue
            cancel_reward(club, Caller("staff:bo", f"cancel:{number}:{turn}"), CancelReward(code=code))
        return "done"

    at_once(there_and_back, 32)
    with club.read() as session:
        assert set(used(session).values()) == {0}
        assert all(coupons(club, session, member_id) == [] for member_id in members)
    assert all(balance_of(club, member_id).active == 1_000 for member_id in members)
    proven(club)


def test_one_card_and_sixty_four_chats(club: Shop) -> None:
    secret = enrol(club, Caller("staff:bo", "enrol"), EnrolForm(name="Ann")).join_payload
    for number in range(MANY):
        open_chat(club, number + 1, None)

    def join(number: int) -> int:
        wish = PayloadJoin(chat_id=number + 1, payload=secret)
        return join_by_payload(club, Caller(f"telegram:{number + 1}", f"join:{number}"), wish).member_id

    joined, refused = at_once(join)
    assert (len(joined), refused) == (1, Counter({"card-in-another-chat": 63}))
