"""What pydantic found wrong, as places with the way to mend them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, cast

from api.problems import Mistake

MEND = {
    "missing": "Add it.",
    "extra_forbidden": "Remove it; a name may be misspelt.",
    "int_type": "Write a whole number; amounts are in minor units (12.34 is 1234).",
    "int_parsing": "Write a whole number.",
    "int_from_float": "Write a whole number; amounts are in minor units (12.34 is 1234).",
    "bool_type": "Write true or false.",
    "string_type": "Write a string in quotes.",
    "string_unicode": "Send text in UTF-8 without lone surrogates.",
    "string_too_short": "Write at least {min_length} character(s).",
    "string_too_long": "Write at most {max_length} characters.",
    "string_pattern_mismatch": "Write it to match {pattern}.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "greater_than": "Write more than {gt}.",
    "greater_than_equal": "Write {ge} or more.",
    "less_than": "Write less than {lt}.",
    "less_than_equal": "Write {le} or less.",
    "literal_error": "Write one of {expected}.",
    "timezone_aware": "Give the offset, as in 2026-03-02T15:00:00+08:00.",
    "list_type": "Send a list: [ … ].",
    "dict_type": "Send an object: {{ … }}.",
    "model_type": "Send an object: {{ … }}.",
    "model_attributes_type": "Send an object: {{ … }}.",
}
BY_FAMILY = {
    "datetime": "Write a time with its offset, as in 2026-03-02T15:00:00+08:00.",
    "date": "Write a date as in 1990-05-31.",
}


def mistakes(errors: Sequence[Any]) -> list[Mistake]:
    return [_mistake(error) for error in errors]


def _mistake(error: dict[str, Any]) -> Mistake:
    where, *path = error["loc"]
    pointer = "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
    place = where if where in ("body", "path", "query", "header") else "body"
    what = error["msg"].removeprefix("Value error, ")
    return Mistake(where=cast(Literal["body"], place), pointer=pointer, what=what, mend=_mend(error))


def _mend(error: dict[str, Any]) -> str:
    code = error["type"]
    template = MEND.get(code) or BY_FAMILY.get(code.split("_")[0]) or "See this field in /openapi.json."
    return template.format(**error.get("ctx", {}))
