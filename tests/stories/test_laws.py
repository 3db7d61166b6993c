"""Whatever happens to a member: the entries add up to what can be spent, what is to come and what is owed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load_file, read
from core.services.programs.preview_program import Told, preview_program
from core.services.programs.story import read_story
from tests.shopping import STORIES
from tests.stories.golden import NAMES, PROGRAMS

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 150),  # days since the event before
        st.sampled_from(["purchase", "purchase", "refund", "redeem", "checkin", "adjust", "tick"]),
        st.integers(1, 2_000_000),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=15,
)


@pytest.mark.parametrize("name", NAMES)
@given(steps=STEPS)
@STORIES
def test_points_are_conserved(name: str, steps: list[tuple[int, str, int, int]]) -> None:
    *_, last = told = tell(name, list(events(name, steps)))
    assert last.refused is None
    written = sum(entry.points for each in told for entry in each.entries)
    assert written == last.balance + last.pending - last.debt


def tell(name: str, story: list[dict[str, Any]]) -> list[Told]:
    program = PROGRAMS / f"{name}.toml"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "story.jsonl"
        file.write_text("\n".join(map(json.dumps, story)), encoding="utf-8")
        judged = load_file(program)
        return list(preview_program(read(program), judged, read_story(file, judged)))


def events(name: str, steps: list[tuple[int, str, int, int]]) -> Iterator[dict[str, Any]]:
    """A story of one member; what the steps make no sense of is refused, and told as that."""
    program = load_file(PROGRAMS / f"{name}.toml")
    at, bought = BEGIN, 0
    yield {"at": at.isoformat(), "do": "enrol", "member": "ann", "birthday": "1990-02-28"}
    for days, do, amount, pick in steps:
        at += timedelta(days=days, hours=1)
        head = {"at": at.isoformat(), "do": do, "member": "ann"}
        match do:
            case "purchase":
                bought += 1
                category = program.categories[pick % len(program.categories)].id
                line = {"sku": "x", "category": category, "quantity": 1 + pick, "unit_price": amount}
                yield {**head, "id": f"p{bought}", "lines": [line]}
            case "refund" if bought:
                yield {**head, "of": f"p{1 + pick % bought}", "amount": 1 + amount // 2}
            case "redeem":
                yield {**head, "reward": program.rewards[pick % len(program.rewards)].id if program.rewards else "x"}
            case "adjust":
                yield {**head, "points": amount // 1000 - 700 or 1}
            case "checkin" | "tick":
                yield head
    yield {"at": at.isoformat(), "do": "tick", "member": "ann"}
