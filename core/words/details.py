"""What an entry stands on, in short lines: which points it took, what it left owed, which version judged it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.program.schema import Program
from core.words.explanations import rule_name
from core.words.sentences import Sentences

MOST_LOTS = 8  # a message holds 4096 characters


class Moved(Protocol):
    """Points out of a lot, or, negative, back to it."""

    @property
    def points(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def earned_at(self) -> datetime: ...
    @property
    def expires_at(self) -> datetime | None: ...


class Waiting(Protocol):
    """core.insight.entry_detail.Waiting"""

    @property
    def for_delivery(self) -> bool: ...
    @property
    def until(self) -> datetime | None: ...


class Detail(Protocol):
    """core.insight.entry_detail.EntryDetail"""

    @property
    def version(self) -> int: ...
    @property
    def unpaid(self) -> int: ...
    @property
    def lots(self) -> Sequence[Moved]: ...
    @property
    def waiting(self) -> Waiting | None: ...


def detail_words(program: Program | None, detail: Detail, language: str, strict: bool = False) -> list[str]:
    """`Taken: 120 points of Mar 2, 2026 (Points for shopping), good until Mar 2, 2027`, then the version."""
    sentences = Sentences(program, language, strict)
    lines = [_lot(sentences, each) for each in detail.lots[:MOST_LOTS]]
    if others := detail.lots[MOST_LOTS:]:
        left = {"lots": len(others), "points": abs(sum(each.points for each in others))}
        lines.append(sentences.say("detail.more", left))
    if detail.unpaid:
        lines.append(sentences.say("detail.unpaid", {"points": detail.unpaid}))
    if detail.waiting is not None:
        lines.append(_waits(sentences, detail.waiting))
    return [*lines, sentences.say("detail.version", {"version": detail.version})]


def _waits(sentences: Sentences, waiting: Waiting) -> str:
    if not waiting.for_delivery:
        return sentences.say("detail.waits.days", {"until": waiting.until})
    key = "delivery" if waiting.until is None else "delivery_or_days"
    return sentences.say(f"detail.waits.{key}", {"until": waiting.until})


def _lot(sentences: Sentences, moved: Moved) -> str:
    facts = {
        "points": abs(moved.points),
        "name": rule_name(sentences, moved.rule),
        "earned": moved.earned_at,
        "until": moved.expires_at,
    }
    key = "taken" if moved.points > 0 else "given_back"
    return sentences.say(f"detail.{key}.{'lasting' if moved.expires_at is None else 'lapsing'}", facts)
