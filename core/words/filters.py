"""Whom a filter means, in words."""

from __future__ import annotations

from typing import Any

from core.program.filters import FACTS, Fact, Filter
from core.program.schema import Program
from core.words.sentences import Sentences

MONEY = ("spend", "qualifying_spend", "category_spend")
NAMED = {"tier": "tier", "category": "category", "coupon": "coupon"}


def filter_words(program: Program | None, filter_: Filter, language: str, strict: bool = False) -> str:
    """One sentence: `the tier is at least Gold, and days since the last purchase: at most 90`. strict: UnknownWords for
    what has no words."""
    return _told(Sentences(program, language, strict), filter_)


def _told(sentences: Sentences, filter_: Filter) -> str:
    if filter_.not_ is not None:
        return sentences.say("filter.not", {"inner": _told(sentences, filter_.not_)})
    for way, inner in (("all", filter_.all), ("any", filter_.any)):
        if inner is not None:
            parts = [_within(sentences, each) for each in inner]
            return sentences.say(f"filter.{way}", {}).join(parts)
    return _condition(sentences, filter_)


def _within(sentences: Sentences, filter_: Filter) -> str:
    """What is made of several parts stands in brackets."""
    told = _told(sentences, filter_)
    several = len(filter_.all or filter_.any or []) > 1
    return sentences.say("filter.group", {"inner": told}) if several else told


def _condition(sentences: Sentences, asked: Filter) -> str:
    name = asked.fact or ""
    of = sentences.name("category", asked.of) if asked.of else ""
    fact = sentences.say(f"filter.fact.{name}", {"of": of})
    given = [] if asked.is_ == "known" else asked.values()
    values = [_value(sentences, name, FACTS[name], each) for each in given] or [""]
    key = f"filter.is.{asked.is_}"
    if FACTS[name].kind == "yes":
        key = "filter.is.yes" if asked.value else "filter.is.no"
    elif asked.is_ == "one_of" and len(values) > 1:
        key = "filter.is.one_of_several"
    return sentences.say(key, {"fact": fact, "value": values, "first": values[0], "last": values[-1]})


def _value(sentences: Sentences, name: str, fact: Fact, value: Any) -> str:
    if name in NAMED:
        return sentences.name(NAMED[name], str(value))
    if name in ("stage", "style"):
        return sentences.say(f"filter.{name}.{value}", {})
    if fact.kind == "day":
        return sentences.forms["day"](value)
    if name in MONEY or name.startswith("spend_"):
        return sentences.forms["money"](value)
    if fact.kind == "days":
        return sentences.forms["days"](value)
    return sentences.forms["number"](value) if isinstance(value, int) and fact.kind != "yes" else str(value)
