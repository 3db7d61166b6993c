"""Mistakes that shop owners make, each told with its line, its key and the way to mend it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from core.program.loading import Fault, ProgramError, load, load_file
from tests.program.club import SOURCE


def faults(source: str) -> list[str]:
    """What is wrong with the text, without the file's name in front."""
    with pytest.raises(ProgramError) as caught:
        load(source, "club.toml")
    assert str(caught.value) == "\n".join(str(fault) for fault in caught.value.faults)
    assert all(str(fault).startswith("club.toml:") for fault in caught.value.faults)
    return [str(fault).removeprefix("club.toml:") for fault in caught.value.faults]


TYPOS = tomllib.loads((Path(__file__).parent / "typos.toml").read_text(encoding="utf-8"))["typos"]


@pytest.mark.parametrize("typo", TYPOS, ids=[typo["wrong"] for typo in TYPOS])
def test_a_typo_is_told_with_its_line_and_mend(typo: dict[str, Any]) -> None:
    assert typo["right"] in SOURCE
    assert faults(SOURCE.replace(typo["right"], typo["wrong"], 1)) == typo["told"]


def test_all_faults_are_told_at_once_in_the_order_of_their_lines() -> None:
    source = SOURCE.replace('coupon = "five"\ntiers', 'coupon = "fife"\ntiers').replace("points = 800", "pionts = 800")
    assert faults(source.replace("schema = 1", "schema = 2")) == [
        "1: schema: 2 is not known here; write 1",
        '28: tiers[silver].pionts: there is no such key; did you mean "points"?',
        '90: offers[fresh].coupon: there is no coupon template "fife"; did you mean "five"?',
    ]


def test_a_fault_is_data() -> None:
    with pytest.raises(ProgramError) as caught:
        load(SOURCE.replace("points = 800", "points = 8.5"), "club.toml")
    assert caught.value.faults == [
        Fault(
            "club.toml",
            28,
            "tiers[silver].points",
            "8.5 is no whole number",
            "write a whole number, such as 100",
        )
    ]


def test_an_empty_file_lacks_everything() -> None:
    assert faults("") == [
        "1: schema: is missing; add schema = 1",
        "1: program: is missing; add [program]",
        "1: categories: is missing; add [[categories]]",
        "1: tiers: is missing; add [[tiers]]",
        "1: earning: is missing; add [earning]",
    ]


@pytest.mark.parametrize("source", ["a = " + "9" * 5000, "a = " + "[" * 5000 + "]" * 5000])
def test_a_file_beyond_all_measure_is_refused(source: str) -> None:
    (told,) = faults(source)
    assert told.startswith("1: cannot be read: ")
    assert told.endswith("; shorten its numbers and flatten its lists")


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "club.toml"
    file.write_bytes(SOURCE.encode("gbk"))
    with pytest.raises(ProgramError) as caught:
        load_file(file)
    assert str(caught.value) == f"{file}:5: is not UTF-8 text; save the file with the encoding UTF-8"


def test_marks_and_line_ends_of_windows_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "club.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SOURCE.replace("\n", "\r\n").encode())
    assert load_file(file) == load(SOURCE, "club")
