"""parse_mode MarkdownV2 and the older Markdown, with Telegram's complaints."""

from __future__ import annotations

from dataclasses import dataclass

from bot.sandbox.formatting.spans import Formatted, Growing, byte_offset, cannot_parse
from bot.sandbox.wording import Json

RESERVED = frozenset("_*[]()~`>#+-=|{}.!")
# The longer mark first.
MARKS = (
    ("__", "underline", "Underline"),
    ("||", "spoiler", "Spoiler"),
    ("*", "bold", "Bold"),
    ("_", "italic", "Italic"),
    ("~", "strikethrough", "Strikethrough"),
)
LEGACY = {"*": "bold", "_": "italic"}


@dataclass(slots=True)
class Open:
    """A mark that waits for its pair."""

    mark: str
    kind: str
    title: str
    start: int
    offset: int


class _V2:
    """Reads MarkdownV2 from left to right; marks nest."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.grown = Growing()
        self.stack: list[Open] = []

    def parse(self) -> Formatted:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        if self.stack:
            left = self.stack[-1]
            raise cannot_parse(f"Can't find end of {left.title} entity at byte offset {left.offset}")
        return self.grown.done()

    def _step(self, character: str) -> None:
        if character == "\\" and self.at + 1 < len(self.text) and self.text[self.at + 1].isascii():
            self.grown.add(self.text[self.at + 1])
            self.at += 2
        elif character == "`":
            self._code()
        elif character == "]" and self.stack and self.stack[-1].mark == "[":
            self._end_link()
        elif character == ">" and (self.at == 0 or self.text[self.at - 1] == "\n"):
            self._quote()
        elif character in RESERVED:
            self._mark(character)
        else:
            self.grown.add(character)
            self.at += 1

    def _mark(self, character: str) -> None:
        if character == "[":
            self._open("[", "text_link", "TextUrl")
            return
        for mark, kind, title in MARKS:
            if self.text.startswith(mark, self.at):
                if self.stack and self.stack[-1].mark == mark:
                    self.grown.mark(self.stack.pop().start, {"type": kind})
                    self.at += len(mark)
                else:
                    self._open(mark, kind, title)
                return
        raise cannot_parse(f"Character '{character}' is reserved and must be escaped with the preceding '\\'")

    def _open(self, mark: str, kind: str, title: str) -> None:
        self.stack.append(Open(mark, kind, title, self.grown.length, byte_offset(self.text, self.at)))
        self.at += len(mark)

    def _code(self) -> None:
        mark = "```" if self.text.startswith("```", self.at) else "`"
        start, end = self.at + len(mark), self.at + len(mark)
        while end < len(self.text) and not self.text.startswith(mark, end):
            end += 2 if self.text[end] == "\\" else 1
        if end >= len(self.text):
            title = "Pre" if mark == "```" else "Code"
            raise cannot_parse(f"Can't find end of {title} entity at byte offset {byte_offset(self.text, self.at)}")
        _add_code(self.grown, _unescaped(self.text[start:end]), mark)
        self.at = end + len(mark)

    def _end_link(self) -> None:
        link = self.stack.pop()
        url, end = _address(self.text, self.at + 1)
        if url:
            self.grown.mark(link.start, {"type": "text_link", "url": url})
        self.at = end

    def _quote(self) -> None:
        """Lines that begin with > are one block quotation."""
        start = self.grown.length
        end = self.at
        while end < len(self.text) and self.text[end] == ">":
            line_end = self.text.find("\n", end)
            end = len(self.text) if line_end < 0 else line_end + 1
        lines = "\n".join(line.removeprefix(">") for line in self.text[self.at : end].split("\n"))
        inner, entities = _V2(lines).parse()
        self.grown.add(inner)
        self.grown.entities += [{**entity, "offset": entity["offset"] + start} for entity in entities]
        self.grown.mark(start, {"type": "blockquote"})
        self.at = end


def parse_v2(text: str) -> Formatted:
    """Plain text and entities. Raises "can't parse entities: …"."""
    return _V2(text).parse()


def parse_legacy(text: str) -> Formatted:
    """The older Markdown: *bold*, _italic_, `code`, ```pre``` and [text](address), not nested."""
    grown, at = Growing(), 0
    while at < len(text):
        character = text[at]
        if character == "\\" and text[at + 1 : at + 2] in ("_", "*", "`", "["):
            grown.add(text[at + 1])
            at += 2
        elif character in "*_`[":
            at = _legacy_entity(text, at, grown)
        else:
            grown.add(character)
            at += 1
    return grown.done()


def _legacy_entity(text: str, at: int, grown: Growing) -> int:
    mark = "```" if text.startswith("```", at) else text[at]
    end = text.find("]" if mark == "[" else mark, at + len(mark))
    if end < 0:
        raise cannot_parse(f"Can't find end of the entity starting at byte offset {byte_offset(text, at)}")
    inner, start = text[at + len(mark) : end], grown.length
    if mark in LEGACY:
        grown.add(inner)
        grown.mark(start, {"type": LEGACY[mark]})
    elif mark == "[":
        url, after = _address(text, end + 1)
        grown.add(inner)
        grown.mark(start, {"type": "text_link", "url": url} if url else None)
        return after
    else:
        _add_code(grown, inner, mark)
    return end + len(mark)


def _add_code(grown: Growing, inner: str, mark: str) -> None:
    start = grown.length
    entity: Json = {"type": "code" if mark == "`" else "pre"}
    if mark == "```":
        first, line_break, rest = inner.partition("\n")
        if line_break and first and not first[0].isspace():
            entity["language"] = first
        inner = rest if line_break else inner
    grown.add(inner)
    grown.mark(start, entity)


def _address(text: str, at: int) -> tuple[str, int]:
    """The address in round brackets at this position, and where it ends; empty when there is none."""
    if not text.startswith("(", at):
        return "", at
    end = at + 1
    while end < len(text) and text[end] != ")":
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        raise cannot_parse(f"Can't find end of a URL at byte offset {byte_offset(text, at)}")
    return _unescaped(text[at + 1 : end]), end + 1


def _unescaped(text: str) -> str:
    kept, at = [], 0
    while at < len(text):
        at += text[at] == "\\" and at + 1 < len(text)
        kept.append(text[at])
        at += 1
    return "".join(kept)
