"""Pages of entries."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.entry_detail import EntryDetail
from core.insight.ledger import EntryOut
from core.program.schema import Program
from core.words import detail_words, entry_name, explain


class EntryPage(BaseModel):
    """next: pass it as `after` for the older ones; null at the end."""

    items: list[EntryOut]
    next: str | None


class EntryTold(EntryDetail):
    """name, because: what the entry is for and how it came about, in the language that was asked for (Accept-Language),
    as the member reads it in the chat."""

    name: str
    because: list[str]


def entry_told(detail: EntryDetail, program: Program, language: str) -> EntryTold:
    """program: of the version that judged it."""
    because = [*explain(program, detail, language), *detail_words(program, detail, language)]
    return EntryTold(**detail.model_dump(), name=entry_name(program, detail, language), because=because)
