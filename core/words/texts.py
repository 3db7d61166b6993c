"""The sentences of a language, out of its file."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh-Hans")


def spoken(language: str) -> str:
    """The language of ours that is nearest to a tag: any Chinese is zh-Hans, all else en."""
    return "zh-Hans" if language.lower().startswith("zh") else "en"


def text(language: str, key: str) -> str | None:
    """The sentence under a dotted key, or None."""
    return texts(spoken(language)).get(key)


@cache
def texts(language: str) -> dict[str, str]:
    """Every sentence of one of LANGUAGES under its dotted key."""
    content = tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flat(content, ""))


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        rows += _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else [(prefix + key, value)]
    return rows
