"""Playing in the chat, in both languages: odds as they are, one play a tap, and its proof."""

from __future__ import annotations

import pytest

from core.insight.prize_draws import round_view
from core.services.activities.prize_draw_rounds import turn_rounds
from core.shop import Shop
from tests.bot.conftest import Town
from tests.bot.talk import buttons, labels
from tests.club import SOURCE, give, publish
from tests.conftest import FrozenClock
from tests.services.activities.test_prize_draws import DRAWS, FIRST_SEED
from tests.shopping import balance_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SEALED = "c386d8e8d07342f2e39e189c8e6c57bb205bb373fe4e3a6f69404a8bb767b417"


@pytest.fixture
def shop(bare_shop: Shop) -> Shop:
    publish(bare_shop, DRAWS)
    return bare_shop


@pytest.mark.parametrize(
    ("language", "asked", "told", "price"),
    [
        (
            "en",
            "prize draw",
            [
                "🎲 Spring prize draw\nGood luck!\n\n"
                "• Bear: 1 in 8, only 4 left\n• Voucher: 1 in 4\n• A hundred: 1 in 8\n"
                "• no prize, 1 point as a consolation: 1 in 2\n\nOne play: 10 points. You have 1,000 points.\n"
                "Today you have played 0 of 64 times.",
                f"This is its seal (SHA-256):\n{SEALED}",
            ],
            "🎲 Play: 10 points",
        ),
        (
            "zh-Hans",
            "抽奖",
            [
                "🎲 春季抽奖\n祝您好运！\n\n"
                "• 小熊：8 次中有 1 次，仅剩 4 份\n• 代金券：4 次中有 1 次\n• 一百分：8 次中有 1 次\n"
                "• 未中奖，安慰奖 1 积分：2 次中有 1 次\n\n"
                "参与一次：10 积分。您现有 1,000 积分。\n今日已参与 0 次，每日限 64 次。",
                f"其封印（SHA-256）为：\n{SEALED}",
            ],
            "🎲 抽一次：10 积分",
        ),
    ],
)
async def test_plays_and_can_check_it(
    town: Town, shop: Shop, clock: FrozenClock, language: str, asked: str, told: list[str], price: str
) -> None:
    anna = await town.member(language=language)
    give(shop, anna.member().id, 1_000)
    await anna.send(asked)
    shown = await anna.press("prize_draw:spring")
    assert all(each in shown["text"] for each in told)
    assert labels(shown)[0] == price
    toasts = await town.taps_before_an_answer(anna, buttons(shown)[0], 3)
    assert toasts == [None, None, None]
    clock.move(hours=1)
    turn_rounds(shop)
    with shop.read() as session:
        told_round = round_view(shop, session, "spring", 1)
    (played,) = told_round.items
    assert told_round.seed == FIRST_SEED
    assert balance_of(shop, anna.member().id).active == 1_000 - 10 + 1  # a consolation
    assert f"HMAC-SHA256 spring:1:1:{played.member_id} = {played.digest}" in (await anna.newest())["text"]


async def test_a_button_of_the_round_before_shows_the_draw_anew(town: Town, shop: Shop, clock: FrozenClock) -> None:
    anna = await town.member()
    give(shop, anna.member().id, 1_000)
    await anna.send("/prizes")
    shown = await anna.press("prize_draw:spring")
    clock.move(hours=1)
    assert await anna.tap(buttons(shown)[0], shown) == "Something has changed. Please look again."
    assert "Round 2" in (await anna.newest())["text"]
    assert balance_of(shop, anna.member().id).active == 1_000


OUTCOMES = SOURCE + "".join(
    f"""
[[prize_draws]]
id = "{name}"
name = {{ en = "{name}", zh-Hans = "{name}" }}
price = 0
per_day = 9
consolation = 1
prizes = [{{ id = "it", name = {{ en = "Prize", zh-Hans = "奖" }}, odds = {odds}, {prize} }}]
"""
    for name, odds, prize in [
        ("goods", 1, "goods = true, stock = 1"),
        ("coupon", 1, 'coupon = "ten"'),
        ("points", 1, "points = 100"),
        ("hardly", '"1/999999999"', "points = 100"),
    ]
)


async def test_every_outcome_is_told(town: Town, shop: Shop) -> None:
    publish(shop, OUTCOMES)
    anna = await town.member()
    assert len(buttons(await anna.send("/prizes"))) == 5
    told = {
        "goods": ["You won: Prize!\nShow this at the till until Mar 31, 2026: ", "would have been: Prize. All of them"],
        "coupon": ["You won: Prize!\nIt is in your coupons: ", "would have been: Prize. Its coupon cannot be"],
        "points": ["You won: Prize!\n+ 100 points", "You now have 202 points to spend."],
        "hardly": ["No prize this time.\n+ 1 point", "Play 2 of round 1 drew ticket "],
    }
    for draw, outcomes in told.items():
        await anna.press(f"prize_draw:{draw}")
        for outcome in outcomes:
            assert outcome in (await anna.press(buttons(await anna.newest())[0]))["text"]


async def test_who_cannot_play_is_told_why(town: Town, shop: Shop) -> None:
    anna = await town.member()
    await anna.send("/prizes")
    golden = await anna.press("prize_draw:golden")
    assert "Golden draw is for Gold. You are Basic.\n• Rules: The Club, version 1\n" in golden["text"]
    shown = await anna.press("prize_draw:spring")
    assert "Your points do not reach for it yet." in shown["text"]
    assert not [each for each in buttons(shown) if each.startswith("play:")]
    assert await anna.tap("play:spring:000000:CCCCCCCC") == "Something has changed. Please look again."
    assert await anna.tap("prize_draw:autumn") == "That button is not valid any more."
