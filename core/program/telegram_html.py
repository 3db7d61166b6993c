"""Telegram's HTML: which tags it knows (https://core.telegram.org/bots/api#html-style), and where a text is none."""

from __future__ import annotations

import re

TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*>')
_ATTRIBUTE = re.compile(r'([a-zA-Z-]+)(?:="([^"<>]*)")?')
_LOOSE = re.compile(r"[<>]|&(?!(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")
"""What Telegram wants written as an entity."""
_PLAIN = frozenset(("b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "tg-spoiler"))
_MEANT: dict[str, tuple[str, re.Pattern[str]]] = {
    "a": ("href", re.compile(r"(https?|tg|mailto|tel):\S+")),
    "span": ("class", re.compile("tg-spoiler")),
    "tg-emoji": ("emoji-id", re.compile("[0-9]+")),
    "code": ("class", re.compile(r"language-\S+")),
    "blockquote": ("expandable", re.compile("")),
}
"""The one attribute that a tag may have, and its value: https://core.telegram.org/bots/api#html-style"""


def html_fault(text: str) -> str | None:
    """Where the HTML is none of Telegram's; None: it is."""
    open_tags: list[str] = []
    for tag in TAG.finditer(text):
        name = tag[2].lower()
        if tag[1]:
            if not open_tags or open_tags.pop() != name or tag[3].strip():
                return tag[0]
            continue
        if not _tag_known(name, tag[3]):
            return tag[0]
        open_tags.append(name)
    rest = TAG.sub(lambda tag: " " * len(tag[0]), text)
    if loose := _LOOSE.search(rest):
        return near(text, loose.start())
    return f"<{open_tags[-1]}>" if open_tags else None


def _tag_known(name: str, written: str) -> bool:
    attributes = [(found[1].lower(), found[2]) for found in _ATTRIBUTE.finditer(written)]
    if not attributes:
        return name in _PLAIN or name == "blockquote"
    if name not in _MEANT or len(attributes) > 1:
        return False
    key, value = _MEANT[name]
    return attributes[0][0] == key and value.fullmatch(attributes[0][1] or "") is not None


def near(text: str, place: int) -> str:
    return text[max(0, place - 10) : place + 20]
