"""What every part of a program file has in common."""

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of the program: immutable, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True)
