"""Bring members' tiers in from another system (docs/import.md)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from sqlmodel import Session

from core.insight.members import member_id_of
from core.program.schema import Program
from core.rules.refusal import Refused
from core.rules.tier_rolling import proven
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Draft
from core.services.books.settling import review_tier
from core.services.common import EntryOut, Label, Moment, Result
from core.services.importing.cells import Cells
from core.services.importing.outcome import missing
from core.services.importing.reading import Row
from core.services.importing.rows import RowWish, Table, import_rows, member_in, system_in
from core.services.once import Caller
from core.shop import Shop


class OldTier(RowWish):
    """until: exclusive; as long as one who reached the tier today would hold it, if left out. reason: for staff."""

    tier: Annotated[str, Field(min_length=1, max_length=40)]
    until: Moment | None = None
    reason: Label | None = None


class OldTierTaken(Result):
    """No entry for the lowest tier, which everybody has."""

    entries: list[EntryOut]


def take_over_tier(shop: Shop, session: Session, caller: Caller, wish: OldTier) -> OldTierTaken:
    """Like an invitation, but with the end that the other system gave it. A higher tier held already stays.

    Refused: unknown-member, phone-invalid, tier-unknown, tier-has-no-end, tier-over-already, tier-too-long.
    """
    member_id = member_id_of(session, wish.member)
    version = shop.version_at(session, shop.now())
    _check(version.program, wish, shop.now())
    if version.program.rank(wish.tier) == 0:
        return OldTierTaken(entries=[])
    with open_book(shop, session, caller, member_id) as book:
        entry = book.credit(_draft(version.id, wish, book.now), book.now, book.now)
        review_tier(book, book.now, {"brought_over": wish.tier})
    return OldTierTaken(entries=[entry])


def _check(program: Program, wish: OldTier, now: datetime) -> None:
    if program.rank(wish.tier) < 0:
        raise Refused("tier-unknown", tier=wish.tier, known=[tier.id for tier in program.tiers])
    if wish.until is None or program.rank(wish.tier) == 0:
        return
    if program.tiering.kind != "rolling":
        raise Refused("tier-has-no-end", tier=wish.tier)
    if wish.until <= now:
        raise Refused("tier-over-already", tier=wish.tier, until=wish.until.isoformat())
    latest = proven(program, program, wish.tier, now, 0, 0, now).until
    if latest is not None and wish.until > latest:
        raise Refused("tier-too-long", tier=wish.tier, until=wish.until.isoformat(), latest=latest.isoformat())


def _draft(version: int, wish: OldTier, now: datetime) -> Draft:
    until = wish.until.isoformat() if wish.until else None
    inputs = {"system": wish.system, "reason": wish.reason, "until": until}
    why = explanation("imported", version, inputs, {"do": "tier_brought_over", "tier": wish.tier})
    more: dict[str, Any] = {"invited_to": wish.tier}
    if until:
        more["invited_until"] = until
    return Draft("adjustment", 0, "imported", why, now, "import:tier", version, qualifies_at=now, qualifying_more=more)


def _wish(cells: Cells, row: Row) -> OldTier:
    tier = cells.text(row, "tier") or missing(row, "tier")
    return OldTier(
        member=member_in(cells, row),
        tier=cells.columns.tiers.get(tier, tier),
        until=cells.end(row, "until"),
        reason=cells.text(row, "reason"),
        system=system_in(cells, row),
    )


REQUIRED = ["tier"]
TIERS: Table[OldTier, OldTierTaken] = Table(
    columns=[*REQUIRED, "card_number", "phone", "until", "reason", "system"],
    required=REQUIRED,
    wish=_wish,
    key=lambda wish: f"import:tier:{wish.member.card_number or wish.member.phone}",
    post=take_over_tier,
    result=OldTierTaken,
    about={
        "tier-unknown": "tier",
        "tier-has-no-end": "until",
        "tier-over-already": "until",
        "tier-too-long": "until",
        "key-reused": "card_number",
        "external-id-reused": "card_number",
    },
)
import_tiers = partial(import_rows, TIERS)
"""Take over every member's tier. A row is known by its member."""
