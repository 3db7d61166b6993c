"""A story: what happens to a few people in a made-up shop, one event a line, in order of time (docs/programs.md).

Reading it finds everything that cannot have happened at all, such as a purchase of somebody who was never enrolled.
What a real shop would refuse, such as a reward that is too dear, is part of the story.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from core.program.faults import did_you_mean
from core.program.schema import Program
from core.services.programs.story_events import (
    EVENTS,
    Enrol,
    Event,
    Handover,
    Paying,
    Purchase,
    Undoing,
    name_of,
)

NOUNS = {"purchase": "purchase", "topup": "top-up", "pay": "payment"}
"""What has a number in a story, by the event that makes it."""
UNDOES = {"refund": "purchase", "deliver": "purchase", "takeback": "topup", "payback": "pay"}


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and where it stands. member: whose books it is about, None for those of the event before; at: as
    written."""

    line: int
    at: str
    member: str | None
    event: Event


@dataclass(frozen=True, slots=True)
class Story:
    file: str
    happenings: list[Happening]


@dataclass(frozen=True, slots=True)
class StoryFault:
    file: str
    line: int
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}; {self.mend}"


class StoryError(ValueError):
    """A story that cannot have happened; `faults` are in the order of their lines."""

    def __init__(self, faults: list[StoryFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def read_story(path: str | Path, program: Program) -> Story:
    """The story in that file, for a program. Raises StoryError with all its faults, or OSError."""
    reading = _Reading(program)
    happenings: list[Happening] = []
    faults: list[StoryFault] = []
    for line, written in enumerate(Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not written.strip():
            continue
        try:
            happenings.append(reading.happening(line, written))
        except _Impossible as error:
            faults += [StoryFault(str(path), line, *each) for each in error.faults]
    if faults:
        raise StoryError(faults)
    return Story(str(path), happenings)


class _Impossible(Exception):
    """What is wrong with a line and how to mend it."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        self.faults = faults


@dataclass
class _Reading:
    """What is known so far. members: the line of each. done: by what was done, the number of each and whose it was."""

    program: Program
    members: dict[str, int] = field(default_factory=dict)
    done: dict[str, dict[str, str]] = field(default_factory=lambda: {do: {} for do in NOUNS})
    last: datetime | None = None

    def happening(self, line: int, written: bytes) -> Happening:
        data = _object(written)
        try:
            event = _event(data, self.program.program.zone)
            self._in_time(event)
            member = self._known(event, line)
        except _Impossible:
            self._meant(data, line)
            raise
        return Happening(line, data["at"], member, event)

    def _meant(self, data: dict[str, Any], line: int) -> None:
        """A faulty line is told once, and not again by every line that builds on it."""
        do, member, number = data.get("do"), data.get("member"), data.get("id")
        if do == "enrol" and isinstance(member, str):
            self.members.setdefault(member, line)
        if isinstance(do, str) and do in self.done and isinstance(member, str) and isinstance(number, (str, int)):
            self.done[do].setdefault(str(number), member)

    def _in_time(self, event: Event) -> None:
        if self.last is not None and event.at < self.last:
            zone = self.program.program.zone
            before = self.last.astimezone(zone).isoformat()
            raise _Impossible((f"time goes backwards: the event before is of {before}", "put the events in order"))
        self.last = event.at

    def _known(self, event: Event, line: int) -> str | None:
        """Whose books the event is about; None for those of the event before."""
        if isinstance(event, Undoing):
            return self._undone(event)
        if isinstance(event, Enrol):
            self._enrol(event, line)
        elif event.member is not None:
            self._enrolled(event.member)
        if isinstance(event, Purchase | Paying):
            self.done[event.do].setdefault(event.id or f"line-{line}", event.member)
        if isinstance(event, Handover):
            self._new(name_of(event.to), line)
        return event.member

    def _enrol(self, event: Enrol, line: int) -> None:
        if event.invited_by is not None:
            self._enrolled(event.invited_by)
        higher = [tier.id for tier in self.program.tiers[1:]]
        if event.invite is not None and event.invite not in higher:
            mend = did_you_mean(event.invite, higher, f"there are: {', '.join(higher)}")
            raise _Impossible((f"invite: nobody can be invited to {event.invite!r}", mend))
        self._new(event.member, line)

    def _new(self, member: str, line: int) -> None:
        if member in self.members:
            known = self.members[member]
            raise _Impossible((f"{member} is enrolled already, on line {known}", "use another name"))
        self.members[member] = line

    def _enrolled(self, member: str) -> None:
        if member not in self.members:
            mend = did_you_mean(member, list(self.members), "enrol them on a line before")
            raise _Impossible((f"{member} is not enrolled", mend))

    def _undone(self, event: Undoing) -> str:
        """Whose it was that comes back, or arrives."""
        do = UNDOES[event.do]
        known, noun = self.done[do], NOUNS[do]
        whose = known.get(event.of)
        if whose is None:
            mend = did_you_mean(event.of, list(known), f"write the id of a {noun} on a line before")
            raise _Impossible((f"there is no {noun} {event.of}", mend))
        if event.member not in (None, whose):
            raise _Impossible((f"{event.of} is a {noun} of {whose}, not of {event.member}", "correct one of them"))
        return whose


def _object(written: bytes) -> dict[str, Any]:
    mend = "write one JSON object on each line, in UTF-8"
    try:
        data = json.loads(written.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise _Impossible((f"not JSON: {error.msg}, at column {error.colno}", mend)) from None
    except (ValueError, RecursionError) as error:
        raise _Impossible((f"not JSON: {error}", mend)) from None
    if not isinstance(data, dict):
        raise _Impossible(("not an event", mend))
    return data


def _event(data: dict[str, Any], zone: ZoneInfo) -> Event:
    do = data.get("do")
    kind = EVENTS.get(do) if isinstance(do, str) else None
    if kind is None:
        known = f"there are: {', '.join(EVENTS)}"
        raise _Impossible((f"do: nothing is called {do!r}", did_you_mean(str(do), list(EVENTS), known)))
    try:
        return kind.model_validate(data, context={"zone": zone})
    except ValidationError as error:
        raise _Impossible(*_faults(error, list(kind.model_fields))) from None


def _faults(error: ValidationError, known: list[str]) -> Iterator[tuple[str, str]]:
    for each in error.errors():
        place = ".".join(str(part + 1) if isinstance(part, int) else part for part in each["loc"])
        match each["type"]:
            case "missing":
                yield f"{place} is missing", f"add {place}"
            case "extra_forbidden":
                leave = f"leave it out, or use one of: {', '.join(known)}"
                yield f"{place}: there is no such field", did_you_mean(place, known, leave)
            case _:
                told = each["msg"].removeprefix("Value error, ")
                yield f"{place}: {told}".removeprefix(": "), "docs/programs.md shows every event"
