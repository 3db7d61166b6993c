"""Every shipped program has a story, and it is told to the letter as its golden file says."""

from __future__ import annotations

import json

import pytest

from core.program.loading import load_file
from core.services.programs.preview_program import Told
from tests.cli.conftest import Run, folder, run
from tests.stories.golden import NAMES, PROGRAMS, as_text, golden_of, story_of

__all__ = ["folder", "run"]


def test_every_shipped_program_has_a_story() -> None:
    assert NAMES == ["campus-club", "department-store", "five-tier", "private-clients", "tea-house"]
    assert all(story_of(name).is_file() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_told_as_before(name: str) -> None:
    """If what changed is meant: python -m tests.stories.golden"""
    assert as_text(name).splitlines() == golden_of(name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_line_for_each_event_with_every_field(name: str) -> None:
    events = [json.loads(each) for each in story_of(name).read_text(encoding="utf-8").splitlines()]
    lines = [json.loads(each) for each in golden_of(name).read_text(encoding="utf-8").splitlines()]
    assert [(each["at"], each["do"], each["member"]) for each in lines] == [
        (each["at"], each["do"], each["member"]) for each in events
    ]
    unkept = set() if load_file(PROGRAMS / f"{name}.toml").stored_value else {"stored_value"}
    assert {tuple(each) for each in lines} == {tuple(field for field in Told.model_fields if field not in unkept)}


def test_the_command_prints_it(run: Run) -> None:
    """Without a database, and without making one."""
    name = "campus-club"
    result = run("program", "preview", str(PROGRAMS / f"{name}.toml"), str(story_of(name)))
    assert result.exit_code == 0
    assert result.stdout == golden_of(name).read_text(encoding="utf-8")
