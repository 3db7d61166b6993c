"""Looking things up in a program file's data, whatever its shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.program.faults import Path

Data = dict[str, Any]


def find(data: Any, pattern: str) -> Iterator[tuple[Path, Any]]:
    """Every place that a dotted pattern fits, with its value: `*` is any entry of a list, `?` any key of a table."""
    places: list[tuple[Path, Any]] = [((), data)]
    for part in pattern.split("."):
        places = [((*path, key), inner) for path, value in places for key, inner in _steps(value, part)]
    return iter(places)


def texts_of(data: Any, pattern: str) -> Iterator[tuple[Path, str]]:
    """The texts at those places; a pattern that ends with `?` means the keys themselves."""
    for path, value in find(data, pattern):
        text = path[-1] if pattern.endswith("?") else value
        if isinstance(text, str):
            yield path, text


def ids(data: Any, nouns: str) -> list[str]:
    """The ids in a list of tables, each once, in their order."""
    return list(dict.fromkeys(text for _, text in texts_of(data, f"{nouns}.*.id")))


def _steps(value: Any, part: str) -> Iterator[tuple[str | int, Any]]:
    if part == "*" and isinstance(value, list):
        yield from enumerate(value)
    elif part == "?" and isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, dict) and part in value:
        yield part, value[part]
