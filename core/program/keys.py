"""Which keys a program file may have, read off the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.program.faults import Path
from core.program.schema import Program


def known_keys(path: Path) -> dict[str, FieldInfo]:
    """The keys that the table at that place may have; empty where it is no table, or one with free keys."""
    places: list[Any] = [Program]
    for part in path:
        places = [inner for place in places for inner in _into(place, part)]
    return {key: field for place in places for model in _models(place) for key, field in fields_of(model).items()}


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """A table's keys as the file spells them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def example(field: FieldInfo) -> str:
    """The TOML that the key's documentation ends with."""
    spans: list[str] = re.findall(r"`([^`]+)`", field.description or "")
    return spans[-1]


def _into(place: Any, part: str | int) -> Iterator[Any]:
    for each in _alternatives(place):
        origin = get_origin(each)
        if origin is list and isinstance(part, int):
            yield get_args(each)[0]
        elif origin is dict and isinstance(part, str):
            yield get_args(each)[1]
        elif isinstance(each, type) and issubclass(each, BaseModel) and part in fields_of(each):
            yield fields_of(each)[str(part)].annotation


def _models(place: Any) -> Iterator[type[BaseModel]]:
    return (each for each in _alternatives(place) if isinstance(each, type) and issubclass(each, BaseModel))


def _alternatives(place: Any) -> Iterator[Any]:
    """What an annotation stands for, without metadata and unions."""
    origin = get_origin(place)
    if origin is Annotated:
        yield from _alternatives(get_args(place)[0])
    elif origin in (Union, UnionType):
        for each in get_args(place):
            yield from _alternatives(each)
    else:
        yield place
