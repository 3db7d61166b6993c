"""Members who are one person, and the decision that they are."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.duplicates import Duplicate
from core.insight.members import MemberRef
from core.services.common import Wish
from core.services.members.merge_members import Reason


class DuplicatePage(BaseModel):
    """next: pass it as `after` for the next ones; null at the end."""

    items: list[Duplicate]
    next: str | None


class MergeForm(Wish):
    """other: who was found to be the same person as the member of the address. reason: for whoever asks later."""

    other: MemberRef
    reason: Reason


class UnmergeForm(Wish):
    """reason: for whoever asks later."""

    reason: Reason
