"""Why a member's tier changed, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.schema import Program
from core.words.sentences import Sentences

CAUSES = ("late_purchase", "refund", "merged", "unmerged")


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
    causes = [sentences.say(f"tier_cause.{key}", facts) for key in CAUSES if key in reason]
    return sentences.say("tier.join", {"text": said, "cause": causes[0]}) if causes else said


def _case(program: Program | None, facts: Mapping[str, Any]) -> str:
    """By invitation or import; by what the kind of tiering asks; by spending, by points or by both; or not kept."""
    if "invited_to" in facts:
        return "invited"
    if "brought_over" in facts:
        return "brought_over"
    if facts["do"] != "met":
        return _case_of_fall(program, facts)
    if program and program.tiering.kind == "cards":
        return "card_of_day" if facts["from_tier"] == program.tiers[0].id else "card_of_total"
    if program and program.tiering.kind == "years":
        return "year_met"
    wanted = next((tier for tier in program.tiers if tier.id == facts["to_tier"]), None) if program else None
    if wanted is None:
        return "met"
    by_spend = wanted.spend is not None and facts["spend"] >= wanted.spend
    by_points = wanted.points is not None and facts["points"] >= wanted.points
    return "met" if by_spend and by_points else "met_spend" if by_spend else "met_points" if by_points else "met"


def _case_of_fall(program: Program | None, facts: Mapping[str, Any]) -> str:
    if "closed" in facts:
        return "closed"
    if "refund" in facts or "unmerged" in facts or not facts.get("ended"):
        return "taken_back"
    return "year_not_kept" if program and program.tiering.kind == "years" else "not_kept"
