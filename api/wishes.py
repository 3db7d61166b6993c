"""A body and what the address says, put together to the wish that a service takes."""

from __future__ import annotations

from typing import TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

W = TypeVar("W", bound=BaseModel)


def wish(model: type[W], form: BaseModel, **address: object) -> W:
    """Raises RequestValidationError for what the wish alone knows to be wrong (two fields that do not go together)."""
    given = {name: getattr(form, name) for name in form.model_fields_set}
    try:
        return model.model_validate(address | given)
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from error
