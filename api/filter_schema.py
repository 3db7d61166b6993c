"""What a filter may be, said exactly, so that whoever reads the description knows what will be taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.program.filters import (
    FACTS,
    GROUPS,
    MOST_CONDITIONS,
    MOST_TEXT,
    MOST_VALUES,
    OPERATORS,
    SOURCE,
    SOURCES,
    Fact,
    Filter,
)

Schema = dict[str, Any]


def filter_schema(name: str) -> Schema:
    """name: what the description calls it."""
    told = [*_groups({"$ref": f"#/components/schemas/{name}"}), *_conditions()]
    return {"title": "Filter", "description": Filter.__doc__, "oneOf": told}


def _groups(ref: Schema) -> Iterator[Schema]:
    several = {"type": "array", "items": ref, "minItems": 1, "maxItems": MOST_CONDITIONS}
    for name in GROUPS:
        yield _object({name: ref if name == "not" else several})


def _conditions() -> Iterator[Schema]:
    """One for all facts that are asked alike, and each operator."""
    alike: dict[tuple[Fact, bool], list[str]] = {}
    for name, fact in FACTS.items():
        alike.setdefault((replace(fact, moment=""), name in SOURCES), []).append(name)
    for (fact, is_source), names in alike.items():
        for operator in OPERATORS[fact.kind]:
            asked: dict[str, Any] = {"fact": {"enum": names}, "is": {"const": operator}}
            if fact.of:
                asked["of"] = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}
            if operator != "known":
                asked["value"] = _value_schema(fact, operator, is_source)
            yield _object(asked)


def _object(properties: Schema) -> Schema:
    return {
        "type": "object", "properties": properties, "required": list(properties), "additionalProperties": False
    }  # fmt: skip


def _value_schema(fact: Fact, operator: str, is_source: bool) -> Schema:
    number = {"type": "integer", "minimum": fact.low, "maximum": fact.high}
    if operator == "between":
        return {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
    if fact.kind in ("number", "days"):
        return number
    if fact.kind in ("day", "yes"):
        return {"type": "string", "format": "date"} if fact.kind == "day" else {"type": "boolean"}
    text: Schema = {"type": "string", "minLength": 1, "maxLength": MOST_TEXT}
    text |= {"enum": list(fact.choices)} if fact.choices else {}
    text |= {"pattern": SOURCE} if is_source else {}
    if operator in ("at_least", "at_most"):
        return text
    return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1, "maxItems": MOST_VALUES}]}
