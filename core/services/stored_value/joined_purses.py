"""The money on a merged card goes on to the card that was kept, lot by lot, as its points do
(core/services/members/carrying.py): by pairs of entries that name each other, so that it can go back."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from core.db import merge_queries
from core.db import stored_value_queries as queries
from core.rules.lots import Take
from core.services.books.explanations import explanation
from core.services.members.carrying import MERGED, Link, link_of
from core.services.once import Caller
from core.services.stored_value.purses import Draft, Purse, open_purse
from core.shop import Shop


def join_purses(shop: Shop, session: Session, caller: Caller, other_id: int) -> None:
    """What is left on a card that was just merged is the kept member's."""
    with open_purse(shop, session, caller, other_id, merged_too=True) as purse:
        carry_on(purse)


def carry_on(purse: Purse) -> int:
    """Bring the purse that a card was merged into up to date with what is left on the card, and so on to the last one.
    Whose that is; the member's own for a card that was never merged. Idempotent."""
    merge = merge_queries.next_merge(purse.session, purse.member_id)
    if merge is None:
        return purse.member_id
    with open_purse(purse.shop, purse.session, purse.caller, merge.keep_id, merged_too=True) as target:
        link = link_of(purse.session, purse.member_id, purse.shop.version_at(purse.session, purse.now).id)
        for lot in queries.open_lots(purse.session, purse.member_id):
            out = purse.move(_draft(link, lot, "joined_to", lot.entry_id), [Take(lot.id, lot.remaining)])
            target.put_in(_draft(link, lot, "joined_from", out), lot.money, lot.remaining, lot.expires_at)
        purse.next_due_at = None
        return carry_on(target)


def part_purses(shop: Shop, session: Session, caller: Caller, link: Link, pair: tuple[int, int]) -> tuple[int, int]:
    """What came with a merge and is still there goes back to its own lots. pair: the merged card and the kept one.

    How much went back, and how much has been used since, in minor units.
    """
    merged, kept = pair
    returned = stayed = 0
    with (
        open_purse(shop, session, caller, merged, merged_too=True) as other,
        open_purse(shop, session, caller, kept, merged_too=True) as keep,
    ):
        for moved in queries.moved_lots(session, link.source):
            lot = queries.lot(session, moved.lot_id)
            if lot.remaining:
                keep.move(_draft(link, lot, "parted_to", moved.entry_id), [Take(lot.id, lot.remaining)])
                other.move(_draft(link, lot, "parted_from", moved.out_id), [Take(moved.from_lot, -lot.remaining)])
            returned += lot.remaining
            stayed += lot.amount - lot.remaining
        for purse in (keep, other) if returned else ():
            purse.lapse()
    return returned, stayed


def _draft(link: Link, lot: Any, do: str, corrects: int) -> Draft:
    inputs = {"merge": link.merge_id, "card": link.card, "kept": link.kept}
    rule = MERGED if do.startswith("joined") else "parted"
    why = explanation(rule, link.version, inputs, {"do": do, "amount": lot.remaining})
    return Draft("adjustment", rule, why, link.source, link.version, corrects_id=corrects)
