"""Members: who they are and what they have."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from api.auth import Staff, Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.ledger import EntryPage
from api.schemas.members import MemberOut, MemberPage, member_out
from core.insight import ledger as books
from core.insight.members import MemberRef, listed, member_of
from core.services.enrol import EnrolForm, Enrolled, enrol

router = APIRouter(prefix="/v1/members", tags=["members"])
MemberId = Annotated[int, Path(ge=1, le=2**63 - 1, description="The member's id.")]
AllCoupons = Annotated[bool, Query(description="The used, lapsed and void ones too.")]
READS = problems(401, 403, 404, 422)
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)


@router.post("", status_code=201, summary="Enrol a member", responses=WRITES)
def enrol_member(shop: ShopOf, holder: Till, key: Key, form: EnrolForm) -> Enrolled:
    """Scope: till. A card in the lowest tier; `/start <join_payload>` in the bot joins the member to that chat."""
    return enrol(shop, caller(holder, key), form)


@router.get("", summary="List or search members", responses=problems(400, 401, 403, 422))
def members(
    shop: ShopOf,
    holder: Staff,
    q: Annotated[str, Query(max_length=100, description="Start of card or phone, or part of the name.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> MemberPage:
    """Scope: staff. In the order they joined."""
    with shop.read() as session:
        found = listed(session, q, number("member", after), limit + 1)
    more = cursor("member", str(found[limit - 1].id)) if len(found) > limit else None
    return MemberPage(items=[member_out(each) for each in found[:limit]], next=more)


@router.get("/{member_id}", summary="One member", responses=READS)
def member(shop: ShopOf, holder: Till, member_id: MemberId) -> MemberOut:
    """Scope: till."""
    with shop.read() as session:
        return member_out(member_of(session, MemberRef(id=member_id)))


@router.get(
    "/{member_id}/ledger", summary="The entries of a member's books", responses=problems(400, 401, 403, 404, 422)
)
def ledger(shop: ShopOf, holder: Till, member_id: MemberId, after: After = None, limit: Limit = 50) -> EntryPage:
    """Scope: till. Newest first. Each entry explains itself: what went in, step by step, what did not apply and why."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        page = books.entries(session, known.id, number("entry", after), limit)
    return EntryPage(items=page.items, next=cursor("entry", None if page.next is None else str(page.next)))
