"""Texts to many, exactly."""

from __future__ import annotations

import pytest

from core.rules.message_text import fault_of, fits_everybody, length, misfit, placeholders, shown
from core.rules.refusal import Refusal

KNOWN = ("name", "points", "store")


@pytest.mark.parametrize(
    "text",
    [
        "Hello {name}",
        "{name|friend}, 5 &lt; 7 &amp; 7 &gt; 5 &#10004; &#x2713;",
        '<b>bold <i>both</i></b> <a href="https://example.org/?a=1">here</a> <code class="language-toml">x</code>',
        '<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler><tg-emoji emoji-id="53">👍</tg-emoji>',
        "<blockquote>a</blockquote><blockquote expandable>b</blockquote><PRE>c</PRE>",
        "{store|}x",
    ],
)
def test_texts_that_telegram_takes(text: str) -> None:
    assert fault_of(text, KNOWN, "a, en") is None


@pytest.mark.parametrize(
    ("text", "reason", "facts"),
    [
        ("Hello {nmae}", "message-placeholder-unknown", {"placeholder": "nmae", "known": ["name", "points", "store"]}),
        ("Hello {Name}", "message-placeholder-malformed", {"near": "Hello {Name}"}),
        ("Hello {name", "message-placeholder-malformed", {"near": "Hello {name"}),
        ("{name|a|b}", "message-placeholder-malformed", {"near": "{name|a|b}"}),
        ("<b>x", "message-html-invalid", {"near": "<b>"}),
        ("<b><i>x</b></i>", "message-html-invalid", {"near": "</b>"}),
        ("x</b>", "message-html-invalid", {"near": "</b>"}),
        ("<p>x</p>", "message-html-invalid", {"near": "<p>"}),
        ("<b class=\"x\">x</b>", "message-html-invalid", {"near": "<b class=\"x\">"}),
        ("<a>x</a>", "message-html-invalid", {"near": "<a>"}),
        ("<a href=\"javascript:1\">x</a>", "message-html-invalid", {"near": "<a href=\"javascript:1\">"}),
        ("<a href=\"https://a/{name}\">x</a>", "message-html-invalid", {"near": "<a href=\"https://a/{name}\">"}),
        ("fish & chips", "message-html-invalid", {"near": "fish & chips"}),
        ("1 < 2", "message-html-invalid", {"near": "1 < 2"}),
        ("a&nbsp;b", "message-html-invalid", {"near": "a&nbsp;b"}),
        (" <b> </b> ", "message-text-empty", {}),
    ],
)  # fmt: skip
def test_texts_that_it_refuses(text: str, reason: str, facts: dict[str, object]) -> None:
    assert fault_of(text, KNOWN, "a, en") == Refusal(reason, facts | {"content": "a, en"})  # type: ignore[arg-type]


def test_lengths_are_those_of_what_is_read_in_utf_16() -> None:
    assert shown("<b>5 &lt; 7</b>") == "5 < 7"
    assert [length(text) for text in ("<b>5 &lt; 7</b>", "👍", "熟客")] == [5, 2, 2]
    assert placeholders("{name|x} {points}") == {"name", "points"}


def test_the_limit_is_exact_and_a_caption_has_its_own() -> None:
    whom = ("C-1", "a, en")
    named: dict[str, str | int] = {"card": "C-1", "content": "a, en"}
    assert misfit("x" * 4090 + "{name}", None, {"name": "<Anna>"}, *whom) is None
    assert misfit("x" * 4090 + "{name}", None, {"name": "<Annie>"}, *whom) == Refusal(
        "message-text-too-long", {"length": 4097, "most": 4096, **named}
    )
    assert misfit("x" * 1025, "photo", {}, *whom) == Refusal(
        "message-text-too-long", {"length": 1025, "most": 1024, **named}
    )
    assert misfit("{store|the shop} {points}", None, {"store": "north"}, *whom) == Refusal(
        "message-placeholder-unfilled", {"placeholder": "points", **named}
    )


def test_a_text_of_which_nothing_is_left_is_for_nobody_but_a_photo_may_go_without() -> None:
    blank = Refusal("message-text-blank", {"card": "C-1", "content": "a, en"})
    assert misfit("<b>{store|}</b> ", None, {}, "C-1", "a, en") == blank
    assert misfit("<b>{store|}</b> ", None, {"store": "north"}, "C-1", "a, en") is None
    assert misfit("{store|}", "photo", {}, "C-1", "a, en") is None
    longest = {"store": 60, "name": 9}
    assert [fits_everybody(f"{{store|}}{rest}", None, longest) for rest in (" ", ".", "{name}")] == [False, True, True]
    assert fits_everybody("{store|}", "photo", {"store": 60})


def test_who_must_be_looked_at() -> None:
    longest = {"name": 100, "points": 11, "store": 60}
    assert fits_everybody("x" * 3985 + "{name}{points}", None, longest)
    assert not fits_everybody("x" * 3986 + "{name}{points}", None, longest)
    assert not fits_everybody("{store}", None, longest)  # some have none
    assert fits_everybody("{store|here}", None, longest)
    assert not fits_everybody("{expires_on|never}", None, longest)  # nobody knows how long it is at most
    assert not fits_everybody("x" * 1000 + "{name}", "photo", longest)
