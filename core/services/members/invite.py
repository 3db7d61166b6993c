"""Staff gives a member a tier that their spending has not reached."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db.audit_log import note
from core.insight.members import member_of
from core.rules.refusal import Refused
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.books.settling import review_tier
from core.services.common import EntryOut, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class Invitation(Wish):
    member: MemberRef
    tier: Annotated[str, Field(min_length=1, max_length=40)]


class Invited(Result):
    tier: str
    entries: list[EntryOut]


def invite(shop: Shop, caller: Caller, wish: Invitation) -> Invited:
    """The member holds the tier from now on, for as long as one who reached it today would.

    An entry of 0 points carries it, so that the books prove the tier. Refused: unknown-member, tier-unknown,
    tier-not-higher, key-reused.
    """

    def work(session: Session) -> Invited:
        member = member_of(session, wish.member)
        with open_book(shop, session, caller, member.id) as book:
            entry = post_invitation(book, wish.tier)
            note(session, book.now, caller.actor, "invite", f"member:{member.id}", {"tier": wish.tier})
        return Invited(tier=book.tier, entries=[entry])

    return once(shop, caller, wish, Invited, work)


def post_invitation(book: Book, tier: str) -> EntryOut:
    """With the member's account open already. Refused: tier-unknown, tier-not-higher."""
    version = book.records.version_at(book.now)
    program = version.program
    if program.rank(tier) < 0:
        raise Refused("tier-unknown", tier=tier, known=[each.id for each in program.tiers])
    if program.rank(tier) <= program.rank(book.tier):
        raise Refused("tier-not-higher", tier=tier, held=book.tier)
    draft = Draft(
        "adjustment",
        0,
        "invitation",
        explanation("invitation", version.id, {"from": book.tier}, {"do": "invite", "tier": tier}),
        book.now,
        "invitation",
        version.id,
        qualifies_at=book.now,
        qualifying_more={"invited_to": tier},
    )
    entry = book.credit(draft, book.now, book.now)
    review_tier(book, book.now, {"invited_to": tier})
    return entry
