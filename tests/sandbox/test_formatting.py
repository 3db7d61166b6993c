from __future__ import annotations

import pytest

from bot.sandbox.formatting.entities import formatted
from bot.sandbox.wording import BotApiError, Json


def shown(
    text: str, mode: str | None = None, entities: list[Json] | None = None
) -> tuple[str, list[tuple[str, int, int]]]:
    plain, found = formatted(text, mode, entities)
    return plain, [(entity["type"], entity["offset"], entity["length"]) for entity in found]


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        ("a &lt;b&gt; &amp; &quot;c&quot; &#39;&#x41;", 'a <b> & "c" \'A', []),
        (
            "<b>bold</b> and <i>it<u>al</u>ic</i>",
            "bold and italic",
            [("bold", 0, 4), ("italic", 9, 6), ("underline", 11, 2)],
        ),
        ("积分 <b>37</b> 🎁<s>x</s>", "积分 37 🎁x", [("bold", 3, 2), ("strikethrough", 8, 1)]),
        (
            "<strong>a</strong><em>b</em><ins>c</ins><del>d</del>",
            "abcd",
            [("bold", 0, 1), ("italic", 1, 1), ("underline", 2, 1), ("strikethrough", 3, 1)],
        ),
        (
            "<blockquote expandable>q</blockquote><tg-spoiler>s</tg-spoiler>",
            "qs",
            [("expandable_blockquote", 0, 1), ("spoiler", 1, 1)],
        ),
        (
            '<span class="tg-spoiler">s</span><tg-emoji emoji-id="5">👍</tg-emoji>',
            "s👍",
            [("spoiler", 0, 1), ("custom_emoji", 1, 2)],
        ),
        ("  <b> x </b>  ", "x", [("bold", 0, 1)]),
        ("<b></b>x", "x", []),
    ],
)
def test_html(text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    assert shown(text, "HTML") == (plain, entities)


def test_links_and_languages() -> None:
    assert formatted('<a href="https://a.b/?x=1&amp;y=2">go</a>', "HTML") == (
        "go",
        [{"type": "text_link", "url": "https://a.b/?x=1&y=2", "offset": 0, "length": 2}],
    )
    assert formatted('<pre><code class="language-python">x=1</code></pre>', "html") == (
        "x=1",
        [{"type": "pre", "language": "python", "offset": 0, "length": 3}],
    )
    assert formatted("<a>no address</a>", "HTML") == ("no address", [])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é</b>", "Unexpected end tag at byte offset 2"),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("1 < 2 > 1", 'Unsupported start tag "" at byte offset 2'),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ('<span class="red">x</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_html_that_cannot_be_parsed(text: str, complaint: str) -> None:
    with pytest.raises(BotApiError) as refused:
        formatted(text, "HTML", None)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    ("text", "plain", "entities"),
    [
        (
            r"*bold* 1\.5 _it_ __un__ ~st~ ||sp||",
            "bold 1.5 it un st sp",
            [("bold", 0, 4), ("italic", 9, 2), ("underline", 12, 2), ("strikethrough", 15, 2), ("spoiler", 18, 2)],
        ),
        (r"*a _b_ c*", "a b c", [("bold", 0, 5), ("italic", 2, 1)]),
        (r"`a*b` and [text](http://x.y/\))", "a*b and text", [("code", 0, 3), ("text_link", 8, 4)]),
        ("```py\nx = 1```", "x = 1", [("pre", 0, 5)]),
        (">one\n>two", "one\ntwo", [("blockquote", 0, 7)]),
    ],
)
def test_markdown_v2(text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    assert shown(text, "MarkdownV2") == (plain, entities)


@pytest.mark.parametrize(
    ("text", "mode", "complaint"),
    [
        ("1.5", "MarkdownV2", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("é *x", "MarkdownV2", "Can't find end of Bold entity at byte offset 3"),
        ("`x", "MarkdownV2", "Can't find end of Code entity at byte offset 0"),
        ("[x](http://y", "MarkdownV2", "Can't find end of a URL at byte offset 3"),
        ("_x", "Markdown", "Can't find end of the entity starting at byte offset 0"),
    ],
)
def test_markdown_that_cannot_be_parsed(text: str, mode: str, complaint: str) -> None:
    with pytest.raises(BotApiError) as refused:
        formatted(text, mode, None)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


def test_legacy_markdown() -> None:
    assert shown(r"*b* _i_ `c` [t](http://x.y) 1.5 \*", "Markdown") == (
        "b i c t 1.5 *",
        [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1), ("text_link", 6, 1)],
    )


def test_unknown_mode_is_refused() -> None:
    with pytest.raises(BotApiError, match="Bad Request: unsupported parse_mode"):
        formatted("x", "BBCode", None)


def test_commands_and_links_are_found() -> None:
    text = "/start a, /help@some_bot 1/2 a/b https://x.y/z/q. end"
    assert shown(text) == (text, [("bot_command", 0, 6), ("bot_command", 10, 14), ("url", 33, 15)])


def test_given_entities_are_kept_and_checked() -> None:
    assert shown(" 🎁 x", None, [{"type": "bold", "offset": 1, "length": 2}]) == ("🎁 x", [("bold", 0, 2)])
    with pytest.raises(BotApiError, match="ends after the end of the text"):
        formatted("x", None, [{"type": "bold", "offset": 0, "length": 2}])
