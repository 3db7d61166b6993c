"""The report of refused rows: a CSV that opens in a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import astuple, fields
from pathlib import Path
from typing import TextIO

from core.services.importing.columns import BadFile
from core.services.importing.reading import RefusedRow

FORMULA = ("=", "+", "-", "@")


class RefusedRows:
    """Writes each refused row to a file, which exists only if there was one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def add(self, row: RefusedRow) -> None:
        """Raises BadFile when the report cannot be written."""
        if self._file is None:
            self._file = self._open()
        csv.writer(self._file).writerow([_inert(value) for value in astuple(row)])
        self.count += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self) -> TextIO:
        try:
            file = self.path.open("w", encoding="utf-8-sig", newline="")
        except OSError as error:
            raise BadFile(f"{self.path}: the report cannot be written ({error.strerror}); choose a --report") from error
        csv.writer(file).writerow([field.name for field in fields(RefusedRow)])
        return file


def _inert(value: int | str) -> int | str:
    """A spreadsheet runs a cell that begins like a formula; what others wrote must not."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
