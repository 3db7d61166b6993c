"""The part of the program that says who may join."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.program.part import Part
from core.program.values import Id, Words


class Proof(Part):
    """[[joining.proofs]] what shows that somebody belongs."""

    id: Id
    """What tills call it. `id = "student-card"`"""
    name: Words
    """What members read. `name = { en = "a student card", zh-Hans = "学生证" }`"""


class Joining(Part):
    """[joining] nobody joins by themselves: whoever enrols them has seen one of the proofs, and says which."""

    proofs: Annotated[list[Proof], Field(min_length=1, max_length=20)]
    """Any one of them is enough. `[[joining.proofs]]`"""
