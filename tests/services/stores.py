"""A department store's life in a few words: days in Shanghai, prices in yuan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlalchemy import select

from core.db.ledger import accounts
from core.insight.tier import Standing, standing
from core.services.books.run_due import run_due
from core.services.common import LineIn
from core.services.programs.publish_program import ensure_program
from core.services.purchases.record_purchase import PurchaseResult
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS, shanghai
from tests.shopping import buy, line


class Store:
    """A shop whose clock is set to each thing that happens."""

    def __init__(self, shop: Shop, clock: FrozenClock) -> None:
        self.shop, self.clock = shop, clock

    def open(self, program: str, at: datetime) -> Store:
        self.clock.set(at)
        ensure_program(self.shop, PROGRAMS / f"{program}.toml")
        return self

    def buys(self, member: int, name: str, at: datetime, yuan: int, category: str = "department") -> PurchaseResult:
        self.clock.set(at)
        return buy(self.shop, member, name, line(yuan * 100, category, sku=name), at=at)

    def basket(self, member: int, name: str, at: datetime, *lines: LineIn) -> PurchaseResult:
        self.clock.set(at)
        return buy(self.shop, member, name, *lines, at=at)

    def until(self, at: datetime) -> None:
        """Time passes, and the scheduler runs."""
        self.clock.set(at)
        run_due(self.shop)

    def standing(self, member: int) -> Standing:
        with self.shop.read() as session:
            return standing(self.shop, session, member)

    def period_until(self, member: int) -> datetime | None:
        with self.shop.read() as session:
            query = select(accounts.c.period_until).where(accounts.c.member_id == member)
            found: datetime | None = session.execute(query).scalar_one()
            return found


@pytest.fixture
def opened(bare_shop: Shop, clock: FrozenClock) -> Callable[[str], Store]:
    """A shop that opens with one of the shipped programs on 1 January 2026 in Shanghai."""
    return lambda program: Store(bare_shop, clock).open(program, shanghai(2026, 1, 1))
