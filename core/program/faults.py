"""What can be wrong with a program file, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

Path = tuple[str | int, ...]
"""A place in the file's data: ("tiers", 2, "spend")."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A mistake at a place in the data; `mend` is what to do about it."""

    path: Path
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a program file. `key` is its place, such as `tiers[silver].spend`; empty for a fault of syntax."""

    file: str
    line: int
    key: str
    message: str
    mend: str

    def __str__(self) -> str:
        return ": ".join(filter(None, [f"{self.file}:{self.line}", self.key, f"{self.message}; {self.mend}"]))


class ProgramError(ValueError):
    """A program file that cannot be used; `faults` are in the order of their lines."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def key_of(path: Path, data: Any) -> str:
    """The place as an owner reads it: an entry of a list is called by its id, or by its number from 1."""
    key = ""
    for part in path:
        data = step(data, part)
        if isinstance(part, int):
            named = data.get("id") if isinstance(data, dict) else None
            key += f"[{named}]" if isinstance(named, str) else f"[{part + 1}]"
        else:
            key += f".{part}" if key else part
    return key


def step(data: Any, part: str | int) -> Any:
    """What lies one step further, or None."""
    if isinstance(part, int):
        return data[part] if isinstance(data, list) and part < len(data) else None
    return data.get(part) if isinstance(data, dict) else None


def did_you_mean(written: str, known: list[str], otherwise: str) -> str:
    """A question naming the likeliest of `known`, or `otherwise`."""
    plain = {each.casefold(): each for each in known}
    near = get_close_matches(written.casefold(), plain, n=1, cutoff=0.6)
    return f'did you mean "{plain[near[0]]}"?' if near else otherwise
