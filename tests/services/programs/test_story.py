"""Reading stories: what cannot have happened is told with its line, what is wrong and how to mend it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.program.loading import load_file
from core.services.programs.story import StoryError, read_story
from core.services.programs.story_events import Enrol, Purchase
from tests.conftest import SMALL

PROGRAM = load_file(SMALL)
AT = "2026-03-02T10:00:00+08:00"
ANN = {"at": AT, "do": "enrol", "member": "ann"}
TEA: dict[str, Any] = {"sku": "tea", "category": "grocery", "quantity": 1, "unit_price": 1000}
R1 = {"at": AT, "do": "purchase", "member": "ann", "id": "r1", "lines": [TEA]}


def write(tmp_path: Path, *events: object) -> Path:
    file = tmp_path / "story.jsonl"
    file.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in events) + "\n")
    return file


def faults(tmp_path: Path, *events: object) -> list[str]:
    with pytest.raises(StoryError) as error:
        read_story(write(tmp_path, *events), PROGRAM)
    return [str(each).removeprefix(f"{tmp_path}/") for each in error.value.faults]


def test_what_is_left_out_has_a_default(tmp_path: Path) -> None:
    story = read_story(write(tmp_path, ANN, "", R1, {"at": AT, "do": "tick"}), PROGRAM)
    enrol, purchase, tick = story.happenings
    assert isinstance(enrol.event, Enrol)
    assert isinstance(purchase.event, Purchase)
    assert (enrol.event.name, purchase.event.store, purchase.event.channel) == ("ann", "shop", "shop")
    assert purchase.event.occurred_at is None
    assert [each.line for each in story.happenings] == [1, 3, 4]
    assert (purchase.member, tick.member) == ("ann", None)


def test_a_till_may_count_its_purchases(tmp_path: Path) -> None:
    story = read_story(write(tmp_path, ANN, {**R1, "id": 7}, {"at": AT, "do": "refund", "of": 7, "amount": 1}), PROGRAM)
    assert [each.member for each in story.happenings] == ["ann"] * 3


def test_a_moment_without_an_offset_is_in_the_programs_zone(tmp_path: Path) -> None:
    story = read_story(write(tmp_path, {**ANN, "at": "2026-03-02T10:00"}), PROGRAM)
    assert story.happenings[0].event.at == datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
    assert story.happenings[0].at == "2026-03-02T10:00"


def test_a_mark_at_the_beginning_and_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps(ANN).encode() + b"\r\n" + json.dumps(R1).encode() + b"\r\n")
    assert len(read_story(file, PROGRAM).happenings) == 2


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ('{"at": "2026-03-0', "not JSON: Unterminated string starting at, at column 8; write one JSON object"),
        ("[1]", "not an event; write one JSON object on each line, in UTF-8"),
        ({"at": AT, "do": "refnd", "of": "r1"}, "do: nothing is called 'refnd'; did you mean \"refund\"?"),
        ({"at": AT, "do": 7}, "do: nothing is called 7; there are: enrol, purchase, refund, "),
        ({"at": AT, "member": "ann"}, "do: nothing is called None; there are: "),
        ({"do": "tick"}, "at is missing; add at"),
        ({"at": "soon", "do": "tick"}, "at: 'soon' is no moment; write it as in 2026-03-02T10:15:00+08:00; "),
        ({"at": 7, "do": "tick"}, "at: write it as text, as in 2026-03-02T10:15:00+08:00; "),
        ({"at": "2026-03-02T09:59:59+08:00", "do": "tick"}, "time goes backwards: the event before is of 2026-03-02T"),
        ({"at": AT, "do": "checkin", "member": "anna"}, 'anna is not enrolled; did you mean "ann"?'),
        ({"at": AT, "do": "checkin", "member": "zoe"}, "zoe is not enrolled; enrol them on a line before"),
        ({"at": AT, "do": "tick", "member": "zoe"}, "zoe is not enrolled; enrol them on a line before"),
        ({"at": AT, "do": "checkin"}, "member is missing; add member"),
        (ANN, "ann is enrolled already, on line 1; use another name"),
        ({**ANN, "member": "bo", "invited_by": "zoe"}, "zoe is not enrolled; enrol them on a line before"),
        ({**ANN, "member": "bo", "invite": "gol"}, "invite: nobody can be invited to 'gol'; did you mean \"gold\"?"),
        ({**ANN, "member": "bo", "invite": "basic"}, "invite: nobody can be invited to 'basic'; there are: silver, go"),
        ({**ANN, "member": "bo", "birthdy": "1990-01-01"}, 'birthdy: there is no such field; did you mean "birthday"?'),
        ({**R1, "lines": []}, "lines: List should have at least 1 item after validation, not 0; "),
        ({**R1, "lines": [{**TEA, "quantity": 0}]}, "lines.1.quantity: Input should be greater than or equal to 1; "),
        ({**R1, "lines": [{**TEA, "unit_price": 9.5}]}, "lines.1.unit_price: Input should be a valid integer"),
        (
            {"at": AT, "do": "refund", "of": "r2", "amount": 1},
            "there is no purchase r2; write the id of a purchase on a line before",
        ),
        ({"at": AT, "do": "refund", "of": "r1"}, "say what is refunded by either lines or amount; "),
        ({"at": AT, "do": "adjust", "member": "ann", "points": 0}, "points: an adjustment of 0 points changes nothing"),
    ],
)
def test_what_cannot_have_happened(tmp_path: Path, event: object, fault: str) -> None:
    (told,) = faults(tmp_path, ANN, R1, event)
    assert told.startswith(f"story.jsonl:3: {fault}")


def test_a_refund_names_the_buyer_or_nobody(tmp_path: Path) -> None:
    bo = {**ANN, "member": "bo"}
    back = {"at": AT, "do": "refund", "of": "r1", "amount": 1, "member": "bo"}
    told = "story.jsonl:4: r1 is a purchase of ann, not of bo; correct one of them"
    assert faults(tmp_path, ANN, R1, bo, back) == [told]


def test_all_faults_are_told_at_once_and_none_twice(tmp_path: Path) -> None:
    broken = {**ANN, "member": "bo", "phones": "1"}
    told = faults(tmp_path, ANN, broken, {**R1, "member": "bo", "line": []}, {"at": AT, "do": "tick", "member": "b"})
    assert [each.split(": ")[0] for each in told] == ["story.jsonl:2", "story.jsonl:3", "story.jsonl:4"]


def test_what_is_not_text_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "story.jsonl"
    file.write_bytes(json.dumps(ANN).encode() + b"\n\xff\xfe\n")
    with pytest.raises(StoryError) as error:
        read_story(file, PROGRAM)
    assert [(each.line, each.mend) for each in error.value.faults] == [
        (2, "write one JSON object on each line, in UTF-8")
    ]
