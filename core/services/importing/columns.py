"""The column map: a small TOML file that says how somebody's CSV is written (docs/import.md)."""

from __future__ import annotations

import codecs
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from core.program.values import Zone

GUESSED = "auto"


class BadFile(Exception):
    """A file that cannot be imported at all: what, where and how to mend it. Nothing was written."""


def _encoding(name: str) -> str:
    if name == GUESSED:
        return name
    try:
        found = codecs.lookup(name).name
    except LookupError:
        raise ValueError("write auto, utf-8, gb18030, utf-16, cp1252 or another encoding's name") from None
    return "gb18030" if found in {"gbk", "gb2312"} else found


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("write an ISO 3166 code such as CN or US")
    return code


class ColumnMap(BaseModel):
    """How a CSV is written. Every key may be left out.

    country: whose phone numbers are written without a country code (CN, US).
    columns: our field → the file's column name. defaults: our field → value for rows that leave it empty.
    formats: our field → date format (strptime's letters, or auto, excel, excel-1904), before date_format.
    categories, tiers, templates: the file's category, tier or coupon → the program's id.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoding: Annotated[str, AfterValidator(_encoding)] = GUESSED
    delimiter: Annotated[str, Field(min_length=1)] = GUESSED
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", ""] = ","
    money: Literal["major", "minor"] = "major"
    zone: Zone | None = None
    country: Annotated[str, AfterValidator(_country)] | None = None
    date_format: Annotated[str, Field(min_length=1)] = GUESSED
    columns: dict[str, str] = {}
    formats: dict[str, str] = {}
    defaults: dict[str, str] = {}
    categories: dict[str, str] = {}
    tiers: dict[str, str] = {}
    templates: dict[str, str] = {}

    @model_validator(mode="after")
    def _separators_differ(self) -> ColumnMap:
        if self.decimal == self.thousands:
            raise ValueError(f'decimal and thousands are both {self.decimal!r}; write thousands = "" if there are none')
        if self.delimiter != GUESSED and len(self.delimiter) != 1:
            raise ValueError('delimiter is one character, such as ";" or "\\t"')
        return self


def load_columns(path: Path) -> ColumnMap:
    """The column map in that file. Raises BadFile."""
    try:
        return ColumnMap.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror}); give the path of a column map") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path}: is not UTF-8; save the column map as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{path}: {error}; mend the TOML") from error
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()]
        raise BadFile("\n".join(faults) + "\nSee docs/import.md for every key.") from error
