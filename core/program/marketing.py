"""The part of the program about campaigns."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.program.part import Part

ControlShare = Annotated[int, Field(strict=True, ge=0, le=2_000)]


class Marketing(Part):
    """[marketing] what holds for every campaign."""

    control_group: ControlShare = 100
    """The share of members, in basis points, whom no promotional campaign reaches: the measure of what marketing brings
    as a whole. Who it is follows from the member's number and stays; a larger share only adds members.
    `control_group = 100`"""
