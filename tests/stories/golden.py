"""The shipped programs' stories and how they are told. `python -m tests.stories.golden` tells them anew.

What they come to is worked out by hand in test_department_store.py and its neighbours; the golden files hold the form.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.program.loading import load_file, read
from core.services.programs.preview_program import Told, preview_program
from core.services.programs.story import read_story

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
NAMES = sorted(each.stem for each in PROGRAMS.glob("*.toml"))

Line = tuple[str | None, int, int, int, str | None, int, list[tuple[str, int]], str | None]
"""member, balance, pending, debt, tier, qualifying, (rule, points) of the entries, why it was refused."""


@cache
def told(name: str) -> list[Told]:
    """A shipped program's story, told by the services."""
    file = PROGRAMS / f"{name}.toml"
    return list(preview_program(read(file), load_file(file), read_story(story_of(name), load_file(file))))


def lines(name: str) -> list[Line]:
    return [
        (
            each.member,
            each.balance,
            each.pending,
            each.debt,
            each.tier,
            each.qualifying,
            [(entry.rule, entry.points) for entry in each.entries],
            each.refused.reason if each.refused else None,
        )
        for each in told(name)
    ]


def as_text(name: str) -> str:
    """What the command prints."""
    return "".join(each.model_dump_json() + "\n" for each in told(name))


def story_of(name: str) -> Path:
    return PROGRAMS / "stories" / f"{name}.jsonl"


def golden_of(name: str) -> Path:
    return PROGRAMS / "stories" / f"{name}.told.jsonl"


if __name__ == "__main__":
    for name in NAMES:
        golden_of(name).write_text(as_text(name), encoding="utf-8")
