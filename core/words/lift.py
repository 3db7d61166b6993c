"""What a message brought, with its uncertainty, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.schema import Program
from core.words.sentences import Sentences

THOUSAND = 1_000


def lift_words(program: Program | None, lift: Mapping[str, Any], language: str) -> list[str]:
    """Two sentences, of net spend and of the share of buyers. lift: as core.insight.campaign_results.Lift dumps it."""
    sentences = Sentences(program, language)
    total, buying = lift["total"], lift["buying"]
    spend = {**total, "per_thousand": lift["per_thousand"]["value"]}
    shares = {name: None if value is None else f"{value / 100:+.1f}" for name, value in buying.items()}
    return [
        sentences.say(f"lift.spend.{lift['verdict']}", spend),
        sentences.say(f"lift.buying.{lift['buying_verdict']}", shares),
    ]
