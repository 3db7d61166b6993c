"""Campaigns in words: how one stands, what a forecast counts, what became of so many messages."""

from __future__ import annotations

from core.words.sentences import Sentences

MARK = ": "
"""Between the state and the reason of a line that no forecast knows."""


def status_words(status: str, language: str) -> str:
    return Sentences(None, language).say(f"campaign.status.{status}", {})


def paused_words(reason: str, language: str) -> str:
    """Who or what has paused it."""
    return Sentences(None, language).say(f"campaign.paused.{reason}", {})


def outcome_words(state: str, reason: str | None, language: str) -> str:
    """What became of messages in that state for that reason, in a few words."""
    sentences = Sentences(None, language)
    if reason is None:
        return sentences.say(f"outcome.{state}", {})
    key = f"outcome.reasons.{reason}"
    return sentences.say(key if sentences.has(key) else "outcome.reasons.other", {"state": state, "reason": reason})


def line_words(item: str, language: str) -> str:
    """A line of the forecast, or of its comparison with what happened: `capped`, `suppressed: cancelled`."""
    sentences = Sentences(None, language)
    if sentences.has(f"funnel.{item}"):
        return sentences.say(f"funnel.{item}", {})
    state, _, reason = item.partition(MARK)
    return outcome_words(state, reason or None, language)
