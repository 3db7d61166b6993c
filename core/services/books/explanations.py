"""The explanation of an entry that a few steps account for; purchases have their own, longer one."""

from __future__ import annotations

from typing import Any


def explanation(rule: str, version: int, inputs: dict[str, Any], *steps: dict[str, Any]) -> dict[str, Any]:
    """As docs/books.md lays it out: language-neutral data that core/words puts into sentences."""
    return {"rule": rule, "version": version, "inputs": inputs, "steps": list(steps), "caps": [], "not_applied": []}
