"""What comes to a closed card, and to one that was reopened, whatever is told of late."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from core.db.members import members
from core.program.loading import load
from core.rules.refusal import Refused
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.merge_members import Merge, merge_members
from core.services.members.reopen_member import Reopening, reopen_member
from core.services.once import Caller
from core.services.purchases.record_purchase import record_purchase, record_purchases
from core.services.replaying.replay import outcomes
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.club import publish
from tests.conftest import SMALL, FrozenClock
from tests.dormancy import CLOSED, NOTICE, SOURCE, on_to, reopen, stands, till, told
from tests.rules.stores import shanghai
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, order, proven

BY_INACTIVITY = 'expires = "inactivity"\nexpires_months = 25\nactive_by = ["purchase"]'
IDLE = SMALL.read_text(encoding="utf-8").replace("expires_months = 12", BY_INACTIVITY) + NOTICE


def opened(shop: Shop, clock: FrozenClock, source: str) -> Shop:
    """Since 1 January 2024, noon in Shanghai."""
    clock.set(shanghai(2024, 1, 1, 12))
    publish(shop, source)
    return shop


def holds(shop: Shop, source: str, since: datetime | None = None) -> None:
    """The books are right, and come out the same once more."""
    proven(shop)
    for before, after in outcomes(shop, load(source, "closed"), since):
        assert after == before


def test_what_lapsed_with_a_closing_stays_lapsed(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, IDLE)
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    mug = redeem_reward(shop, till("mug"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    bought = shanghai(2026, 1, 20, 15)
    clock.set(bought)
    with pytest.raises(Refused, match="member-closed"):
        buy(shop, ann, "p2", line(1000))
    clock.set(shanghai(2026, 2, 9, 9))  # 25 months are over as well
    cancel_reward(shop, till("u"), CancelReward(code=mug.code))
    reopen(shop, ann)
    buy(shop, ann, "p2", line(1000), at=bought)  # of less than 25 months after p1
    assert told(shop, ann)[3:] == [
        ("expiry", "dormancy", -1000),
        ("reversal", "reward:mug", 300),
        ("expiry", "dormancy", -300),
        ("adjustment", "reopened", 0),
        ("accrual", "base", 10),
    ]
    assert stands(shop, ann) == (None, "basic", 10)
    holds(shop, IDLE)


def test_what_comes_to_a_closed_card_lapses_at_once(bare_shop: Shop, clock: FrozenClock) -> None:
    capped = SOURCE.replace('id = "base"', 'id = "base"\ncap_per_day = 100')
    shop = opened(bare_shop, clock, capped)
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(4000))
    known = buy(shop, ann, "p2", line(6000))
    buy(shop, ann, "p3", line(10000), at=shanghai(2024, 1, 1, 12, 2))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    returned = bring_back(shop, known.id, "r1", amount=6000)
    assert returned.balance == 0
    assert [(each.rule, each.points) for each in returned.entries[-2:]] == [("base", 60), ("dormancy", -60)]
    reopen(shop, ann)
    assert stands(shop, ann) == (None, "basic", 0)
    holds(shop, capped)


def test_what_a_merged_card_brings_to_a_closed_one_lapses_at_once(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, SOURCE)
    ann, ben = enrol_one(shop), enrol_one(shop, "Ben")
    buy(shop, ben, "p1", line(60000))
    mug = redeem_reward(shop, till("mug"), RewardWish(member=MemberRef(id=ben), reward="mug"))
    merge_members(shop, till("m"), Merge(keep=MemberRef(id=ann), other=MemberRef(id=ben), reason="same"))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    given = cancel_reward(shop, till("u"), CancelReward(code=mug.code))
    assert (given.member_id, given.points, given.balance) == (ann, 300, 0)
    assert told(shop, ann)[-2:] == [("adjustment", "merged", 300), ("expiry", "dormancy", -300)]
    proven(shop)


def test_the_audit_finds_points_on_a_closed_card(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, SOURCE)
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(4000))
    with shop.write() as session:
        session.execute(update(members).where(members.c.id == ann).values(closed_at=CLOSED))
    found = [(each.what, each.where, each.stored, each.proven) for each in audit(shop).differences]
    assert found == [("closing", "points", "40", "0"), ("closing", "member", str(CLOSED), "None")]


def test_a_batch_takes_what_the_till_takes(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, SOURCE)
    ann, ben = enrol_one(shop), enrol_one(shop, "Ben")
    for each in (ann, ben):
        buy(shop, each, f"p{each}", line(120000))
    on_to(shop, clock, shanghai(2026, 9, 1, 9))
    late, later = shanghai(2024, 5, 1, 15), shanghai(2026, 6, 1, 15)  # disproves the closing of January, not of May
    orders = [order(ann, "a1", late, line(1000)), order(ann, "a2", later, line(1000))]
    given = [each for _, each in record_purchases(shop, Caller("importer:till", "i"), orders)]
    assert [getattr(each, "reason", None) for each in given] == [None, "member-closed"]
    buy(shop, ben, "b1", line(1000), at=late)
    with pytest.raises(Refused, match="member-closed"):
        buy(shop, ben, "b2", line(1000), at=later)
    run_due(shop)
    assert stands(shop, ann) == stands(shop, ben) == (shanghai(2026, 5, 2), "basic", 0)
    assert told(shop, ann) == told(shop, ben)
    holds(shop, SOURCE)


def test_what_was_before_a_closing_that_stays_is_refused(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, SOURCE)
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    reopen(shop, ann)
    on_to(shop, clock, shanghai(2028, 1, 5, 9))  # closed again
    reopen_member(shop, till("again"), Reopening(member=MemberRef(id=ann), reason="back once more"))
    before = dump(shop)
    old, between = shanghai(2024, 1, 1, 15), shanghai(2025, 5, 1)  # disproves neither closing, the first one alone
    for at in (old, between):
        with pytest.raises(Refused, match="purchase-before-closing") as refused:
            buy(shop, ann, "p2", line(50000), at=at)
        told_of = {"occurred_at": at.isoformat(), "closed_at": shanghai(2028, 1, 4).isoformat()}
        assert refused.value.refusal.facts == told_of
    assert dump(shop) == before
    buy(shop, ann, "p3", line(120000), at=shanghai(2028, 1, 4))  # at the very moment of the closing
    assert stands(shop, ann) == (None, "silver", 1200)
    holds(shop, SOURCE)


def test_points_that_are_there_again_pay_what_is_owed(bare_shop: Shop, clock: FrozenClock) -> None:
    waiting = IDLE.replace(BY_INACTIVITY, f'{BY_INACTIVITY}\nuntil_delivered = ["web"]')
    shop = opened(bare_shop, clock, waiting)
    ann = enrol_one(shop)
    known = buy(shop, ann, "p1", line(20000))
    redeem_reward(shop, till("mug"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    record_purchase(shop, till("p2"), order(ann, "p2", shop.now(), line(90000), channel="web"))  # waits
    on_to(shop, clock, shanghai(2026, 1, 3, 9))
    assert bring_back(shop, known.id, "r1", amount=20000).debt == 300
    clock.set(shanghai(2026, 3, 10, 9))  # 25 months are over as well
    buy(shop, ann, "p3", line(1000), at=shanghai(2024, 5, 1, 15))
    held = balance_of(shop, ann)
    assert (held.active, held.pending, held.debt) == (0, 915, 0)
    holds(shop, waiting)


def test_a_closing_at_the_turn_of_a_year_takes_nothing_from_that_year(bare_shop: Shop, clock: FrozenClock) -> None:
    great = '[[year_end]]\nid = "great"\nname = { en = "Great", zh-Hans = "年度" }\nspend = 30_000\npoints = 500\n'
    source = SOURCE.replace("months = 24", "months = 5") + great
    shop = opened(bare_shop, clock, source)
    clock.set(shanghai(2024, 7, 31, 12))
    ann = enrol_one(shop)
    known = buy(shop, ann, "p1", line(60000))
    turn = shanghai(2025, 1, 1)
    on_to(shop, clock, turn)
    assert (stands(shop, ann)[0], told(shop, ann)[2:]) == (
        turn,
        [("bonus", "year_end:great", 500), ("expiry", "dormancy", -1200)],
    )
    bring_back(shop, known.id, "r1", amount=10000)  # 50000 are enough
    assert [each for each in told(shop, ann) if each[1] == "year_end:great"] == [("bonus", "year_end:great", 500)]
    holds(shop, source)


def test_other_terms_wake_everybody_anew(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = opened(bare_shop, clock, SOURCE.replace("months = 24", "months = 36"))
    run_due(shop)
    clock.set(shanghai(2024, 1, 10, 12))
    ann = enrol_one(shop)
    buy(shop, ann, "p1", line(120000))
    since = shanghai(2024, 1, 31, 12)
    clock.set(since)
    other = SOURCE.replace("notice_days = 60", "notice_days = 30").replace("days = -30", "days = -28")
    publish(shop, other)
    run_due(shop)  # by either nobody is closed before 1 March
    on_to(shop, clock, shanghai(2024, 3, 2))
    on_to(shop, clock, shanghai(2026, 1, 11))
    assert stands(shop, ann) == (shanghai(2026, 1, 11), "basic", 0)
    holds(shop, other, since)
