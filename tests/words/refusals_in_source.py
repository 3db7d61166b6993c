"""Every refusal that the source can raise or return, with the facts it gives, read off its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("core", "api", "bot")


@dataclass(frozen=True)
class Site:
    """One call. reason: `*` stands for a part that is computed. facts: None when they are handed over as a whole."""

    where: str
    reason: str
    facts: frozenset[str] | None


def sites() -> list[Site]:
    found: list[Site] = []
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            found += _sites(tree, str(file.relative_to(ROOT)))
    return found


def _sites(tree: ast.AST, file: str) -> Iterator[Site]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Refused", "Refusal"):
            reason = _reason(node.args[0]) if node.args else None
            if reason is not None:
                facts = _keywords(node) if node.func.id == "Refused" else _mapping(node)
                yield Site(f"{file}:{node.lineno}", reason, facts)


def _reason(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in argument.values)
    return None


def _keywords(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def _mapping(call: ast.Call) -> frozenset[str] | None:
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    if not given:
        return frozenset()
    if not isinstance(given[0], ast.Dict):
        return None
    return frozenset(str(key.value) for key in given[0].keys if isinstance(key, ast.Constant))
