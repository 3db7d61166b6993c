"""The tier's screen says how long a tier is kept, how it is saved and what follows if it is not, in both languages."""

from __future__ import annotations

import pytest

from core.shop import Shop
from tests.bot.conftest import Town
from tests.conftest import SMALL, FrozenClock
from tests.rules.stores import shanghai
from tests.services.books.test_late_purchases import publish, with_tiering
from tests.shopping import buy, line


@pytest.fixture
def shop(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 3, 2, 12))
    publish(bare_shop, with_tiering(SMALL.read_text(encoding="utf-8"), "grace_days = 30"))
    return bare_shop


@pytest.mark.parametrize(
    ("language", "in_term", "in_grace"),
    [
        (
            "en",
            ["🏅 Silver until Mar 2, 2027", "To keep Silver: anything you buy by Mar 2, 2027 is enough.",
             "If not, you can still save it until Apr 1, 2027; after that: Basic."],
            ["🏅 Silver, kept for you until Apr 1, 2027: your term ended on Mar 2, 2027",
             "To keep Silver: spend CN¥1,000.00 more by Apr 1, 2027.", "If not: Basic from Apr 2, 2027 on."],
        ),
        (
            "zh-Hans",
            ["🏅 银卡，有效至 2027年3月2日", "保级：2027年3月2日 当日或之前消费任意金额，即可保住银卡。",
             "未达成：宽限期至 2027年4月1日，期内仍可保级；逾期为普通。"],
            ["🏅 银卡，为您保留至 2027年4月1日（有效期已于 2027年3月2日 结束）",
             "保级：请在 2027年4月1日 前再消费 ¥1,000.00，即可保住银卡。", "未达成：自 2027年4月2日 起为普通。"],
        ),
    ],
)  # fmt: skip
async def test_until_when_a_tier_is_kept_and_what_saves_it(
    town: Town, shop: Shop, clock: FrozenClock, language: str, in_term: list[str], in_grace: list[str]
) -> None:
    anna = await town.member(language=language)
    buy(shop, anna.member().id, "1", line(100_000))
    for today, told in ((shanghai(2027, 3, 2, 20), in_term), (shanghai(2027, 3, 3), in_grace)):
        clock.set(today)
        text = (await anna.send("/tier"))["text"]
        assert [line for line in told if line not in text.split("\n")] == []
