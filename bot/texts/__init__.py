"""Every sentence the bot says. One file per language, the same keys and placeholders in each."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, get_timezone_location
from babel.numbers import format_currency, get_currency_precision

LANGUAGES = ("en", "zh-Hans")


def language_for(code: str | None) -> str:
    """The language for a Telegram language_code (zh, zh-hans, en-GB …); English for any other."""
    return "zh-Hans" if (code or "").lower().startswith("zh") else "en"


class Say:
    """Speaks one language. `say(key, **data)` escapes all data for Telegram's HTML, except what is `Marked`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, /, **data: object) -> str:
        text = self._texts[key]
        return text.format(**{name: _shown(value) for name, value in data.items()}) if data else text

    def counted(self, key: str, count: int) -> str:
        """`3 points`: the sentence key.one or key.other around the number."""
        return self._texts[f"{key}.one" if abs(count) == 1 else f"{key}.other"].format(n=f"{count:,}")

    def has(self, key: str) -> bool:
        return key in self._texts

    def plain(self, key: str, /, **data: object) -> str:
        """For places that take no HTML: buttons, toasts, pictures."""
        return self._texts[key].format(**data)

    def points(self, count: int) -> str:
        return self.counted("count.points", count)

    def money(self, minor: int, currency: str) -> str:
        return _money(minor, currency, self.language)

    def day(self, at: datetime | date, zone: ZoneInfo | None = None) -> str:
        """`5 Mar 2026`; a moment is a day in that zone."""
        return _day(at.astimezone(zone).date() if isinstance(at, datetime) else at, self.language)

    def short_day(self, at: datetime, zone: ZoneInfo) -> str:
        """`Mar 5`, for where the year is beside the point."""
        return format_skeleton("MMMd", at.astimezone(zone).date(), locale=_locale(self.language))

    def last_day(self, until: datetime, zone: ZoneInfo) -> str:
        """The last day before an exclusive end."""
        return self.day(until - timedelta(seconds=1), zone)

    def place(self, zone: str) -> str:
        """An IANA zone's city."""
        return get_timezone_location(zone, locale=_locale(self.language), return_city=True)

    def month(self, first: date) -> str:
        return format_skeleton("yMMMM", first, locale=_locale(self.language))


class Marked(str):
    """Text that is Telegram HTML already."""


def _shown(value: object) -> object:
    if type(value) is str:
        return escape(value, quote=False)
    if type(value) is int:
        return f"{value:,}"
    return value


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


@lru_cache(4096)
def _day(day: date, language: str) -> str:
    return format_date(day, "medium", locale=_locale(language))


@lru_cache(4096)
def _money(minor: int, currency: str, language: str) -> str:
    return format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency, locale=_locale(language))


@cache
def say(language: str) -> Say:
    """The speaker of that language, English if there is none."""
    return Say(language if language in LANGUAGES else "en")


@cache
def texts(language: str) -> dict[str, str]:
    """Every sentence of a language under its dotted key."""
    return {key: text for key, text in _flat(_file(language), "") if isinstance(text, str)}


@cache
def spoken() -> dict[str, str]:
    """What members write without a slash, in any language, to the screen it asks for."""
    return {
        word.casefold(): name
        for language in LANGUAGES
        for name, words in cast(dict[str, list[str]], _file(language)["words"]).items()
        for word in words
    }


def meant(text: str) -> str:
    """The screen that somebody asks for: by a word of spoken(), or by a sentence with words of one screen alone; empty
    where that is not clear. Of words within words the longest is meant: 打卡 is no 卡."""
    said = text.strip(" .!?。！？～~").casefold()
    if said in spoken():
        return spoken()[said]
    names = {spoken()[each] for each in _within().findall(said)} - {"home", "help"}
    return names.pop() if len(names) == 1 else ""


@cache
def _within() -> re.Pattern[str]:
    """The words that are long enough to be meant within a sentence, the longest first."""
    longest = sorted(spoken(), key=len, reverse=True)
    return re.compile(
        "|".join(rf"\b{re.escape(each)}\b" if each.isascii() else re.escape(each) for each in longest if len(each) > 1)
    )


@cache
def _file(language: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in table.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return rows
