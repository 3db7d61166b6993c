"""The text of a message to many: Telegram HTML with {placeholders} and what stands in for those that nobody can fill.

`{name}` is the member's own, `{name|friend}` says "friend" to whom has none. All here is strict: what Telegram would
refuse for one recipient is told before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape

from core.rules.messaging import PLACEHOLDER, filled
from core.rules.refusal import Fact, Refusal

MOST_TEXT, MOST_CAPTION = 4_096, 1_024
"""Characters after entities parsing: https://core.telegram.org/bots/api#sendmessage and #sendphoto. Counted in UTF-16
code units, as Telegram counts its entities: an emoji may be two."""

ALWAYS = ("name", "card", "tier", "points", "shop")
"""Placeholders that every member fills."""
OF_SOME = ("store", "expiring_points", "expires_on", "days_to_expiry", "next_tier", "missing_spend", "missing_points")
"""Those that some have nothing for."""
OF_COUPON = ("coupon_code", "coupon_name", "coupon_until")
"""Those of the recipient's own coupon, where the campaign gives one."""

_TAG = re.compile(r'<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*>')
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


def fault_of(text: str, known: Iterable[str], content: str) -> Refusal | None:
    """What is wrong with a text whoever gets it: its placeholders, its tags. content: how a refusal calls it.

    Refusals: message-text-empty, message-placeholder-malformed, message-placeholder-unknown, message-html-invalid.
    """
    names = sorted(known)
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in names:
            facts: dict[str, Fact] = {"placeholder": found[1], "known": names, "content": content}
            return Refusal("message-placeholder-unknown", facts)
    rest = PLACEHOLDER.sub("x", text)
    if brace := re.search(r"[{}]", rest):
        return Refusal("message-placeholder-malformed", {"near": _near(rest, brace.start()), "content": content})
    in_tag = next((tag[0] for tag in _TAG.finditer(text) if "{" in tag[0]), None)
    near = in_tag or _html_fault(rest)
    if near is not None:
        return Refusal("message-html-invalid", {"near": near, "content": content})
    return None if shown(rest).strip() else Refusal("message-text-empty", {"content": content})


def shown(text: str) -> str:
    """What is left of Telegram HTML for the reader."""
    return unescape(_TAG.sub("", text))


def length(text: str) -> int:
    """Of what the reader sees, in UTF-16 code units."""
    return len(shown(text).encode("utf-16-le")) // 2


def most(photo: str | None) -> int:
    return MOST_TEXT if photo is None else MOST_CAPTION


def misfit(text: str, photo: str | None, filling: Mapping[str, str], card: str, content: str) -> Refusal | None:
    """Why this text cannot go to whom this filling is of, the member with that card.

    Refusals: message-placeholder-unfilled, message-text-too-long.
    """
    whole = filled(text, filling)
    if whole is None:
        missing = next(found[1] for found in PLACEHOLDER.finditer(text) if found[2] is None and found[1] not in filling)
        return Refusal("message-placeholder-unfilled", {"placeholder": missing, "card": card, "content": content})
    units = length(whole)
    if units > most(photo):
        facts: dict[str, Fact] = {"length": units, "most": most(photo), "card": card, "content": content}
        return Refusal("message-text-too-long", facts)
    return None


def placeholders(text: str) -> set[str]:
    return {found[1] for found in PLACEHOLDER.finditer(text)}


def fits_everybody(text: str, photo: str | None, longest: Mapping[str, int]) -> bool:
    """Whether no member can be one whom the text does not fit, so that nobody has to be looked at.

    longest: UTF-16 code units by placeholder, at most.
    """
    units = length(PLACEHOLDER.sub("", text))
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in longest or (found[2] is None and found[1] in OF_SOME):
            return False
        units += max(longest[found[1]], length(found[2] or ""))
    return units <= most(photo)


def _html_fault(text: str) -> str | None:
    """Where the HTML is none of Telegram's; None: it is."""
    open_tags: list[str] = []
    for tag in _TAG.finditer(text):
        name = tag[2].lower()
        if tag[1]:
            if not open_tags or open_tags.pop() != name or tag[3].strip():
                return tag[0]
            continue
        if not _tag_known(name, tag[3]):
            return tag[0]
        open_tags.append(name)
    rest = _TAG.sub(lambda tag: " " * len(tag[0]), text)
    if loose := _LOOSE.search(rest):
        return _near(text, loose.start())
    return f"<{open_tags[-1]}>" if open_tags else None


def _tag_known(name: str, written: str) -> bool:
    attributes = [(found[1].lower(), found[2]) for found in _ATTRIBUTE.finditer(written)]
    if not attributes:
        return name in _PLAIN or name == "blockquote"
    if name not in _MEANT or len(attributes) > 1:
        return False
    key, value = _MEANT[name]
    return attributes[0][0] == key and value.fullmatch(attributes[0][1] or "") is not None


def _near(text: str, place: int) -> str:
    return text[max(0, place - 10) : place + 20]
