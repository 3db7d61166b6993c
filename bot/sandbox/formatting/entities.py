"""Text with entities. Offsets and lengths count UTF-16 code units, as the Bot API does."""

from __future__ import annotations

import re
from typing import Any

from bot.sandbox.formatting import html, markdown
from bot.sandbox.formatting.spans import Formatted, utf16
from bot.sandbox.wording import Json, bad_request

# What Telegram finds by itself in any text.
DETECTED = re.compile(
    r"(?<![\w/<>])(?P<bot_command>/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?)(?![\w/])"
    r"|(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)\]}，。；：！？）】])"
)
PLACED = ("type", "offset", "length")
OPTIONAL = ("url", "user", "language", "custom_emoji_id")


def formatted(text: str, parse_mode: str | None, entities: list[Any] | None = None) -> Formatted:
    """Text and entities as a message shows them. Raises Bad Request when they can't be parsed."""
    if not parse_mode:
        plain, found = text, [_given(text, entity) for entity in entities or ()]
    else:
        plain, found = _parser(parse_mode)(text)
    plain, found = trimmed(plain, found)
    if "/" in plain:
        found = detect(plain, found)
    return plain, found


def detect(text: str, entities: list[Json]) -> list[Json]:
    """Add commands and links, where nothing else is marked."""
    found = list(entities)
    for match in DETECTED.finditer(text):
        offset, length = utf16(text[: match.start()]), utf16(match.group())
        if not any(other["offset"] < offset + length and offset < _end(other) for other in entities):
            found.append({"type": match.lastgroup, "offset": offset, "length": length})
    return sorted(found, key=lambda entity: (entity["offset"], -entity["length"]))


def trimmed(text: str, entities: list[Json]) -> Formatted:
    """Without white space at both ends; entities move along and never end up empty."""
    kept = text.strip()
    if kept == text or not entities:
        return kept, entities
    cut, end = utf16(text[: len(text) - len(text.lstrip())]), utf16(kept)
    moved = []
    for entity in entities:
        first, last = max(entity["offset"] - cut, 0), min(_end(entity) - cut, end)
        if first < last:
            moved.append({**entity, "offset": first, "length": last - first})
    return kept, moved


def _end(entity: Json) -> int:
    return int(entity["offset"] + entity["length"])


def _parser(parse_mode: str) -> Any:
    match parse_mode.lower():
        case "html":
            return html.parse
        case "markdownv2":
            return markdown.parse_v2
        case "markdown":
            return markdown.parse_legacy
    raise bad_request("unsupported parse_mode")


def _given(text: str, entity: Any) -> Json:
    if not isinstance(entity, dict) or not all(key in entity for key in PLACED):
        raise bad_request("can't parse MessageEntity: expected an object with type, offset and length")
    if entity["offset"] < 0 or entity["length"] <= 0 or _end(entity) > utf16(text):
        raise bad_request(f"entity beginning at UTF-16 offset {entity['offset']} ends after the end of the text")
    return {key: entity[key] for key in (*PLACED, *OPTIONAL) if entity.get(key) is not None}
