"""What proofs of the books have in common."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select


def compare(
    source: FromClause, place: ColumnElement[Any], stored: ColumnElement[Any], proven: ColumnElement[Any], member: Any
) -> Select[Any]:
    """The rows of `source` where what is stored is not what is proven: member_id, place, stored, proven."""
    return (
        select(member.label("member_id"), place.label("place"), stored.label("stored"), proven.label("proven"))
        .select_from(source)
        .where(stored != proven)
    )
