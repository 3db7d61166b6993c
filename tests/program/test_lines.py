"""Every key of a TOML text is found on the line on which it stands."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.program.lines import line_of, lines_of

SOURCE = '''# a comment with [brackets] = "and more"
title = "a # in a text" # and behind
"quoted key" = 1
'single.dotted' = 2
a.b."c.d" = 3

[table]
text = """
not.a.key = 1
[[neither]]
\\""" still inside ""\"\"\"
raw = \'\'\'
[nor.this]
\'\'\'
list = [
  1, # one
  [2, 3],
  { x = 4, y.z = "}" },
]
empty = []
none = {}
at = 1979-05-27 07:32:00

[[points]]
x = 1
[points.inner]
y = 2
[[points.more]]
z = 3
[[points.more]]
z = 4
[[points]]
x = 5
[far.away.place]
end = true'''


def test_keys_tables_and_entries_are_found() -> None:
    lines = lines_of(SOURCE)
    expected = {
        ("title",): 2,
        ("quoted key",): 3,
        ("single.dotted",): 4,
        ("a", "b", "c.d"): 5,
        ("table",): 7,
        ("table", "text"): 8,
        ("table", "raw"): 12,
        ("table", "list"): 15,
        ("table", "list", 0): 16,
        ("table", "list", 1, 1): 17,
        ("table", "list", 2): 18,
        ("table", "list", 2, "y", "z"): 18,
        ("table", "empty"): 20,
        ("table", "at"): 22,
        ("points",): 24,
        ("points", 0): 24,
        ("points", 0, "inner", "y"): 27,
        ("points", 0, "more", 1, "z"): 31,
        ("points", 1): 32,
        ("points", 1, "x"): 33,
        ("far", "away"): 34,
        ("far", "away", "place", "end"): 35,
    }
    assert {path: lines.get(path) for path in expected} == expected


def test_a_missing_key_is_looked_for_around() -> None:
    lines = lines_of(SOURCE)
    assert line_of(("points", 1, "missing"), lines) == 32
    assert line_of(("nowhere", "at", "all"), lines) == 1


def places(data: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every place in parsed data."""
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return {path}.union(*(places(value, (*path, key)) for key, value in inner))


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
SCALARS = st.one_of(
    st.booleans(), st.integers(-99, 99), st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=9)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
TABLES = st.dictionaries(KEYS, VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=3), min_size=1), max_size=4)


def quoted(text: str) -> str:
    escaped = "".join(
        f"\\u{ord(each):04x}" if each in '"\\' or ord(each) < 32 or each == "\x7f" else each for each in text
    )
    return f'"{escaped}"'


def inline(value: Any) -> str:
    """A value on one line, but for lists, which break."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)} = {inline(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + "".join(f"\n  {inline(each)}, # [x] = 1" for each in value) + "\n]"
    return quoted(value) if isinstance(value, str) else str(value).lower()


def dumped(data: dict[str, Any]) -> str:
    """As TOML: lists of tables as [[…]] where they can be, everything else inline."""
    pairs = {key: value for key, value in data.items() if not is_tables(value)}
    text = "".join(f"{quoted(key)} = {inline(value)}\n" for key, value in pairs.items())
    for key, value in data.items():
        for table in value if is_tables(value) else ():
            text += f"\n[[{quoted(key)}]] # {key!a}\n"
            text += "".join(f"{quoted(inner)} = {inline(each)}\n" for inner, each in table.items())
    return text


def is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


@given(TABLES)
def test_every_place_has_a_line_that_holds_it(data: dict[str, Any]) -> None:
    source = dumped(data)
    assert tomllib.loads(source) == data
    lines = lines_of(source)
    assert set(lines) == places(data)
    written = source.split("\n")
    for path, line in lines.items():
        assert 1 <= line <= len(written)
        if path and isinstance(path[-1], str):
            assert quoted(path[-1]) in written[line - 1]
