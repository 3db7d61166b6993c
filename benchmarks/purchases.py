"""Purchases per second through the service, beside the same statements on the bare driver."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from statistics import median
from time import perf_counter

from sqlalchemy import func, select

from benchmarks.baskets import enrol_members, orders
from benchmarks.rows import Row
from benchmarks.shops import Fill, open_shop, postgresql_copies, sqlite_copies
from benchmarks.tape import Player, Step, record
from core.db.ledger import entries
from core.db.purchases import purchase_lines
from core.services.once import Caller
from core.services.purchases.record_purchase import PurchaseOrder, record_purchase
from core.shop import Shop

LEAST = 0.25
ROUNDS = 20

Copies = Callable[[Fill, int], AbstractContextManager[list[str]]]


def on_sqlite(quick: bool) -> list[Row]:
    return _measure("SQLite", sqlite_copies, 3 if quick else 100)


def on_postgresql(quick: bool) -> list[Row]:
    return _measure("PostgreSQL", postgresql_copies, 3 if quick else 100)


def _measure(name: str, copies: Copies, per_round: int) -> list[Row]:
    with copies(enrol_members, 3) as (taped_url, service_url, bare_url):
        tapes = _record(open_shop(taped_url), orders(per_round * (ROUNDS + 1)))
        shop, player = open_shop(service_url), Player(bare_url)
        served, bare = _rounds(shop, player, tapes, per_round)
        player.close()
        _check_equal(shop, open_shop(bare_url))
        shop.database.dispose()
    ratios = [mine / peer for mine, peer in zip(served, bare, strict=True)]
    return [
        Row(f"purchases through the service, {name}", median(served), "purchases/s"),
        Row(f"the same statements on the bare driver, {name}", median(bare), "purchases/s"),
        Row(f"service over bare driver, {name}", median(ratios), "ratio", LEAST),
    ]


def _record(shop: Shop, wanted: list[PurchaseOrder]) -> list[tuple[PurchaseOrder, list[Step]]]:
    tape = record(shop.database.engine)
    with shop.read() as session:  # connects: what the connection is set up with is not part of any purchase
        session.connection()
    tape.take()
    taped = []
    for order in wanted:
        _serve(shop, order)
        taped.append((order, tape.take()))
    shop.database.dispose()
    return taped


def _rounds(
    shop: Shop, player: Player, taped: list[tuple[PurchaseOrder, list[Step]]], per_round: int
) -> tuple[list[float], list[float]]:
    """Purchases per second in each round, service and bare driver by turns; the first round warms up."""
    served, bare = [], []
    for number in range(ROUNDS + 1):
        chosen = taped[number * per_round : (number + 1) * per_round]
        before = perf_counter()
        for order, _ in chosen:
            _serve(shop, order)
        between = perf_counter()
        for _, steps in chosen:
            player.play(steps)
        after = perf_counter()
        served.append(per_round / (between - before))
        bare.append(per_round / (after - between))
    return served[1:], bare[1:]


def _serve(shop: Shop, order: PurchaseOrder) -> None:
    record_purchase(shop, Caller("till:bench", f"purchase:{order.external_id}"), order)


def _check_equal(shop: Shop, bare: Shop) -> None:
    """Both did the same work, or the comparison is none."""
    assert _sums(shop) == _sums(bare), "the replay wrote something else than the service"
    bare.database.dispose()


def _sums(shop: Shop) -> tuple[int, ...]:
    with shop.read() as session:
        points = session.execute(select(func.count(), func.sum(entries.c.points))).one()
        lines = session.execute(select(func.count(), func.sum(purchase_lines.c.unit_price))).one()
    return (*map(int, points), *map(int, lines))
