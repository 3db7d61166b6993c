"""Every explanation that the services write into the points book, as far as their syntax trees tell: which steps, with
which facts, and under which rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SERVICES = ROOT / "core" / "services"
MONEY = ("joined_purses.py", "pay.py", "purses.py", "refund_payment.py", "take_back_top_up.py", "top_up.py")
"""The other book, whose words are tests/words/test_figures.py's neighbours' business."""

Bound = dict[str, list[ast.expr]]
"""What a function gives its names, each time it does."""


@dataclass(frozen=True)
class Step:
    """facts: those of the step and of its entry's inputs."""

    where: str
    code: str
    facts: frozenset[str]


@dataclass(frozen=True)
class Written:
    """An entry. rule: `*` stands for a part that is computed."""

    where: str
    kind: str
    rule: str


def steps() -> list[Step]:
    """Those whose facts are all in one place; what is put together elsewhere is rendered by test_real_entries.py."""
    return [
        step
        for where, function in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and _name_of(node.func) == "explanation" and len(node.args) > 3
        for step in _steps(where, node.args[2], node.args[3:], _bound(function))
    ]


def written() -> list[Written]:
    """The entries whose kind is said where they are drafted."""
    return [
        Written(where, kind, rule)
        for where, function in _functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and _name_of(node.func) == "Draft" and len(node.args) > 2
        for kind in _texts(node.args[0], _bound(function))
        for rule in _texts(node.args[2], _bound(function))
    ]


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for file in sorted(SERVICES.rglob("*.py")):
        if file.name not in MONEY:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield f"{file.relative_to(ROOT)}:{node.name}", node


def _name_of(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _bound(function: ast.FunctionDef) -> Bound:
    bound: Bound = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            bound.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and isinstance(node.target, ast.Name) and node.value:
            bound.setdefault(node.target.id, []).append(node.value)
    return bound


def _steps(where: str, inputs: ast.expr, given: Sequence[ast.expr], bound: Bound) -> Iterator[Step]:
    of_entry = [facts for each in _meant(inputs, bound) if (facts := _facts(each)) is not None]
    if len(of_entry) == 1:
        for step in (each for one in given for each in _meant(one, bound)):
            facts = _facts(step)
            if facts is not None and isinstance(step, ast.Dict):
                for code in _texts(step.values[0], bound):
                    yield Step(where, code, facts | of_entry[0])


def _meant(value: ast.expr, bound: Bound) -> list[ast.expr]:
    return bound.get(value.id, []) if isinstance(value, ast.Name) else [value]


def _facts(value: ast.expr) -> frozenset[str] | None:
    """The keys of a dict that is written out in full."""
    if not isinstance(value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in value.keys):
        return None
    return frozenset(str(key.value) for key in value.keys if isinstance(key, ast.Constant))


def _texts(value: ast.expr, bound: Bound) -> list[str]:
    """What it may come to; nothing where that is said elsewhere."""
    if isinstance(value, ast.Constant):
        return [str(value.value)]
    if isinstance(value, ast.JoinedStr):
        return ["".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in value.values)]
    if isinstance(value, ast.IfExp):
        return [*_texts(value.body, bound), *_texts(value.orelse, bound)]
    return [text for each in _meant(value, bound) if each is not value for text in _texts(each, bound)]
