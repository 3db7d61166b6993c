"""Segments as staff see them."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.segments import Preview, SegmentName, SegmentView
from core.program.filters import Filter
from core.services.common import Wish


class SegmentOut(SegmentView):
    """words: whom the filter means, in Accept-Language; null where the members are listed."""

    words: str | None


class SegmentPage(BaseModel):
    """next: pass it as `after` for the next ones; null at the end."""

    items: list[SegmentOut]
    next: str | None


class SegmentPreviewForm(Wish):
    """filter: asked as if it were saved."""

    filter: Filter


class PreviewOut(Preview):
    """words: whom the filter means, in Accept-Language; null where the members are listed."""

    words: str | None


class FreezeForm(Wish):
    """into: what the list is called."""

    into: SegmentName
