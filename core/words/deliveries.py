"""Why a member did, or did not, get a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.schema import Program
from core.words.sentences import Sentences


def delivery_words(program: Program | None, delivery: Mapping[str, Any], language: str) -> str:
    """One sentence. delivery: state, reason, error, due_at, expires_at, left_at, tapped_at."""
    sentences = Sentences(program, language)
    return sentences.say(_key(sentences, delivery), {**delivery, "error": delivery["error"] or "…"})


def _key(sentences: Sentences, delivery: Mapping[str, Any]) -> str:
    state, reason = delivery["state"], delivery["reason"]
    if state == "suppressed":
        key = f"delivery.suppressed.{reason}"
        return key if sentences.has(key) else "delivery.suppressed.other"
    if state == "sent" and delivery["tapped_at"] is not None:
        return "delivery.tapped"
    if state == "failed" and reason is not None:
        return "delivery.unfilled"
    return f"delivery.{state}"
