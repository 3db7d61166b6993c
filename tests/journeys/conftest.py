"""Whole lives: the small program, the bot in the sandbox, the API, the sweep, and the audit at the end."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import open_town, town

__all__ = ["open_town", "town"]


@pytest.fixture
def shop(small_shop: Shop) -> Shop:
    return small_shop
