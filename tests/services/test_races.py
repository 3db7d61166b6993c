"""What two do at once to one member, arranged so that the second waits for the first. On both databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from core.db.ledger import accounts
from core.rules.refusal import Refused
from core.services.books import audit as audit_module
from core.services.books.run_due import settle_accounts
from core.services.books.year_end import wake_for_year_end
from core.services.members.enrol import EnrolForm, enrol
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseResult, record_purchases
from core.shop import DatabaseUnavailable, Shop
from tests.club import publish
from tests.conftest import SMALL, CountingChance, FrozenClock
from tests.shopping import buy, dump, enrol_one, line, order, proven

PATIENCE_S = 20.0
YEAR_END = """
[[year_end]]
id = "great"
name = { en = "A great year", zh-Hans = "年度奖励" }
spend = 20_000_001
points = 20_000
"""


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def somebody_waits(shop: Shop) -> bool:
    """Whether a statement waits for another transaction's lock; on SQLite writers wait outside the database."""
    if shop.database.is_sqlite:
        return True
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with shop.read() as session:
        return bool(session.execute(text(waiting)).scalar_one())


@dataclass
class Interrupted(CountingChance):
    """A clock, and a chance, that lets somebody else in once: as the time, or a token, is asked for the nth time."""

    meanwhile: Callable[[], None]
    place: int = 1
    frozen: FrozenClock = field(default_factory=FrozenClock)
    calls: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def token(self) -> str:
        self._let_in()
        return super().token()

    def now(self) -> datetime:
        self._let_in()
        return self.frozen.now()

    def _let_in(self) -> None:
        self.calls += 1
        if self.calls == self.place:
            self.meanwhile()


def answer(wish: Callable[[], object]) -> str:
    try:
        wish()
    except Refused as refused:
        return refused.refusal.reason
    return "done"


def test_who_waited_for_the_forgetting_finds_nobody(small_shop: Shop) -> None:
    ann = enrol_one(small_shop)
    with ThreadPoolExecutor(2) as pool:
        others: list[Future[Any]] = []

        def meanwhile() -> None:
            others.append(pool.submit(buy, small_shop, ann, "p1", line(1000)))
            again = Caller("chat:1", "again")
            others.append(pool.submit(forget_member, small_shop, again, Forget(member_id=ann)))
            until(lambda: somebody_waits(small_shop))

        interrupted = replace(small_shop, chance=Interrupted(meanwhile=meanwhile))
        first = forget_member(interrupted, Caller("chat:1", "once"), Forget(member_id=ann))
        with pytest.raises(Refused, match="unknown-member"):
            others[0].result(PATIENCE_S)
        assert others[1].result(PATIENCE_S).at == first.at
    assert dump(small_shop)["purchase"] == []
    proven(small_shop)


def test_two_clerks_give_one_card_number(small_shop: Shop) -> None:
    form = EnrolForm(name="Bob", card_number="VIP-0042")
    with ThreadPoolExecutor(1) as pool:
        others: list[Future[Any]] = []

        def meanwhile() -> None:
            wish = form.model_copy(update={"name": "Cy"})
            others.append(pool.submit(enrol, small_shop, Caller("staff:cy", "cy"), wish))
            if not small_shop.database.is_sqlite:
                others[0].result(PATIENCE_S)

        interrupted = replace(small_shop, chance=Interrupted(meanwhile=meanwhile))
        wishes = [lambda: enrol(interrupted, Caller("staff:bo", "bo"), form), lambda: others[0].result(PATIENCE_S)]
        assert sorted(answer(wish) for wish in wishes) == ["card-taken", "done"]
    assert len(dump(small_shop)["member"]) == 1


def test_an_audit_sees_one_moment(small_shop: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(1000))
    contributions = audit_module._contributions

    def interrupted(*args: Any) -> Any:
        buy(small_shop, ann, "late", line(200_000), at=clock.now() - timedelta(days=1))
        return contributions(*args)

    monkeypatch.setattr(audit_module, "_contributions", interrupted)
    proven(small_shop)


def test_a_friend_buys_while_accounts_are_settled(small_shop: Shop, clock: FrozenClock) -> None:
    """Settling locks many accounts, a friend's purchase two: nobody waits in a ring."""
    ann = enrol_one(small_shop, "Ann")
    friends = [enrol_one(small_shop, f"friend-{number}", invite_code="CCCCCCC3") for number in range(3)]
    for member_id in (ann, *friends):
        buy(small_shop, member_id, f"small-{member_id}", line(100))
    clock.move(days=400)
    with ThreadPoolExecutor(1) as pool:
        others: list[Future[Any]] = []

        def meanwhile() -> None:
            long_ago = clock.now() - timedelta(days=800)
            others.append(pool.submit(buy, small_shop, friends[1], "late", line(9000), at=long_ago))
            until(lambda: others[0].done() or somebody_waits(small_shop))

        settling = replace(small_shop, clock=Interrupted(meanwhile=meanwhile, place=3, frozen=clock))
        assert settle_accounts(settling) >= 3
        assert others[0].result(PATIENCE_S).entries[0].points == 90
    proven(small_shop)


def test_a_friend_buys_while_a_new_year_end_wakes_everybody(small_shop: Shop, clock: FrozenClock) -> None:
    """The purchase holds the friend's account and is about to take the inviter's."""
    ann = enrol_one(small_shop, "Ann")
    friend = enrol_one(small_shop, "friend", invite_code="CCCCCCC3")
    for member_id in (ann, friend):
        buy(small_shop, member_id, f"small-{member_id}", line(100))
    publish(small_shop, SMALL.read_text(encoding="utf-8") + YEAR_END)
    clock.move(days=1)
    with ThreadPoolExecutor(1) as pool:
        others: list[Future[Any]] = []

        def meanwhile() -> None:
            others.append(pool.submit(wake_for_year_end, small_shop))
            until(lambda: others[0].done() or somebody_waits(small_shop))

        buying = replace(small_shop, clock=Interrupted(meanwhile=meanwhile, place=3, frozen=clock))
        assert buy(buying, friend, "late", line(9000), at=clock.now() - timedelta(days=30)).entries[0].points == 90
        others[0].result(PATIENCE_S)
    wakes = {row.member_id: row.review_at for row in rows_of(small_shop)}
    assert wakes == dict.fromkeys((ann, friend), datetime(2026, 12, 31, 16, tzinfo=UTC))
    proven(small_shop)


def rows_of(shop: Shop) -> list[Any]:
    with shop.read() as session:
        return list(session.execute(select(accounts)).all())


def test_two_imports_meet(small_shop: Shop, clock: FrozenClock) -> None:
    """Each batch locks the same members the other way round."""
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    there = [order(ann, "a1", clock.now(), line(100)), order(bob, "b1", clock.now(), line(100))]
    back = [order(bob, "b2", clock.now(), line(100)), order(ann, "a2", clock.now(), line(100))]
    with ThreadPoolExecutor(1) as pool:
        others: list[Future[Any]] = []

        def meanwhile() -> None:
            others.append(pool.submit(lambda: list(record_purchases(small_shop, Caller("cli", "two"), back))))
            until(lambda: others[0].done() or somebody_waits(small_shop))

        first = replace(small_shop, clock=Interrupted(meanwhile=meanwhile, place=2, frozen=clock))
        results = list(record_purchases(first, Caller("cli", "one"), there)) + others[0].result(PATIENCE_S)
    assert [result.entries[0].points for _, result in results if isinstance(result, PurchaseResult)] == [1, 1, 1, 1]
    proven(small_shop)


def test_who_is_forgotten_while_accounts_are_settled_is_left_out(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(1000))
    clock.move(days=400)

    class Interrupting(Shop):
        def write(self) -> AbstractContextManager[Session]:
            forget_member(small_shop, Caller("chat:1", "forget"), Forget(member_id=ann))
            return super().write()

    assert settle_accounts(Interrupting(small_shop.database, clock, small_shop.chance)) == 0
    proven(small_shop)


def test_a_database_that_goes_in_the_middle_leaves_nothing_half_written(small_shop: Shop) -> None:
    """Every connection is cut while a member is being enrolled; the same call afterwards is the first one."""
    if small_shop.database.is_sqlite:
        pytest.skip("a file does not hang up")
    before = dump(small_shop)

    def cut() -> None:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with small_shop.read() as session:
            session.execute(text(f"SELECT pg_terminate_backend(pid) {others}")).all()

    form = EnrolForm(name="Ann", phone="+14155552671")
    cutting = replace(small_shop, chance=Interrupted(meanwhile=cut))
    with pytest.raises(DatabaseUnavailable):
        enrol(cutting, Caller("staff:bo", "k1"), form)
    assert dump(small_shop) == before
    enrolled = enrol(small_shop, Caller("staff:bo", "k1"), form)
    assert enrol(small_shop, Caller("staff:bo", "k1"), form) == enrolled
    assert len(dump(small_shop)["member"]) == 1
