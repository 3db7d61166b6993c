"""Building blocks of the parsers: UTF-16 lengths, and text that collects entities while it grows."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.sandbox.wording import BotApiError, Json, bad_request

Formatted = tuple[str, list[Json]]


def utf16(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def cannot_parse(why: str) -> BotApiError:
    return bad_request(f"can't parse entities: {why}")


def byte_offset(text: str, at: int) -> int:
    return len(text[:at].encode())


@dataclass(slots=True)
class Growing:
    """Plain text so far, its length in UTF-16 units, and the entities found in it."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    entities: list[Json] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16(text)

    def mark(self, start: int, entity: Json | None) -> None:
        """Make an entity of everything since `start`; an empty one is dropped."""
        if entity is not None and self.length > start:
            self.entities.append({**entity, "offset": start, "length": self.length - start})

    def since(self, part: int) -> str:
        return "".join(self.parts[part:])

    def done(self) -> Formatted:
        ordered = sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.parts), ordered
