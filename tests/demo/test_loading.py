"""Households in the books, on both databases."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from core.db.members import members
from core.db.purchases import purchases
from core.insight.members import member_of
from core.services.books.audit import audit
from core.services.common import MemberRef, Wish
from core.services.moved_clock import MARK
from core.services.once import Caller, once
from core.shop import Shop
from demo.cast import CELEBRATING, ENROLLED, GOLD, HOUSEHOLDS, PLATINUM, STRANGER, join_cast
from demo.loading import Anchor, Loaded, load
from tests.conftest import FrozenClock


def mark_as_demo(shop: Shop) -> None:
    once(shop, Caller("demo", MARK), Wish(), Anchor, lambda _: Anchor(day=shop.now().date()))


def fill(shop: Shop, count: int = 1) -> tuple[Loaded, list[tuple[int, int]]]:
    shown: list[tuple[int, int]] = []
    return load(shop, count, HOUSEHOLDS, CELEBRATING, lambda done, total: shown.append((done, total))), shown


def test_a_household_is_loaded_once(shop: Shop, clock: FrozenClock) -> None:
    first, shown = fill(shop)
    assert (first.members, first.known, first.purchases + first.ahead) == (1, 0, 31)
    assert shown[-1] == (31, 31)
    assert all(earlier <= later for earlier, later in pairwise(shown))
    second, _ = fill(shop)
    assert (second.purchases, second.known, second.ahead) == (0, first.purchases, first.ahead)
    assert audit(shop).found == 0


def test_what_was_still_ahead_comes_later(shop: Shop, clock: FrozenClock) -> None:
    first, _ = fill(shop)
    assert first.ahead == 1  # bought at half past five on the last day; it is ten
    clock.move(hours=12)
    second, _ = fill(shop)
    assert (second.purchases, second.known, second.ahead) == (1, 30, 0)


def test_the_year_ends_today(shop: Shop, clock: FrozenClock) -> None:
    clock.move(hours=12)
    fill(shop)
    with shop.read() as session:
        last, total = session.execute(select(func.max(purchases.c.occurred_at), func.sum(purchases.c.total))).one()
        joined = session.execute(select(members.c.joined_at)).scalar_one()
        first = session.execute(select(func.min(purchases.c.occurred_at))).scalar_one()
    assert clock.now() - last < timedelta(hours=24)
    assert total == 380_968
    assert joined == first - timedelta(minutes=1)


def test_an_interrupted_load_goes_on(shop: Shop) -> None:
    def pull_plug(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(shop, 2, HOUSEHOLDS, CELEBRATING, pull_plug)
    loaded, _ = fill(shop, 2)
    assert loaded.purchases + loaded.known + loaded.ahead == 50
    with shop.read() as session:
        assert session.execute(select(func.count()).select_from(purchases)).scalar_one() == 50 - loaded.ahead
    assert audit(shop).found == 0


def test_the_cast_is_in_the_chat_once(shop: Shop) -> None:
    fill(shop, 2)
    people = join_cast(shop, 2)
    assert {PLATINUM, GOLD, ENROLLED, STRANGER} <= set(people)
    with shop.read() as session:
        before = audit(shop)
        platinum = member_of(session, MemberRef(phone=PLATINUM.phone))
        gold = member_of(session, MemberRef(phone=GOLD.phone))
    assert (platinum.tier, gold.tier) == ("platinum", "gold")
    assert (platinum.language, gold.language) == ("en", "zh-Hans")
    assert join_cast(shop, 2) == people
    assert audit(shop) == before
    assert before.found == 0
