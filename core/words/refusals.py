"""Refusals in words, for the member, the till and staff alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from core.program.schema import Program
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
