"""What one program says otherwise than another: exactly, key by key, as its file calls them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel

from core.program.schema import Program

_RATE = re.compile(r"\d+(/\d+)?")  # pydantic dumps a Fraction as text


class Change(BaseModel):
    """key: such as `tiers[silver].spend`. before, after: as the file would write them; None where it is not there."""

    what: Literal["added", "removed", "changed", "moved"]
    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        if self.what == "added":
            return f"added {self.key} = {self.after}" if self.after else f"added {self.key}"
        if self.what == "removed":
            return f"removed {self.key} = {self.before}" if self.before else f"removed {self.key}"
        if self.what == "moved":
            return f"reordered {self.key}: {self.after}, before {self.before}"
        return f"changed {self.key}: {self.before} → {self.after}"


def differences(old: Program, new: Program) -> list[Change]:
    """In the order of the keys; none for two texts that mean the same. What a file leaves out is compared as what it
    then is."""
    return list(_tables("", old.model_dump(by_alias=True), new.model_dump(by_alias=True)))


def _tables(key: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        yield from _values(f"{key}.{name}" if key else name, old.get(name), new.get(name))


def _values(key: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _tables(key, old, new)
    elif _named(old) and _named(new) and (old or new):
        yield from _lists(key, old, new)
    elif old in (None, [], {}) or new in (None, [], {}):
        added = old in (None, [], {})
        told = None if isinstance(new if added else old, dict) else _told(new if added else old)
        yield Change(what="added" if added else "removed", key=key, before=None if added else told,
                     after=told if added else None)  # fmt: skip
    else:
        yield Change(what="changed", key=key, before=_told(old), after=_told(new))


def _lists(key: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[Change]:
    """Entries with an id are held against each other by it, wherever they stand."""
    before, after = {each["id"]: each for each in old}, {each["id"]: each for each in new}
    for name in [*before, *(name for name in after if name not in before)]:
        yield from _values(f"{key}[{name}]", before.get(name), after.get(name))
    kept = [name for name in before if name in after]
    placed = [name for name in after if name in before]
    if kept != placed:
        yield Change(what="moved", key=key, before=", ".join(kept), after=", ".join(placed))


def _named(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) and "id" in each for each in value)


def _told(value: Any) -> str:
    """As the file writes it, but for rates, which are fractions in lowest terms."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_told, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{name} = {_told(each)}' for name, each in value.items() if each is not None)} }}"
    if isinstance(value, str) and not _RATE.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
