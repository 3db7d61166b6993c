"""From a program file to a program: everything that is wrong with it at once, each with its line and how to mend it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pydantic import ValidationError

from core.program.schema import Program


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a program file. `key` is its dotted place, such as `tiers[2].spend`."""

    file: str
    line: int
    key: str
    message: str
    mend: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.key}: {self.message}; {self.mend}"


class ProgramError(ValueError):
    """A program file that cannot be used; `faults` are in the order of their lines."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def load_file(path: str | Path) -> Program:
    """The program in that TOML file. Raises ProgramError, or OSError when it cannot be read."""
    return load(Path(path).read_text(encoding="utf-8"), str(path))


def load(source: str, name: str) -> Program:
    """The program in that TOML text; `name` is what its faults call the file. Raises ProgramError."""
    try:
        return Program.model_validate(tomllib.loads(source, parse_float=Fraction))
    except tomllib.TOMLDecodeError as error:
        raise ProgramError([Fault(name, 1, "", str(error), "mend the TOML")]) from error
    except ValidationError as error:
        faults = [Fault(name, 1, ".".join(map(str, e["loc"])), e["msg"], "see docs/programs.md") for e in error.errors()]
        raise ProgramError(faults) from error
