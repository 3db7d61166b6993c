"""Who wants to join a club that asks for proof is told what to bring to the shop."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import Town
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS, shanghai
from tests.services.books.test_late_purchases import publish
from tests.services.members.test_proof import PROOFS


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 9, 1, 12))
    publish(bare_shop, (PROGRAMS / "campus-club.toml").read_text(encoding="utf-8") + PROOFS)
    return bare_shop


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "To join this club takes a student card, a letter of the school. Show it in the shop, and you are"
         " enrolled there."),
        ("zh-Hans", "加入本会须出示：学生证、在校证明。请到店出示，由店员为您办理。"),
    ],
)  # fmt: skip
async def test_what_joining_takes_is_told_in_the_chat(town: Town, shop: Shop, language: str, told: str) -> None:
    anna = await town.person(language=language)
    await anna.send("/start")
    await anna.press("join:yes")
    assert await anna.tap("join:name") == told
    assert not anna.is_member()
