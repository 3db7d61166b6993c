"""From a program file to a program: everything that is wrong with it at once, each with its line and how to mend it."""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.program.checks import check
from core.program.faults import Fault, Finding, ProgramError, key_of
from core.program.lines import line_of, lines_of
from core.program.mending import shape_findings
from core.program.over_checks import over
from core.program.schema import Program
from core.program.syntax import encoding_fault, limit_fault, syntax_fault
from core.program.values import exact

__all__ = ["Fault", "ProgramError", "load", "load_file"]


def load_file(path: str | Path, at: datetime | None = None) -> Program:
    """The program in that TOML file; `at` as for `load`. Raises ProgramError, or OSError when it cannot be read."""
    return load(read(path), str(path), at)


def read(path: str | Path) -> str:
    """The text of a program file. Raises ProgramError when it is not UTF-8, or OSError."""
    content = Path(path).read_bytes()
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ProgramError([encoding_fault(str(path), content, error)]) from error


def load(source: str, name: str, at: datetime | None = None) -> Program:
    """The program in that TOML text; `name` is what its faults call the file. Raises ProgramError.

    at: when it is to come into force, so that what is over by then is a fault. A published program is read without:
    it stays what it was.
    """
    source = source.removeprefix("\ufeff")
    try:
        data = tomllib.loads(source, parse_float=exact)
    except tomllib.TOMLDecodeError as error:
        raise ProgramError([syntax_fault(source, name, error)]) from error
    except (ValueError, RecursionError) as error:
        raise ProgramError([limit_fault(name, error)]) from error
    findings = check(data) + ([] if at is None else over(data, at))
    try:
        program = Program.model_validate(data)
    except ValidationError as error:
        of_shape = shape_findings(error, data)
        misshapen = {each.path for each in of_shape}
        findings = of_shape + [each for each in findings if each.path not in misshapen]
    if findings:
        raise ProgramError(_faults(findings, source, name, data))
    return program


def _faults(findings: list[Finding], source: str, name: str, data: dict[str, Any]) -> list[Fault]:
    lines = lines_of(source)
    faults = [
        Fault(name, line_of(each.path, lines), key_of(each.path, data), each.message, each.mend) for each in findings
    ]
    return sorted(faults, key=lambda fault: fault.line)
