"""Why an entry has the points it has, in short lines."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from core.program.schema import Program
from core.words.prize_draws import PRIZE_DRAW_STEPS
from core.words.sentences import Sentences


class EntryLike(Protocol):
    """An entry of the books; its explanation is what docs/books.md describes."""

    @property
    def kind(self) -> str: ...
    @property
    def points(self) -> int: ...
    @property
    def rule(self) -> str: ...
    @property
    def explanation(self) -> Mapping[str, Any]: ...


INVITER = "referral_inviter"
JUDGED_ANEW = (["rejudged"], ["recapped"])
NAMED = ("reward", "activity", "year_end", "goal", "prize_draw", "journey")
"""Kinds of rules that the program has names for, as in `reward:mug`."""
Entry = EntryLike | Mapping[str, Any]


def entry_name(program: Program | None, entry: Entry, language: str, strict: bool = False) -> str:
    """What the entry is for, in a few words: `Points for shopping`, `Returned: Points for shopping`."""
    sentences = Sentences(program, language, strict)
    kind, rule = _of(entry, "kind"), _of(entry, "rule")
    name = rule_name(sentences, rule)
    if kind == "reversal":
        special = f"entry.reversal_of.{rule.partition(':')[0]}"
        return sentences.say(special if sentences.has(special) else "entry.reversal", {"name": name})
    return sentences.say("entry.adjustment", {"name": name}) if _steps(entry)[-1:] in JUDGED_ANEW else name


def explain(program: Program | None, entry: Entry, language: str, strict: bool = False) -> list[str]:
    """The arithmetic step by step, then which rules did not apply and why. strict: UnknownWords for an unknown code."""
    sentences = Sentences(program, language, strict)
    told = _of(entry, "explanation")
    inputs = told.get("inputs", {})
    lines = [line for step in told.get("steps", []) if (line := _step(sentences, step, inputs, _of(entry, "rule")))]
    if not lines and not _of(entry, "points"):
        lines = [sentences.say("explain.nothing", {})]
    lines += [sentences.say(f"cap.{each['cap']}", each) for each in told.get("caps", [])]
    return lines + [_not_applied(sentences, each) for each in told.get("not_applied", [])]


def rule_name(sentences: Sentences, rule: str) -> str:
    """An earning rule's name, or what one of the books' own rules is called."""
    kind, _, wanted = rule.partition(":")
    if wanted:
        return sentences.name(kind, wanted) if kind in NAMED else rule
    return sentences.say(f"rule.{rule}", {}) if sentences.has(f"rule.{rule}") else sentences.name("rule", rule)


def _step(sentences: Sentences, step: Mapping[str, Any], inputs: Mapping[str, Any], rule: str) -> str:
    """A step as a line. Everything that the steps' own facts leave open comes from the entry's inputs."""
    facts = {"rule_name": rule_name(sentences, rule), **inputs, **step}
    if rule == INVITER:  # what a friend bought is the friend's own affair
        return sentences.say(f"explain.inviter.{step['do']}", facts)
    special = _SPECIAL.get(step["do"])
    return special(sentences, facts) if special else sentences.say(f"explain.{step['do']}", facts)


def _lines(sentences: Sentences, facts: dict[str, Any]) -> str:
    """`Grocery, $12.34 (items 1, 3): 1 point per $1.00 × 1.25 as Gold = 15.425 points`"""
    rates = ""
    if Fraction(facts["tier_rate"]) != 1:
        rates += sentences.say("explain.times_tier", facts)
    if Fraction(facts["category_rate"]) != 1:
        rates += sentences.say("explain.times_category", facts)
    if Fraction(facts.get("day_rate", 1)) != 1:
        rates += sentences.say("explain.times_day", facts)
    if "tender_rate" in facts:
        rates += sentences.say("explain.times_tender", facts)
    return sentences.say("explain.lines", {**facts, "rates": rates})


def _round(sentences: Sentences, facts: dict[str, Any]) -> str:
    exact = Fraction(facts["exact"]) == facts["points"]
    return sentences.say("explain.round.exact" if exact else f"explain.round.{facts['mode']}", facts)


def _pay_reward(sentences: Sentences, facts: dict[str, Any]) -> str:
    return sentences.say("explain.pay_reward.money" if facts["money"] else "explain.pay_reward.points", facts)


def _worth(sentences: Sentences, facts: dict[str, Any]) -> str:
    """A refund: what the grant was, what is left of it, what goes back now and what went back before."""
    before = facts["granted"] - facts["posted"]
    key = "explain.worth.again" if before > 0 else "explain.worth.first"
    return sentences.say(key, {**facts, "before": before})


def goal_sum(sentences: Sentences, facts: dict[str, Any]) -> str:
    """`Mar 2, 2026: $610.00 spent`"""
    period = sentences.say(f"explain.goal_within.{facts['within']}", facts)
    return sentences.say("explain.goal", {"period": period, "counted": _sum(sentences, facts, facts["total"])})


def _goal_step(sentences: Sentences, facts: dict[str, Any]) -> str:
    """`From $300.00 spent: 20 points`"""
    how = f"{facts['do']}.{'once' if facts['times'] == 1 else 'times'}"
    return sentences.say(f"explain.{how}", {**facts, "from": _sum(sentences, facts, facts["at"])})


def _sum(sentences: Sentences, facts: dict[str, Any], total: int) -> str:
    return sentences.say(f"explain.goal_of.{facts['of']}", {"total": total})


_SPECIAL = {
    "lines": _lines,
    "pay_reward": _pay_reward,
    "worth": _worth,
    "round": _round,
    "goal": goal_sum,
    "goal_points": _goal_step,
    "goal_part": _goal_step,
    "goal_coupons": _goal_step,
    **PRIZE_DRAW_STEPS,
}


def _not_applied(sentences: Sentences, missed: Mapping[str, Any]) -> str:
    why = sentences.say(f"why_not.{missed['why']}", missed)
    return sentences.say("explain.not_applied", {"name": rule_name(sentences, missed["rule"]), "why": why})


def _steps(entry: Entry) -> list[str]:
    return [step["do"] for step in _of(entry, "explanation").get("steps", [])]


def _of(entry: Entry, name: str) -> Any:
    return entry[name] if isinstance(entry, Mapping) else getattr(entry, name)
