"""parse_mode HTML: the few tags that Telegram knows, and its complaints about all others."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.sandbox.formatting.spans import Formatted, Growing, byte_offset, cannot_parse
from bot.sandbox.wording import Json

SIMPLE = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
}
KNOWN = frozenset(SIMPLE) | {"a", "span", "blockquote", "tg-emoji"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
TOKEN = re.compile(r"<|&(?:#x(?P<hex>[0-9a-fA-F]{1,6})|#(?P<number>\d{1,7})|(?P<name>lt|gt|amp|quot));")
TAG = re.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9-]*)(?P<attributes>(?:\s[^<>]*)?)>")
ATTRIBUTE = re.compile(r"([\w-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")


@dataclass(slots=True)
class Open:
    """A tag that waits for its end: where its text starts, in UTF-16 units and in parts."""

    name: str
    attributes: dict[str, str]
    start: int
    part: int


def parse(text: str) -> Formatted:
    """Plain text and entities. Raises "can't parse entities: …"."""
    if "<" not in text and "&" not in text:
        return text, []
    grown, stack, at = Growing(), list[Open](), 0
    while found := TOKEN.search(text, at):
        grown.add(text[at : found.start()])
        if found.group() == "<":
            at = _tag(text, found.start(), grown, stack)
        else:
            grown.add(_character(found))
            at = found.end()
    grown.add(text[at:])
    if stack:
        raise cannot_parse(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    return grown.done()


def unescape(text: str) -> str:
    return TOKEN.sub(lambda found: found.group() if found.group() == "<" else _character(found), text)


def _character(found: re.Match[str]) -> str:
    if name := found["name"]:
        return NAMED[name]
    code = int(found["hex"], 16) if found["hex"] else int(found["number"])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else found.group()


def _tag(text: str, at: int, grown: Growing, stack: list[Open]) -> int:
    """Open or close the tag at this position; the position after it."""
    offset = byte_offset(text, at)
    tag = TAG.match(text, at)
    if tag is None:
        named = re.match(r"</?([^\s<>]*)", text[at:])
        name = named.group(1) if named else ""
        if ">" in text[at:]:
            raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {offset}')
        raise cannot_parse(f"Unclosed start tag at byte offset {offset}")
    if tag["slash"]:
        _close(tag["name"].lower(), offset, grown, stack)
    else:
        stack.append(_opened(tag, offset, grown))
    return tag.end()


def _opened(tag: re.Match[str], offset: int, grown: Growing) -> Open:
    name = tag["name"].lower()
    attributes = {
        key.lower(): unescape(double or single or bare)
        for key, double, single, bare in ATTRIBUTE.findall(tag["attributes"])
    }
    if name not in KNOWN:
        raise cannot_parse(f'Unsupported start tag "{name}" at byte offset {offset}')
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
    return Open(name, attributes, grown.length, len(grown.parts))


def _close(name: str, offset: int, grown: Growing, stack: list[Open]) -> None:
    if not stack:
        raise cannot_parse(f"Unexpected end tag at byte offset {offset}")
    tag = stack.pop()
    if name != tag.name:
        raise cannot_parse(f'Unmatched end tag at byte offset {offset}, expected "</{tag.name}>", found "</{name}>"')
    grown.mark(tag.start, _entity(tag, grown, stack))


def _entity(tag: Open, grown: Growing, stack: list[Open]) -> Json | None:
    match tag.name:
        case "a":
            return _link(tag, grown)
        case "span":
            return {"type": "spoiler"}
        case "blockquote":
            return {"type": "expandable_blockquote" if "expandable" in tag.attributes else "blockquote"}
        case "tg-emoji":
            return {"type": "custom_emoji", "custom_emoji_id": tag.attributes.get("emoji-id", "")}
        case "code" if stack and stack[-1].name == "pre":
            _take_language(tag, stack[-1])
            return None
    return {"type": SIMPLE[tag.name]} | _written_in(tag)


def _link(tag: Open, grown: Growing) -> Json | None:
    """A link without an address, or with one that is none, is shown as its text."""
    url = tag.attributes.get("href") or grown.since(tag.part)
    if not re.match(r"(?:https?|tg|mailto|tel|ton):", url):
        url = f"http://{url}" if re.match(r"[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?$", url) else ""
    return {"type": "text_link", "url": url} if url else None


def _take_language(code: Open, pre: Open) -> None:
    """<pre><code class="language-x">: the language belongs to the block."""
    if code.attributes.get("class", "").startswith("language-"):
        pre.attributes["language"] = code.attributes["class"].removeprefix("language-")


def _written_in(tag: Open) -> Json:
    return {"language": tag.attributes["language"]} if tag.name == "pre" and "language" in tag.attributes else {}
