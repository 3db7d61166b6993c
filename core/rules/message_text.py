"""The text of a message to many: Telegram HTML with {placeholders} and what stands in for those that nobody can fill.

`{name}` is the member's own, `{name|friend}` says "friend" to whom has none. All here is strict: what Telegram would
refuse for one recipient is told before anything is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape

from core.program.telegram_html import TAG, html_fault
from core.program.telegram_html import near as near_to
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
        return Refusal("message-placeholder-malformed", {"near": near_to(rest, brace.start()), "content": content})
    in_tag = next((tag[0] for tag in TAG.finditer(text) if "{" in tag[0]), None)
    near = in_tag or html_fault(rest)
    if near is not None:
        return Refusal("message-html-invalid", {"near": near, "content": content})
    return None if shown(rest).strip() else Refusal("message-text-empty", {"content": content})


def shown(text: str) -> str:
    """What is left of Telegram HTML for the reader."""
    return unescape(TAG.sub("", text))


def length(text: str) -> int:
    """Of what the reader sees, in UTF-16 code units."""
    return len(shown(text).encode("utf-16-le")) // 2


def most(photo: str | None) -> int:
    return MOST_TEXT if photo is None else MOST_CAPTION


def misfit(text: str, photo: str | None, filling: Mapping[str, str], card: str, content: str) -> Refusal | None:
    """Why this text cannot go to whom this filling is of, the member with that card.

    Refusals: message-placeholder-unfilled, message-text-too-long, message-text-blank (a photo needs no words).
    """
    whole = filled(text, filling)
    if whole is None:
        missing = next(found[1] for found in PLACEHOLDER.finditer(text) if found[2] is None and found[1] not in filling)
        return Refusal("message-placeholder-unfilled", {"placeholder": missing, "card": card, "content": content})
    units = length(whole)
    if units > most(photo):
        facts: dict[str, Fact] = {"length": units, "most": most(photo), "card": card, "content": content}
        return Refusal("message-text-too-long", facts)
    if photo is None and not shown(whole).strip():
        return Refusal("message-text-blank", {"card": card, "content": content})
    return None


def placeholders(text: str) -> set[str]:
    return {found[1] for found in PLACEHOLDER.finditer(text)}


def fits_everybody(text: str, photo: str | None, longest: Mapping[str, int]) -> bool:
    """Whether no member can be one whom the text does not fit, so that nobody has to be looked at.

    longest: UTF-16 code units by placeholder, at most.
    """
    bare = PLACEHOLDER.sub("", text)
    units, says = length(bare), photo is not None or bool(shown(bare).strip())
    for found in PLACEHOLDER.finditer(text):
        if found[1] not in longest or (found[2] is None and found[1] in OF_SOME):
            return False
        units += max(longest[found[1]], length(found[2] or ""))
        says = says or found[1] in (*ALWAYS, *OF_COUPON) or bool((found[2] or "").strip())
    return says and units <= most(photo)
