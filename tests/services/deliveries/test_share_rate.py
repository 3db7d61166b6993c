"""Several processes, one bot, one rate: in the database, on both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from core.db.deliveries import repliers, senders
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy, begin
from core.services.deliveries.senders import Lead, remember_wait
from core.services.deliveries.share_rate import Need, share_rate, stop_sharing
from core.shop import Shop

POLICY = Policy(Caps(1, 1))
REAL = datetime(2030, 1, 1, tzinfo=UTC)


def rate(shop: Shop, holder: str, replies: int | None = None, sending: bool = False, at: float = 0) -> float:
    return share_rate(shop, Need(42, holder, replies, sending), 30, REAL + timedelta(seconds=at)).rate


def test_the_sender_leaves_room_to_those_that_reply(bare_shop: Shop) -> None:
    begin(bare_shop, Lead(42, "42:w"), POLICY, REAL, REAL + timedelta(hours=1))
    assert rate(bare_shop, "worker", sending=True) == 30
    assert rate(bare_shop, "bot-1", replies=0) == 1  # it is new, and nothing was kept for it yet
    assert rate(bare_shop, "worker", sending=True) == 27
    assert rate(bare_shop, "bot-1", replies=0) == 3
    assert rate(bare_shop, "bot-2", replies=0) == 1.5
    rate(bare_shop, "bot-1", replies=4)
    assert rate(bare_shop, "worker", sending=True) == 22
    assert rate(bare_shop, "bot-1", replies=4) == rate(bare_shop, "bot-2", replies=0) == 4
    stop_sharing(bare_shop, 42, "bot-1")
    assert rate(bare_shop, "worker", sending=True) == 27
    assert rate(bare_shop, "bot-2", replies=0) == 3


def test_while_nobody_sends_those_that_reply_share_it_all(bare_shop: Shop) -> None:
    begin(bare_shop, Lead(42, "42:w"), POLICY, REAL, REAL + timedelta(hours=1))
    rate(bare_shop, "worker", sending=True)
    rate(bare_shop, "bot-1", replies=0)
    rate(bare_shop, "bot-2", replies=0)
    assert rate(bare_shop, "bot-1", replies=0, at=5) == 15
    assert rate(bare_shop, "worker", at=5) == 27  # it may begin at any time
    assert rate(bare_shop, "bot-1", replies=0, at=29) == 15
    assert rate(bare_shop, "bot-1", replies=0, at=31) == 30  # the other one is dead


def test_one_process_for_everything_has_it_all(bare_shop: Shop) -> None:
    begin(bare_shop, Lead(42, "42:w"), POLICY, REAL, REAL + timedelta(hours=1))
    assert rate(bare_shop, "all", replies=5, sending=True) == 30
    assert rate(bare_shop, "all", replies=0) == 30


def test_what_is_no_news_is_not_written_and_waits_are_told(bare_shop: Shop) -> None:
    rate(bare_shop, "bot-1", replies=2)
    with bare_shop.read() as session:
        before = session.execute(select(repliers)).all(), session.execute(select(senders)).all()
    rate(bare_shop, "bot-1", replies=2, at=9)
    with bare_shop.read() as session:
        assert (session.execute(select(repliers)).all(), session.execute(select(senders)).all()) == before
    remember_wait(bare_shop, 42, REAL + timedelta(seconds=60))
    told = share_rate(bare_shop, Need(42, "bot-1", 2, False), 30, REAL).wait_until
    assert told == REAL + timedelta(seconds=60)
