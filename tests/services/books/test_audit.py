"""Whatever is tampered with behind the services' back, the audit finds it and says where."""

import pytest
from sqlalchemy import text

from core.services.books.audit import audit
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.shopping import bring_back, buy, enrol_one, line

OVERDRAWN = """
    INSERT INTO allocation (lot_id, entry_id, points, at)
    SELECT 1, id, 1, recorded_at FROM ledger_entry WHERE kind = 'redemption'
"""


@pytest.fixture
def worked(small_shop: Shop) -> Shop:
    """A shop with a purchase, a reward and a refund in its books."""
    ann = enrol_one(small_shop)
    bought = buy(small_shop, ann, "p1", line(100_000))
    redeem_reward(small_shop, Caller("chat:1", "k"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    bring_back(small_shop, bought.id, "r1", amount=100)
    return small_shop


def test_right_books_show_no_difference(worked: Shop) -> None:
    report = audit(worked)
    assert (report.accounts, report.entries, report.lots, report.found, report.differences) == (1, 5, 2, 0, [])


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE account SET balance = balance + 1", {"balance", "sum"}),
        ("UPDATE account SET debt = 5", {"debt", "debt_unpaid", "sum"}),
        ("UPDATE lot SET remaining = remaining - 1 WHERE id = 1", {"lot", "sum"}),
        ("UPDATE account SET tier = 'gold'", {"tier"}),
        ("UPDATE account SET tier_until = NULL, tier = 'silver'", {"tier"}),
        (OVERDRAWN, {"lot", "allocation"}),
    ],
)
def test_tampering_is_found(worked: Shop, tampering: str, found: set[str]) -> None:
    with worked.write() as session:
        session.execute(text(tampering))
    report = audit(worked)
    assert {difference.what for difference in report.differences} >= found
    assert report.found == len(report.differences) > 0
    assert {difference.member_id for difference in report.differences} == {1}


def test_a_difference_says_what_is_stored_and_what_is_proven(worked: Shop) -> None:
    with worked.write() as session:
        session.execute(text("UPDATE account SET balance = 5"))
    [balance, total] = audit(worked).differences
    assert (balance.what, balance.stored, balance.proven) == ("balance", "5", "798")
    assert (total.what, total.stored, total.proven) == ("sum", "5", "798")
