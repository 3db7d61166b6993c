"""Ticks: once for each slot, by one process at a time, whatever the clock and the processes do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db.ticks import tick_runs, tick_skips
from core.rules.slots import Daily, Every
from core.services.common import Result
from core.services.run_ticks import Tick, Timekeeper, give_up_lease, hold_lease, run_ticks, tidy_runs
from core.shop import DatabaseUnavailable, Shop
from tests.conftest import FrozenClock

REAL = datetime(2030, 1, 1, tzinfo=UTC)
START = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 10:00 in the program's zone


class Report(Result):
    planned: int
    failed: int
    skipped: dict[str, int]
    members: int


@dataclass
class Work:
    """What ticks do here: note when they ran, and once do something else."""

    shop: Shop
    ran: list[tuple[str, datetime]] = field(default_factory=list)
    trouble: Callable[[], object] | None = None

    def tick(self, name: str, rhythm: Every | Daily) -> Tick:
        def work(shop: Shop) -> object:
            self.ran.append((name, shop.now()))
            return self.trouble() if self.trouble is not None else None

        return Tick(name, rhythm, work)


@pytest.fixture
def work(shop: Shop) -> Work:
    return Work(shop)


@pytest.fixture
def keeper(shop: Shop) -> Timekeeper:
    return Timekeeper(shop, "one", lambda: REAL)


def runs(shop: Shop) -> list[Any]:
    with shop.read() as session:
        return list(session.execute(select(tick_runs).order_by(tick_runs.c.id)))


def fail() -> None:
    raise ValueError("no")


def test_each_slot_once_and_an_outage_is_one_run(work: Work, keeper: Timekeeper, clock: FrozenClock) -> None:
    ticks = [work.tick("often", Every(15)), work.tick("nightly", Daily(2, 30))]
    assert run_ticks(keeper, ticks) == ["often", "nightly"]
    again = Timekeeper(keeper.shop, "one", keeper.at)  # the same process, started anew
    clock.move(minutes=14)
    assert run_ticks(keeper, ticks) == run_ticks(again, ticks) == []
    clock.move(minutes=1)
    assert run_ticks(again, ticks) == ["often"]
    assert run_ticks(keeper, ticks) == []
    clock.move(days=3)
    assert run_ticks(keeper, ticks) == ["often", "nightly"]
    assert [(row.tick, row.slot - START, row.missed, row.state) for row in runs(keeper.shop)] == [
        ("often", timedelta(0), 0, "done"),
        ("nightly", -timedelta(hours=7, minutes=30), 0, "done"),
        ("often", timedelta(minutes=15), 0, "done"),
        ("often", timedelta(days=3, minutes=15), 3 * 96 - 1, "done"),
        ("nightly", timedelta(days=3) - timedelta(hours=7, minutes=30), 2, "done"),
    ]


def test_what_a_run_says_is_kept(work: Work, keeper: Timekeeper) -> None:
    work.trouble = lambda: Report(planned=5, failed=1, skipped={"no-consent": 2, "cap": 0}, members=7)
    run_ticks(keeper, [work.tick("care", Every(1))])
    (row,) = runs(keeper.shop)
    assert (row.planned, row.sent, row.failed, row.detail, row.started_at) == (5, 0, 1, {"members": 7}, START)
    assert row.took_ms >= 0
    with keeper.shop.read() as session:
        assert session.execute(select(tick_skips.c.reason, tick_skips.c.messages)).all() == [("no-consent", 2)]


def test_what_raises_is_recorded_tried_again_and_holds_nobody_up(
    work: Work, keeper: Timekeeper, clock: FrozenClock
) -> None:
    broken = replace(work.tick("broken", Daily(2, 30)), work=lambda shop: fail())
    fine = work.tick("fine", Every(1))
    assert run_ticks(keeper, [broken, fine]) == ["broken", "fine"]
    assert run_ticks(keeper, [broken, fine]) == []
    for _ in range(10):
        clock.move(minutes=5)
        run_ticks(keeper, [broken, fine])
    failed, *others = runs(keeper.shop)
    assert (failed.state, failed.tries, failed.error) == ("failed", 5, "ValueError('no')")
    assert {row.state for row in others} == {"done"}
    assert len(work.ran) == 11


def test_one_of_several_runs_them_and_another_takes_over(work: Work, shop: Shop, clock: FrozenClock) -> None:
    real = [REAL]
    one, two = Timekeeper(shop, "one", lambda: real[0]), Timekeeper(shop, "two", lambda: real[0])
    tick = [work.tick("often", Every(1))]
    assert run_ticks(one, tick) == ["often"]
    clock.move(minutes=1)
    assert run_ticks(two, tick) == []
    real[0] += timedelta(seconds=60)
    assert hold_lease(one)
    real[0] += timedelta(seconds=60)
    assert not hold_lease(two)
    real[0] += timedelta(seconds=30)  # one is dead
    assert run_ticks(two, tick) == ["often"]
    clock.move(minutes=1)
    assert run_ticks(one, tick) == []
    give_up_lease(two)
    assert run_ticks(one, tick) == ["often"]
    assert [row.holder for row in runs(shop)] == ["one", "two", "one"]


def test_a_lease_from_before_the_clock_was_set_back_is_not_waited_for(work: Work, shop: Shop) -> None:
    run_ticks(Timekeeper(shop, "dead", lambda: REAL + timedelta(hours=5)), [work.tick("often", Every(1))])
    assert hold_lease(Timekeeper(shop, "two", lambda: REAL))


def test_a_run_that_a_kill_cut_off_is_begun_anew(work: Work, shop: Shop, clock: FrozenClock) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    work.trouble = killed
    tick = work.tick("care", Every(15))
    with pytest.raises(KeyboardInterrupt):
        run_ticks(Timekeeper(shop, "one", lambda: REAL), [tick])
    work.trouble = None
    two = Timekeeper(shop, "two", lambda: REAL + timedelta(seconds=90))
    assert run_ticks(two, [tick]) == ["care"]
    (row,) = runs(shop)
    assert (row.state, row.tries, row.holder) == ("done", 2, "two")
    work.trouble = killed
    clock.move(minutes=15)
    with pytest.raises(KeyboardInterrupt):
        run_ticks(two, [tick])
    clock.move(minutes=15)
    work.trouble = None
    assert run_ticks(two, [tick]) == ["care"]
    assert [row.state for row in runs(shop)] == ["done", "failed", "done"]


def test_the_database_away_in_the_midst_of_a_run(work: Work, keeper: Timekeeper) -> None:
    def away() -> None:
        raise DatabaseUnavailable("gone")

    work.trouble = away
    ticks = [work.tick("care", Every(15)), work.tick("next", Every(15))]
    with pytest.raises(DatabaseUnavailable):
        run_ticks(keeper, ticks)
    work.trouble = None
    assert run_ticks(keeper, ticks) == ["care", "next"]


def test_a_clock_that_is_set_back(work: Work, keeper: Timekeeper, clock: FrozenClock) -> None:
    """Days are not served again; what looks for news goes on looking, and nothing waits until the hour is made up."""
    clock.set(datetime(2026, 3, 2, 7, 45, tzinfo=UTC))  # 02:45
    ticks = [work.tick("often", Every(15)), work.tick("nightly", Daily(2, 30))]
    for _ in range(4):
        run_ticks(keeper, ticks)
        clock.move(minutes=15)
    assert work.ran[:2] == [(name, datetime(2026, 3, 2, 7, 45, tzinfo=UTC)) for name in ("often", "nightly")]
    before = len(work.ran)
    clock.move(hours=-2)  # 01:45
    for _ in range(4):
        for _ in range(2):
            run_ticks(keeper, ticks)
        clock.move(minutes=15)
    assert [name for name, _ in work.ran[before:]] == ["often"] * 4
    assert {row.state for row in runs(keeper.shop)} == {"done"}
    assert max(row.tries for row in runs(keeper.shop) if row.tick == "nightly") == 1


def test_old_runs_go_and_idle_ones_sooner(work: Work, keeper: Timekeeper, clock: FrozenClock) -> None:
    tick = work.tick("care", Every(60))
    run_ticks(keeper, [tick])
    work.trouble = lambda: 3
    clock.move(hours=1)
    run_ticks(keeper, [tick])
    clock.move(days=2)
    assert tidy_runs(keeper.shop) == 1
    assert [row.detail for row in runs(keeper.shop)] == [{"done": 3}]
    clock.move(days=29)
    assert tidy_runs(keeper.shop) == 1
