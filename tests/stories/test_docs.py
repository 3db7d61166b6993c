"""docs/programs.md shows a story as it is, and every event that there is."""

from __future__ import annotations

import json
import re

import pytest

from core.services.programs.preview_program import Told
from core.services.programs.story_events import EVENTS
from tests.program.reference import DOCUMENT
from tests.stories.golden import as_text, story_of

SECTION = DOCUMENT.read_text(encoding="utf-8").split("## Trying a program with a story\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```json\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.parametrize(("block", "source"), [(BLOCKS[0], story_of("campus-club").read_text()), (BLOCKS[1], None)])
def test_the_example_is_from_the_shipped_story(block: str, source: str | None) -> None:
    shipped = (source or as_text("campus-club")).splitlines()
    assert block.splitlines()
    assert [each for each in block.splitlines() if each not in shipped] == []


def test_every_event_and_its_fields_are_documented() -> None:
    rows = {row.split("`")[1]: row for row in SECTION.splitlines() if row.startswith("| `") and "`do`" not in row}
    assert list(rows) == list(EVENTS)
    for do, event in EVENTS.items():
        own = event.model_fields.keys() - {"at", "do", "note", "member"} if do != "enrol" else {"invited_by", "invite"}
        assert [field for field in own if f"`{field}`" not in rows[do]] == []


def test_the_example_has_every_field() -> None:
    for line in BLOCKS[1].splitlines():
        assert list(json.loads(line)) == [field for field in Told.model_fields if field != "stored_value"]
