"""The programs of a replay: a draft stands in place of every version from a moment on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from core.program.schema import Program
from core.rules.contributions import ProgramAt
from core.rules.refusal import Refused
from core.shop import Shop, Version


class Versions:
    """since: None puts the draft in place of all that was ever published."""

    def __init__(self, published: Sequence[Version], draft: Program, since: datetime | None) -> None:
        """published: in the order in which they came into force. Refused: no-program."""
        if not published:
            raise Refused("no-program")
        self.published = published
        drafted = Version(max(each.id for each in published) + 1, draft, since or published[0].effective_at)
        kept = [each for each in published if since is not None and each.effective_at < since]
        if since is not None and not kept:  # what happened before the first version was judged by it
            kept = [replace(published[0], effective_at=since)]
        self.line = [*kept, drafted]
        self._since = [each.effective_at for each in self.line]
        self._by_number = {each.id: each for each in self.line}

    def at(self, moment: datetime) -> Version:
        """The version in force; before the first one, the first."""
        return self.line[max(0, bisect_right(self._since, moment) - 1)]

    def version(self, number: int) -> Version:
        return self._by_number[number]

    def closes_members(self) -> bool:
        return any(each.program.dormancy is not None for each in self.line)

    def programs(self) -> ProgramAt:
        return lambda moment: self.at(moment).program


def published_versions(shop: Shop, session: Session) -> list[Version]:
    """All of them, in the order in which they came into force."""
    return shop.line(session)
