"""Why a member did, or did not, get a campaign's message: one sentence after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.filters import Filter
from core.program.schema import Program
from core.words.deliveries import delivery_words
from core.words.filters import filter_words
from core.words.sentences import Sentences


def why_words(program: Program | None, why: Mapping[str, Any], language: str) -> list[str]:
    """why: as core.insight.why_delivery.WhyDelivery dumps it, its filters as they are."""
    sentences = Sentences(program, language)
    delivery = why["delivery"]
    if delivery is None:
        unmet = [_unmet(program, each, language, sentences) for each in why["unmet"]]
        return [sentences.say(f"why.{why['reason']}", {}), *unmet]
    told = [_delivery(program, delivery, language, sentences)]
    told += [sentences.say("why.before", each) for each in why["capped_by"]]
    told += [sentences.say("why.tap", each) for each in why["taps"]]
    return told + [_amendment(sentences, each) for each in why["amendments"]]


def _delivery(program: Program | None, delivery: Mapping[str, Any], language: str, sentences: Sentences) -> str:
    key = f"why.{delivery['state']}.{delivery['reason']}"
    return sentences.say(key, delivery) if sentences.has(key) else delivery_words(program, delivery, language)


def _unmet(program: Program | None, unmet: Filter, language: str, sentences: Sentences) -> str:
    return sentences.say("why.unmet", {"condition": filter_words(program, unmet, language)})


def _amendment(sentences: Sentences, amended: Mapping[str, Any]) -> str:
    key = amended["outcome"] if amended["state"] == "done" else amended["state"]
    return sentences.say(f"amendment.{amended['kind']}.{key}", {**amended, "error": amended["error"] or "…"})
