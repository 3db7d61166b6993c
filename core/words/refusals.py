"""Refusals in words, for the member, the till and staff alike; and by which rules they were made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.program.schema import Program, words
from core.words.sentences import Sentences


class RefusalLike(Protocol):
    """What rules return and services raise: a reason, and the facts it was judged on."""

    @property
    def reason(self) -> str: ...
    @property
    def facts(self) -> Mapping[str, Any]: ...


def refusal_words(program: Program | None, refusal: RefusalLike, language: str, strict: bool = False) -> str:
    """Why not, and what to do about it. strict: UnknownWords for a reason without a sentence."""
    sentences = Sentences(program, language, strict)
    key = f"refusal.{refusal.reason}"
    if not strict and not sentences.has(key):
        return sentences.say("refusal_unknown", {"reason": refusal.reason})
    return sentences.say(key, refusal.facts)


def judged_words(program: Program, version: int, language: str) -> str:
    """By which rules an entry or a refusal was made: `Rules: Five tiers, version 3`."""
    facts = {"program": words(program.program.name, language), "version": version}
    return Sentences(program, language).say("judged_by", facts)
