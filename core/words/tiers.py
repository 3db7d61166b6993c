"""Why a member's tier changed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.schema import Program
from core.words.sentences import Sentences


def tier_reason_words(
    program: Program | None,
    from_tier: str,
    to_tier: str,
    reason: Mapping[str, Any],
    language: str,
    strict: bool = False,
) -> str:
    """The change and its reason: what was spent and earned, or which term ended; and what brought it to light."""
    sentences = Sentences(program, language, strict)
    facts = {**reason, "from_tier": from_tier, "to_tier": to_tier}
    said = sentences.say(f"tier.{_case(program, facts)}", facts)
    causes = [sentences.say(f"tier_cause.{key}", facts) for key in ("late_purchase", "refund") if key in reason]
    return sentences.say("tier.join", {"text": said, "cause": causes[0]}) if causes else said


def _case(program: Program | None, facts: Mapping[str, Any]) -> str:
    """Met by spending, by points or by both; not kept, down to the lowest tier or to one still held."""
    if "invited_to" in facts:
        return "invited"
    if facts["do"] != "met":
        return "taken_back" if "refund" in facts or not facts.get("ended") else "not_kept"
    wanted = next((tier for tier in program.tiers if tier.id == facts["to_tier"]), None) if program else None
    if wanted is None:
        return "met"
    by_spend = wanted.spend is not None and facts["spend"] >= wanted.spend
    by_points = wanted.points is not None and facts["points"] >= wanted.points
    return "met" if by_spend and by_points else "met_spend" if by_spend else "met_points" if by_points else "met"
