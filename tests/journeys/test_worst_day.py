"""The worst day: everything at once, out of order, twice, and half of it lost. In the evening the books are right."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from cli import app
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.at_once import MANY, at_once
from tests.bot.conftest import Town
from tests.conftest import FrozenClock
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, proven


def try_all(shop: Shop, members: list[int], clock: FrozenClock, number: int) -> None:
    """One of the day's happenings, drawn by its number; a refusal is an answer."""
    draw = random.Random(number)
    member, start = draw.choice(members), clock.now()
    bought = buy(shop, member, f"w{number % 40}-{member}", line(20_000), at=start - timedelta(days=number % 40))
    for part in draw.sample([5000, 7000, 8000, 9000], 3):
        bring_back(shop, bought.id, f"back-{bought.id}-{part}", amount=part)
        bring_back(shop, bought.id, f"back-{bought.id}-{part}", amount=part)
    redeem_reward(
        shop, Caller("chat:1", f"tap-{number % 7}-{member}"), RewardWish(member=MemberRef(id=member), reward="mug")
    )


async def test_in_the_evening_the_books_are_right(
    town: Town, shop: Shop, clock: FrozenClock, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await town.member("Anna")
    members = [anna.member().id, *(enrol_one(shop, f"M{number}") for number in range(5))]
    for member in members:
        buy(shop, member, f"first-{member}", line(80_000), at=clock.now() - timedelta(days=50))

    for kind in ("500", "lost_after", "lost_before", "429"):
        await town.fault(kind, method="sendMessage")
    storm = asyncio.to_thread(at_once, lambda number: try_all(shop, members, clock, number))
    chatting = [anna.post({"text": words}) for words in ("points", "/checkin", "/checkin", "tier", "forged", "coupons")]
    updates = asyncio.gather(*chatting)
    _, refused = await storm
    for update in await updates:
        await anna.finished(update)

    assert set(refused) <= {"points-short", "refund-above-purchase"}
    assert len(dump(shop)["check_in"]) == 1
    proven(shop)
    clock.move(days=800)
    run_due(shop)
    assert all(balance_of(shop, member).active == 0 for member in members)
    proven(shop)

    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    evening = CliRunner().invoke(app, ["audit"])
    assert evening.exit_code == 0, evening.output


def test_a_race_of_taps_and_refunds_for_the_same_points(shop: Shop) -> None:
    """Points are spent while the purchase behind them goes back: a debt at most, and never a point too many."""
    ann = enrol_one(shop)
    bought = buy(shop, ann, "p1", line(290_000))

    def tap_or_return(number: int) -> None:
        if number % 2:
            bring_back(shop, bought.id, f"r{number}", amount=9000)
        else:
            wish = RewardWish(member=MemberRef(id=ann), reward="mug")
            redeem_reward(shop, Caller("chat:1", f"tap-{number}"), wish)

    done, refused = at_once(tap_or_return)
    assert len(done) + sum(refused.values()) == MANY
    assert set(refused) <= {"points-short"}
    mugs = len(dump(shop)["reward_order"])
    left = 290_000 - 32 * 9000
    state = balance_of(shop, ann)
    assert state.active - state.debt == left // 100 + 100 * left // 290_000 - 300 * mugs
    proven(shop)
