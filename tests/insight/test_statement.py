"""A month of points: it must come out to the books, whatever happened. On both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from sqlalchemy import func, select

from core.db.ledger import accounts, entries
from core.insight.statement import Statement, months, statement
from core.rules.refusal import Fact, Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.books.adjust import Adjustment, adjust
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.club import give
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line, proven

KINDS = ("accrual", "bonus", "redemption", "expiry", "reversal", "adjustment")


def of(shop: Shop, member_id: int, year: int, month: int) -> Statement:
    with shop.read() as session:
        return statement(shop, session, member_id, year, month)


def test_a_month_in_the_shops_zone(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    bought = buy(club, member_id, "R1", line(20_000, "food"))
    give(club, member_id, 30)
    clock.set(datetime(2026, 3, 31, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    redeem_reward(club, Caller("telegram:1", "mug"), RewardWish(member=MemberRef(id=member_id), reward="mug"))
    check_in(club, Caller("telegram:1", "visit"), CheckInWish(member_id=member_id))
    clock.move(minutes=1)
    bring_back(club, bought.id, "B1", amount=5_000)
    assert of(club, member_id, 2026, 3) == Statement(
        month="2026-03",
        since=datetime(2026, 2, 28, 16, 0, tzinfo=UTC),
        until=datetime(2026, 3, 31, 16, 0, tzinfo=UTC),
        opening=0,
        accrual=200,
        bonus=5,
        redemption=-100,
        adjustment=30,
        closing=135,
        purchases=1,
        spend=15_000,
    )
    april = of(club, member_id, 2026, 4)
    assert (april.opening, april.reversal, april.closing, april.purchases) == (135, -50, 85, 0)
    with club.reading() as (session, program):
        assert months(session, program, member_id) == ["2026-04", "2026-03"]


def test_a_month_without_entries_carries_over(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    give(club, member_id, 30)
    clock.move(days=62)
    april = of(club, member_id, 2026, 4)
    assert (april.opening, april.closing, [getattr(april, kind) for kind in KINDS]) == (30, 30, [0] * 6)
    with club.reading() as (session, program):
        assert months(session, program, member_id) == ["2026-03"]
        assert months(session, program, member_id + 1) == []


@pytest.mark.parametrize(
    ("member_id", "year", "month", "reason", "facts"),
    [
        (1, 2026, 13, "month-invalid", {"month": "2026-13"}),
        (1, 0, 1, "month-invalid", {"month": "0-1"}),
        (1, 2026, 4, "month-not-begun", {"month": "2026-04"}),
        (77, 2026, 3, "unknown-member", {"id": 77}),
    ],
)
def test_statements_refused(
    club: Shop, member_id: int, year: int, month: int, reason: str, facts: dict[str, Fact]
) -> None:
    enrol_one(club)
    with pytest.raises(Refused) as caught:
        of(club, member_id, year, month)
    assert (caught.value.refusal.reason, caught.value.refusal.facts) == (reason, facts)


def live(shop: Shop, clock: FrozenClock, member_id: int, dice: Random) -> None:
    """Eighteen months of whatever may happen to points, refusals included."""
    bought: list[int] = []
    orders: list[str] = []
    for step in range(80):
        clock.move(days=dice.randint(1, 12))
        caller = Caller("telegram:1", f"step:{step}")
        try:
            match dice.randrange(7):
                case 0 | 1:
                    late = clock.now() - timedelta(days=dice.choice([0, 0, 20]))
                    wares = line(dice.randint(1, 30_000), "food")
                    bought.append(buy(shop, member_id, f"R{step}", wares, at=late).id)
                case 2 if bought:
                    bring_back(shop, dice.choice(bought), f"B{step}", amount=dice.randint(1, 9_000))
                case 3:
                    wish = RewardWish(member=MemberRef(id=member_id), reward=dice.choice(["mug", "voucher"]))
                    orders.append(redeem_reward(shop, caller, wish).code)
                case 4 if orders:
                    cancel_reward(shop, caller, CancelReward(code=dice.choice(orders)))
                case 5:
                    points = dice.choice([-50, 10, 40])
                    adjust(shop, caller, Adjustment(member=MemberRef(id=member_id), points=points, reason="why not"))
                case _:
                    check_in(shop, caller, CheckInWish(member_id=member_id))
        except Refused:
            continue
    run_due(shop)


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_statements_add_up_to_the_books(club: Shop, clock: FrozenClock, seed: int) -> None:
    member_id = enrol_one(club, joined_at=clock.now() - timedelta(days=100))
    live(club, clock, member_id, Random(seed))
    proven(club)
    with club.reading() as (session, program):
        account = session.execute(select(accounts.c.balance)).scalar_one()
        sums = {
            row.kind: int(row.points)
            for row in session.execute(
                select(entries.c.kind, func.sum(entries.c.points).label("points")).group_by(entries.c.kind)
            )
        }
        all_months = sorted(months(session, program, member_id))
        read = [statement(club, session, member_id, *map(int, month.split("-"))) for month in all_months]
    assert len(read) > 6
    assert sums.keys() == set(KINDS)
    assert read[0].opening == 0
    for earlier, later in pairwise(read):
        assert (earlier.closing, earlier.until) == (later.opening, later.since)
    for each in read:
        assert each.closing == each.opening + sum(getattr(each, kind) for kind in KINDS)
    assert read[-1].closing == account
    assert {kind: sum(getattr(each, kind) for each in read) for kind in KINDS} == {
        kind: sums.get(kind, 0) for kind in KINDS
    }
