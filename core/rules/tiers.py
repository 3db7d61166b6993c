"""Which tier a member holds, from what qualifies since they were last closed, if ever, and nothing else. Each kind of
tiering is a file of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from types import ModuleType

from core.program.schema import Program
from core.rules import tier_cards, tier_rolling, tier_years
from core.rules.contributions import Contribution, Gap, Holding, ProgramAt, lives

__all__ = ["Contribution", "Gap", "Holding", "ProgramAt", "counting", "holding", "since", "to_keep", "to_next"]

_KINDS: dict[str, ModuleType] = {"rolling": tier_rolling, "cards": tier_cards, "years": tier_years}


def since(programs: Iterable[Program], at: datetime) -> datetime:
    """The earliest moment whose contributions can bear on the tier at `at` or later, whichever of the programs they
    were made under."""
    moments: list[datetime] = [_KINDS[each.tiering.kind].since(each, at) for each in programs]
    return min(moments)


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The tier held at a moment, by the kind of tiering in force then."""
    held: Holding = _KINDS[program_at(at).tiering.kind].holding(program_at, lives(contributions, at)[-1], at)
    return held


def counting(program: Program, contributions: Iterable[Contribution], at: datetime) -> tuple[int, int]:
    """Spend and points that count at a moment towards the next tier."""
    sums: tuple[int, int] = _KINDS[program.tiering.kind].counting(program, lives(contributions, at)[-1], at)
    return sums


def to_next(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """What is missing to a higher tier; None where there is none."""
    gap: Gap | None = _KINDS[program.tiering.kind].to_next(program, lives(contributions, at)[-1], held, at)
    return gap


def to_keep(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """What is missing to keep the tier past its end; None where it does not end."""
    gap: Gap | None = _KINDS[program.tiering.kind].to_keep(program, lives(contributions, at)[-1], held, at)
    return gap
