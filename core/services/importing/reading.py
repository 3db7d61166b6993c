"""From a CSV file to rows: encoding, byte order mark, delimiter, header, and the file line each row begins at."""

from __future__ import annotations

import codecs
import csv
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from core.services.importing.columns import GUESSED, BadFile, ColumnMap

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ",;\t|，"
BLOCK = 1 << 20
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not taken. line: where it begins in the file, from 1; field: ours, or empty for the whole row."""

    line: int
    field: str
    value: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class Row:
    """One record's cells by our field names; a missing cell has its default, or is empty."""

    line: int
    cells: dict[str, str]


class Unreadable(Exception):
    """A cell that cannot be taken as it stands."""

    def __init__(self, field: str, value: str, reason: str, mend: str) -> None:
        super().__init__(reason)
        self.field, self.value, self.reason, self.mend = field, value, reason, mend

    def at(self, line: int) -> RefusedRow:
        return RefusedRow(line, self.field, self.value, self.reason, self.mend)


def read(
    path: Path, columns: ColumnMap, fields: Sequence[str], required: Sequence[str], progress: Callable[[int, int], None]
) -> Iterator[Row | RefusedRow]:
    """Every row that is not empty, in the file's order. progress: bytes read so far and in all.

    BadFile before the first row when the file, its encoding or its header cannot be used.
    """
    encoding = _encoding(path, columns)
    size = path.stat().st_size
    with path.open("rb") as raw, TextIOWrapper(raw, encoding=encoding, newline="") as file:
        reader = csv.reader(_lines(file, path), delimiter=_delimiter(path, encoding, columns))
        try:
            header = next(reader, None)
            places = _places(path, header, columns, fields, required)
            yield from _rows(reader, len(header or []), places, columns, lambda: progress(raw.tell(), size))
        except csv.Error as error:
            raise BadFile(f"{path}:{reader.line_num}: {error}; close the quote that is open here") from error
    progress(size, size)


def _rows(
    reader: Reader, width: int, places: dict[str, int], columns: ColumnMap, tick: Callable[[], None]
) -> Iterator[Row | RefusedRow]:
    line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) == width:
                found = {field: _unwrapped(cells[place]) for field, place in places.items()}
                yield Row(line, {**found, **{k: v for k, v in columns.defaults.items() if not found.get(k)}})
            else:
                mend = "quote cells that contain the delimiter, and leave no cell out"
                yield RefusedRow(line, "", "", f"the row has {len(cells)} cells, the header {width}", mend)
        line = reader.line_num + 1
        if line % 1000 == 0:
            tick()


def _unwrapped(cell: str) -> str:
    """Spreadsheets write ="00123" to keep leading zeros."""
    text = cell.strip().strip("\u200b\ufeff")
    return text[2:-1] if text.startswith('="') and text.endswith('"') and len(text) > 2 else text


def _lines(file: TextIO, path: Path) -> Iterator[str]:
    for number, line in enumerate(file, 1):
        if "\0" in line:
            raise BadFile(f"{path}:{number}: has a NUL character; export the file again, as CSV")
        yield line


def _encoding(path: Path, columns: ColumnMap) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(3)
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror}); give the path of a CSV file") from error
    marked = next((name for mark, name in MARKS.items() if start.startswith(mark)), None)
    if columns.encoding != GUESSED:
        chosen = "utf-8-sig" if columns.encoding == "utf-8" else columns.encoding
        _decode(path, chosen, f'choose another encoding in the column map; this one is "{columns.encoding}"')
        return chosen
    if marked or _decodes(path, "utf-8"):
        return marked or "utf-8"
    # Two bytes above 0xA0 for every character is Chinese; western texts have single ones, and are not guessed at.
    _decode(
        path, "gb2312", 'say how it is written in the column map: encoding = "gb18030" (Chinese) or "cp1252" (western)'
    )
    return "gb18030"


def _decodes(path: Path, encoding: str) -> bool:
    try:
        _decode(path, encoding, "")
    except BadFile:
        return False
    return True


def _decode(path: Path, encoding: str, mend: str) -> None:
    """BadFile with the line of the first byte that is not in that encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            line = _decode_block(decoder, block, len(block) < BLOCK, path, line, mend)


def _decode_block(
    decoder: codecs.IncrementalDecoder, block: bytes, last: bool, path: Path, line: int, mend: str
) -> int:
    try:
        return line + decoder.decode(block, final=last).count("\n")
    except UnicodeDecodeError as error:
        line += error.object[: error.start].count(b"\n")
        raise BadFile(f"{path}:{line}: has bytes that are not {error.encoding}; {mend}") from error


def _delimiter(path: Path, encoding: str, columns: ColumnMap) -> str:
    if columns.delimiter != GUESSED:
        return columns.delimiter
    with path.open(encoding=encoding) as file:
        header = file.readline()
    return max(DELIMITERS, key=lambda each: (header.count(each), -DELIMITERS.index(each)))


def _places(
    path: Path, header: list[str] | None, columns: ColumnMap, fields: Sequence[str], required: Sequence[str]
) -> dict[str, int]:
    """Where each of our fields stands in a row."""
    if not header or not any(header):
        raise BadFile(f"{path}:1: there is no header; the first line must name the columns")
    unknown = sorted({*columns.columns, *columns.defaults, *columns.formats} - set(fields))
    if unknown:
        raise BadFile(f"the column map names {', '.join(unknown)}; the fields are {', '.join(fields)}")
    names = [_name(cell) for cell in header]
    places = {}
    for field in fields:
        wanted = columns.columns.get(field, field)
        count = names.count(_name(wanted))
        if count > 1:
            raise BadFile(f"{path}:1: two columns are called {wanted!r}; rename one")
        if count:
            places[field] = names.index(_name(wanted))
        elif field in columns.columns or (field in required and field not in columns.defaults):
            shown = ", ".join(cell.strip() for cell in header)
            raise BadFile(f"{path}:1: no column {wanted!r} for {field}; there are: {shown}. Map it in the column map")
    return places


def _name(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("\u200b\ufeff").casefold()
