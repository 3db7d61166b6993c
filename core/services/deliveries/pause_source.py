"""Holding back, letting go and calling off what a source has planned, at any size, at once."""

from __future__ import annotations

from typing import Any

from core.db import delivery_queries as queries
from core.services.deliveries.plan_deliveries import CHUNK
from core.shop import Shop


def pause_source(shop: Shop, source: str) -> None:
    """Nothing of it leaves after this begins. What is on its way already arrives."""
    with shop.write() as session:
        queries.stop(session, source, False, shop.now())
    hold_rows(shop, source)


def resume_source(shop: Shop, source: str) -> None:
    """A cancelled one stays cancelled."""
    free_rows(shop, source)
    with shop.write() as session:
        queries.let_go(session, source)


def cancel_source(shop: Shop, source: str) -> int:
    """What did not leave never will, nor what is planned of it later. How many that ended."""
    with shop.write() as session:
        queries.stop(session, source, True, shop.now())
    return end_rows(shop, source)


def hold_rows(shop: Shop, source: str) -> int:
    """Show what a stopped source has planned as paused; how many."""
    return _move(shop, source, ["planned"], {"state": "paused"})


def free_rows(shop: Shop, source: str) -> int:
    """The way back; how many."""
    return _move(shop, source, ["paused"], {"state": "planned"})


def end_rows(shop: Shop, source: str) -> int:
    """End what a cancelled source has planned; how many."""
    return _move(shop, source, ["planned", "paused"], queries.ended("suppressed", "cancelled", shop.now()))


def _move(shop: Shop, source: str, states: list[str], to: dict[str, Any]) -> int:
    """In chunks: others write in between."""
    moved = 0
    while True:
        with shop.write() as session:
            some = queries.move(session, source, states, to, CHUNK)
        moved += some
        if not some:
            return moved
