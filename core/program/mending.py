"""What pydantic says of a program's shape, in the words of whoever writes program files."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel.numbers import get_currency_precision
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.program.faults import Finding, Path, did_you_mean, step
from core.program.keys import example, known_keys

_TAGGED = ("discount", "validity")
"""Keys whose value is one of several tables; pydantic names the chosen one behind the key."""

_MONEY = ("spend", "min_spend", "amount", "cap", "money", "per", "least", "most_held")
_MISSING = "is missing"
_NO_SUCH_KEY = "there is no such key"
_MOMENT = "write a moment with its offset from UTC: 2026-12-20T00:00:00-05:00"
_RANGES = {
    "greater_than_equal": ("is below {ge}", "write {ge} or more"),
    "less_than_equal": ("is above {le}", "write {le} or less"),
    "too_short": ("has fewer than {min_length} entries", "write at least {min_length}"),
    "too_long": ("has more than {max_length} entries", "write at most {max_length}"),
    "string_too_short": ("is empty", "write a text"),
    "string_too_long": ("is longer than {max_length} characters", "shorten it"),
}


def shape_findings(error: ValidationError, data: dict[str, Any]) -> list[Finding]:
    """Each of pydantic's errors; a missing key that was only misspelt is told once."""
    findings = [_finding(each, data) for each in error.errors(include_url=False)]
    meant = {(*each.path[:-1], _meant(each)) for each in findings if each.message == _NO_SUCH_KEY}
    return [each for each in findings if each.message != _MISSING or each.path not in meant]


def _meant(unknown: Finding) -> str:
    asked = re.match(r'did you mean "(.+)"\?$', unknown.mend)
    return asked[1] if asked else ""


def _finding(error: ErrorDetails, data: dict[str, Any]) -> Finding:
    path = _path(error["loc"])
    value, context = error["input"], error.get("ctx", {})
    kind = error["type"]
    if kind in _RANGES:
        message, mend = _RANGES[kind]
        shown = "" if kind.endswith(("short", "long")) else f"{show(value)} "
        return Finding(path, shown + message.format(**context), mend.format(**context))
    if kind.startswith(("timezone_", "datetime_")):
        return Finding(path, f"{show(value)} is no moment in time", _MOMENT)
    judge = _JUDGES.get(kind)
    if judge is None:
        return Finding(path, error["msg"], "see docs/programs.md")
    return judge(path, value, context, data)


def _path(place: tuple[str | int, ...]) -> Path:
    behind = ("", *place)
    return tuple(part for part, before in zip(place, behind, strict=False) if before not in _TAGGED and part != "[key]")


def _missing(path: Path, _value: Any, _context: Any, _data: Any) -> Finding:
    return Finding(path, _MISSING, f"add {_example(path)}")


def _unknown(path: Path, _value: Any, _context: Any, data: Any) -> Finding:
    known = list(known_keys(path[:-1]))
    missing = [key for key in known if key not in _at(path[:-1], data)]
    written = str(path[-1])
    return Finding(path, _NO_SUCH_KEY, did_you_mean(written, missing, f"known here: {', '.join(known)}"))


def _no_table(path: Path, value: Any, _context: Any, _data: Any) -> Finding:
    if isinstance(value, list) and len(path) == 1:
        return Finding(path, "there is only one of it", f"write [{path[0]}] in single brackets")
    return Finding(path, f"{show(value)} is no table of keys", f"write {_example(path)}")


def _no_list(path: Path, value: Any, _context: Any, _data: Any) -> Finding:
    if isinstance(value, dict) and _example(path).startswith("[["):
        return Finding(path, "there can be several of it", f"write {_example(path)} in double brackets")
    if isinstance(value, str):
        return Finding(path, f"{show(value)} is no list", f"write [{show(value)}]")
    return Finding(path, f"{show(value)} is no list", f"write {_example(path)}")


def _no_texts(path: Path, value: Any, _context: Any, data: Any) -> Finding:
    if not isinstance(value, str):
        return Finding(path, f"{show(value)} is no table of keys", f"write {_example(path)}")
    languages = _at(("program", "languages"), data) or ["en", "zh-Hans"]
    texts = ", ".join(f"{each} = {show(value if each == 'en' else '…')}" for each in languages)
    return Finding(path, f"{show(value)} is a text in one language only", f"write {{ {texts} }}")


def _no_whole_number(path: Path, value: Any, _context: Any, data: Any) -> Finding:
    message = f"{show(value)} is no whole number"
    if isinstance(value, str) and re.fullmatch(r"\s*\d+\s*", value):
        return Finding(path, f"{show(value)} is a text", f"write {value.strip()} without quotes")
    if isinstance(value, Fraction) and path[-1] in _MONEY:
        amount = value * 10 ** _decimals(data)
        return Finding(path, message, f"money is counted in the smallest unit: write {round(amount)} for {show(value)}")
    return Finding(path, message, "write a whole number, such as 100")


def _no_text(path: Path, value: Any, _context: Any, _data: Any) -> Finding:
    return Finding(path, f"{show(value)} is no text", f'put it in quotes: "{show(value)}"')


def _misspelt(path: Path, value: Any, context: Any, _data: Any) -> Finding:
    """A text that does not have the form of an id, a category or a colour."""
    if path[-1] == "colour":
        return Finding(path, f"{show(value)} is no colour", 'write red, green and blue in hexadecimal: "#B8892B"')
    slash = "/" if "/" in context["pattern"] else ""
    slug = re.sub(rf"[^a-z0-9_{slash}-]+", "-", str(value).lower()).strip("-")
    form = "lower-case letters, digits, - and _, beginning with a letter"
    hint = f'{form}: "{slug}"' if re.match(context["pattern"], slug) else form
    return Finding(path, f"{show(value)} is no id", f"write {hint}")


def _no_choice(path: Path, value: Any, context: Any, _data: Any) -> Finding:
    choices = str(context["expected"]).replace("'", '"').replace(", ", " or ")
    known = re.findall(r'"([^"]+)"', choices)
    written = value if isinstance(value, str) else ""
    return Finding(path, f"{show(value)} is not known here", did_you_mean(written, known, f"write {choices}"))


def _no_kind(path: Path, value: Any, context: Any, data: Any) -> Finding:
    """A union of tables, of which `kind` chooses one."""
    if path[-1] == "validity" or not isinstance(value, dict):
        return Finding(path, f"{show(value)} is no {path[-1]}", f"write {_example(path)}")
    if "kind" not in value:
        return _missing((*path, "kind"), None, None, data)
    return _no_choice((*path, "kind"), value["kind"], {"expected": context["expected_tags"]}, data)


def _no_bool(path: Path, value: Any, _context: Any, _data: Any) -> Finding:
    return Finding(path, f"{show(value)} is neither true nor false", "write true or false, without quotes")


def _no_value(path: Path, value: Any, context: Any, _data: Any) -> Finding:
    """One of the schema's own checks, which say how to mend it."""
    return Finding(path, f"{show(value)} cannot be used", str(context["error"]))


_JUDGES: dict[str, Callable[[Path, Any, Any, Any], Finding]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "model_type": _no_table,
    "list_type": _no_list,
    "dict_type": _no_texts,
    "int_type": _no_whole_number,
    "string_type": _no_text,
    "string_pattern_mismatch": _misspelt,
    "literal_error": _no_choice,
    "union_tag_invalid": _no_kind,
    "union_tag_not_found": _no_kind,
    "bool_type": _no_bool,
    "bool_parsing": _no_bool,
    "value_error": _no_value,
}


def show(value: Any) -> str:
    """A value as the file might spell it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value if len(value) <= 40 else value[:39] + "…"}"'
    if isinstance(value, Fraction):
        text = f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
        return text if "." in text else f"{text}.00"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)


def _example(path: Path) -> str:
    """How the key at that place is written, or the list that the place is an entry of."""
    while isinstance(path[-1], int):
        path = path[:-1]
    field = known_keys(path[:-1]).get(str(path[-1]))
    return example(field) if field else "a value as docs/programs.md shows it"


def _at(path: Path, data: Any) -> Any:
    for part in path:
        data = step(data, part)
    return data


def _decimals(data: dict[str, Any]) -> int:
    currency = _at(("program", "currency"), data)
    return get_currency_precision(currency) if isinstance(currency, str) else 2
