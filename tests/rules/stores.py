"""The shipped programs with tiers of their own kind, and short words for their members' lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from core.program.loading import load_file
from core.program.schema import Program
from core.rules.contributions import Contribution, ProgramAt

PROGRAMS = Path(__file__).parent.parent.parent / "programs"
STORE: Program = load_file(PROGRAMS / "department-store.toml")
CAMPUS: Program = load_file(PROGRAMS / "campus-club.toml")
CLIENTS: Program = load_file(PROGRAMS / "private-clients.toml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
INSTANT = timedelta(microseconds=1)


def always(program: Program) -> ProgramAt:
    def program_at(at: datetime) -> Program:
        assert at.tzinfo is not None
        return program

    return program_at


def shanghai(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC)


def spent(at: datetime, yuan: int, known: datetime | None = None, **more: int) -> Contribution:
    """yuan: of the first measure; more: of the others."""
    others = {measure: amount * 100 for measure, amount in more.items()}
    return Contribution(at, known or at, yuan * 100, 0, others)


def invited(at: datetime, tier: str) -> Contribution:
    return Contribution(at, at, 0, 0, {}, tier)
