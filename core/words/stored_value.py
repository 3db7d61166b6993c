"""The movements of the money that a member keeps with the shop, in words."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Protocol

from core.program.schema import Program
from core.words.sentences import Sentences


class MovementLike(Protocol):
    """An entry of the books of stored value; docs/books.md describes its explanation."""

    @property
    def kind(self) -> str: ...
    @property
    def rule(self) -> str: ...
    @property
    def explanation(self) -> Mapping[str, Any]: ...


def movement_name(program: Program | None, movement: MovementLike, language: str, strict: bool = False) -> str:
    """What it is, in a few words: `Topped up`, `Bonus withdrawn`."""
    key = movement.kind
    if key == "reversal":
        key = "reversal_of_bonus" if movement.rule == "top_up_bonus" else "reversal_of_top_up"
    elif key == "adjustment":
        key = movement.rule
    return Sentences(program, language, strict).say(f"stored_value.{key}", {})


def explain_movement(program: Program | None, movement: MovementLike, language: str, strict: bool = False) -> list[str]:
    """The arithmetic step by step, then what did not apply. strict: UnknownWords for an unknown code."""
    sentences, told = Sentences(program, language, strict), movement.explanation
    steps = [_step(sentences, {**told["inputs"], **step}) for step in told["steps"]]
    return steps + [sentences.say(f"stored_value_step.{each['why']}", each) for each in told["not_applied"]]


def _step(sentences: Sentences, facts: dict[str, Any]) -> str:
    key = f"stored_value_step.{facts['do']}"
    if facts["do"] in ("pay", "refund"):
        money = "both" if facts["paid_in"] and facts["bonus"] else "bonus" if facts["bonus"] else "paid_in"
        key = f"{key}.{money}"
    if "percent" in facts:
        facts = {**facts, "share": Fraction(facts["percent"], 100)}
    return sentences.say(key, facts)
