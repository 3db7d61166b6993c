"""What two members share, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.words.sentences import Sentences


def shared_words(shared: Sequence[str], language: str) -> str:
    sentences = Sentences(None, language, strict=True)
    return "; ".join(sentences.say(f"duplicate.{each}", {}) for each in shared)
