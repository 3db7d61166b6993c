"""Stored value in the chat, in both languages: what is there, what moved, and why."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import Town
from tests.bot.talk import buttons
from tests.club import publish
from tests.conftest import SMALL
from tests.stored_value import PREPAID, pays, tops_up

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    publish(bare_shop, PREPAID)
    return bare_shop


@pytest.mark.parametrize(
    ("language", "asked", "told", "why"),
    [
        (
            "en",
            "stored value",
            "💰 CN¥5.00 to spend in the shop\n🎈 of which bonus: CN¥5.00\n"
            "⌛ Next to lapse: CN¥5.00 of the bonus, good until Mar 2, 2027\n\n"
            "Latest · tap a number to see why\n"
            "① −CN¥105.00  Paid · Mar 2, 2026\n"
            "② +CN¥10.00  Bonus on topping up · Mar 2, 2026\n"
            "③ +CN¥100.00  Topped up · Mar 2, 2026",
            "−CN¥105.00  Paid\nMar 2, 2026\n\n"
            "• CN¥105.00: CN¥100.00 of the money you paid in, and CN¥5.00 of the bonus\n• Rules: Small, version 1",
        ),
        (
            "zh-Hans",
            "储值",
            "💰 储值余额 ¥5.00\n🎈 其中赠送金：¥5.00\n⌛ 最近到期：赠送金 ¥5.00，有效至 2027年3月2日\n\n"
            "最近 · 点数字看来历\n"
            "① −¥105.00  储值支付 · 2026年3月2日\n"
            "② +¥10.00  充值赠送 · 2026年3月2日\n"
            "③ +¥100.00  充值 · 2026年3月2日",
            "−¥105.00  储值支付\n2026年3月2日\n\n• ¥105.00：本金 ¥100.00，赠送金 ¥5.00\n• 规则：小店，第 1 版",
        ),
    ],
)
async def test_sees_the_money_and_why(town: Town, shop: Shop, language: str, asked: str, told: str, why: str) -> None:
    anna = await town.member(language=language)
    home = await anna.send("/menu")
    assert buttons(home)[0] == "stored_value"
    tops_up(shop, anna.member().id, "T1", 10_000)
    pays(shop, anna.member().id, "R1", 10_500)
    shown = await anna.send(asked)
    assert shown["text"] == told
    assert buttons(shown) == ["movement:3", "movement:2", "movement:1", "home"]
    assert (await anna.press("movement:3"))["text"] == why
    assert "2027" in (await anna.press("movement:2", shown))["text"]


async def test_turns_pages_and_sees_nobody_elses(town: Town, shop: Shop) -> None:
    anna, bea = await town.member("Anna"), await town.member("Bea")
    for number in range(7):
        tops_up(shop, anna.member().id, f"T{number}", 1_000)
    shown = await anna.send("money")
    assert "stored_value:2" in buttons(shown)
    assert [each for each in buttons(await anna.press("stored_value:2")) if "movement" in each] == ["movement:1"]
    assert "Nothing yet" in (await bea.send("money"))["text"]
    assert await bea.tap("movement:1") == "There is no such entry in your account."


async def test_whoever_has_money_here_is_not_forgotten(town: Town, shop: Shop) -> None:
    anna = await town.member()
    tops_up(shop, anna.member().id, "T1", 1_000)
    await anna.send("/data")
    told = await anna.tap("forget")
    assert told is not None
    assert told.startswith("CN¥10.00 of your own money is still kept here.")
    pays(shop, anna.member().id, "R1", 1_000)
    assert "Shall we forget you?" in (await anna.press("forget"))["text"]


async def test_a_program_without_it_has_no_button(town: Town, shop: Shop) -> None:
    anna = await town.member()
    publish(shop, SMALL.read_text(encoding="utf-8"))
    assert "stored_value" not in buttons(await anna.send("/menu"))
    assert (await anna.send("prepaid"))["text"] == "This club keeps no money for its members."
