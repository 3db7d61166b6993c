"""What a play of a prize draw was, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.program.schema import words
from core.words.sentences import Sentences


def prize_name(sentences: Sentences, draw: str, prize: str) -> str:
    """What members call the prize; its id where the program no longer has it."""
    known = sentences.program.prize_draw(draw) if sentences.program else None
    found = known.prize(prize) if known else None
    return words(found.name, sentences.language) if found else prize


def _pay(sentences: Sentences, facts: dict[str, Any]) -> str:
    return sentences.say("explain.pay_play.points" if facts["points"] else "explain.pay_play.free", facts)


def _named(sentences: Sentences, facts: dict[str, Any]) -> str:
    """A step about a prize."""
    named = {**facts, "prize": prize_name(sentences, facts["draw"], facts["prize"])}
    return sentences.say(f"explain.{facts['do']}", named)


def _withheld(sentences: Sentences, facts: dict[str, Any]) -> str:
    named = {**facts, "prize": prize_name(sentences, facts["draw"], facts["prize"])}
    known = f"explain.prize_withheld.{facts['why']}"
    return sentences.say(known if sentences.has(known) else "explain.prize_withheld.coupon", named)


PRIZE_DRAW_STEPS: Mapping[str, Callable[[Sentences, dict[str, Any]], str]] = {
    "pay_play": _pay,
    "prize": _named,
    "prize_points": _named,
    "prize_withheld": _withheld,
}
