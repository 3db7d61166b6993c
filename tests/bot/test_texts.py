from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from bot.conversation import COMMANDS, ROUTES
from bot.texts import LANGUAGES, Marked, language_for, meant, say, spoken, texts
from core.words import texts as words_texts


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_language_has_the_same_sentences_with_the_same_placeholders() -> None:
    english, chinese = texts("en"), texts("zh-Hans")
    assert english.keys() == chinese.keys()
    assert {key: placeholders(text) for key, text in english.items()} == {
        key: placeholders(text) for key, text in chinese.items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tag_closes_on_the_line_it_opens_on(language: str) -> None:
    class Tags(HTMLParser):
        open: list[str]

        def handle_starttag(self, tag: str, attrs: object) -> None:
            assert tag in ("b", "i", "code")
            self.open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert self.open.pop() == tag

    for key, text in texts(language).items():
        for line in text.split("\n"):
            tags = Tags()
            tags.open = []
            tags.feed(line)
            assert tags.open == [], key


def test_words_and_commands_lead_somewhere() -> None:
    assert set(spoken().values()) <= set(ROUTES)
    assert set(COMMANDS.values()) <= set(ROUTES)
    assert spoken()["积分"] == spoken()["points"] == "points"
    for name in COMMANDS:
        assert name in ("start", "cancel", "staff") or say("en").has(f"commands.{name}"), name


@pytest.mark.parametrize(
    ("said", "screen"),
    [
        ("卡片", "card"),
        ("我的会员卡号是多少？", "card"),
        ("打卡", "check_in"),
        ("我还有多少积分", "points"),
        ("看看有什么优惠券", "coupons"),
        ("Where is my membership card?", "card"),
        ("hello, how many points do I have", "points"),
        ("Vouchers!", "coupons"),
        ("points or coupons", ""),
        ("积分换礼品", ""),
        ("what is love", ""),
        ("disappointed", ""),
    ],
)
def test_a_sentence_with_the_words_of_one_screen_asks_for_it(said: str, screen: str) -> None:
    assert meant(said) == screen


def test_data_is_escaped_and_marked_text_is_not() -> None:
    text = say("en")("home.text", club="<i>", name="A & <b>", points=Marked("<u>1</u>"), tier="x", coupons="y")
    assert "A &amp; &lt;b&gt;" in text
    assert "<u>1</u>" in text
    assert "<i>&lt;i&gt;</i>" in text


def test_numbers_money_and_days_follow_the_language() -> None:
    at = datetime(2026, 3, 1, 5, tzinfo=UTC)
    new_york = ZoneInfo("America/New_York")
    english, chinese = say("en"), say("zh-Hans")
    assert (english.points(1), english.points(1234), chinese.points(1)) == ("1 point", "1,234 points", "1 积分")
    assert (english.money(123456, "USD"), chinese.money(5, "JPY")) == ("$1,234.56", "JP¥5")
    assert (english.day(at, new_york), english.last_day(at, new_york)) == ("Mar 1, 2026", "Feb 28, 2026")
    assert chinese.day(at, new_york) == "2026年3月1日"
    assert (english.short_day(at, new_york), chinese.short_day(at, new_york)) == ("Mar 1", "3月1日")


def test_languages_are_told_by_telegrams_code() -> None:
    codes = [None, "", "en", "de", "zh", "zh-hans", "zh-TW"]
    assert [language_for(code) for code in codes] == ["en"] * 4 + ["zh-Hans"] * 3


def test_the_bots_languages_are_those_of_the_words() -> None:
    assert LANGUAGES == words_texts.LANGUAGES
