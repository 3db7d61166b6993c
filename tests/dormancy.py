"""A shop that closes members who stay away for two years, and how they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from core.insight.ledger import entries
from core.insight.members import MemberView, member_of
from core.program.loading import load
from core.rules.messaging import Caps
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.reopen_member import Reopening, reopen_member
from core.services.once import Caller
from core.services.replaying.replay import outcomes
from core.shop import Shop
from tests.club import publish
from tests.conftest import SMALL, FrozenClock
from tests.rules.stores import shanghai
from tests.shopping import balance_of, proven

NOTICE = """
[dormancy]
after_months = 24
notice_days = 60

[[journeys]]
id = "closing"
name = { en = "Before closing", zh-Hans = "关闭前提醒" }
on = "dormant"
months = 24
[[journeys.steps]]
days = -30
text = { en = "Until {closes_on}.", zh-Hans = "至 {closes_on}。" }

[tiering]
validity_months = 60
"""
PLAIN = SMALL.read_text(encoding="utf-8").replace("expires_months = 12", 'expires = "never"')
SOURCE = PLAIN + NOTICE
BO, CLOSED = "staff:bo", shanghai(2026, 1, 2)
CAPS = {"care": Caps(9, 9), "promo": Caps(9, 9)}


def till(key: str) -> Caller:
    return Caller("till:front", key)


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Iterator[Shop]:
    """Since 1 January 2024, noon in Shanghai; nothing lapses but with a closing."""
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, SOURCE)
    yield bare_shop
    proven(bare_shop)
    for before, after in outcomes(bare_shop, load(SOURCE, "dormancy"), None):
        assert after == before


def told(shop: Shop, member_id: int) -> list[tuple[str, str, int]]:
    with shop.read() as session:
        return [(each.kind, each.rule, each.points) for each in reversed(entries(session, member_id).items)]


def seen(shop: Shop, member_id: int) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(id=member_id))


def stands(shop: Shop, member_id: int) -> tuple[datetime | None, str, int]:
    """Closed at, tier, points to spend."""
    view = seen(shop, member_id)
    return view.closed_at, view.tier, balance_of(shop, member_id).active


def on_to(shop: Shop, clock: FrozenClock, at: datetime) -> None:
    clock.set(at)
    run_due(shop)


def reopen(shop: Shop, member_id: int) -> None:
    wish = Reopening(member=MemberRef(id=member_id), reason="back from abroad")
    reopen_member(shop, Caller(BO, f"reopen:{member_id}"), wish)
