"""Members who are one person: found by what they share, merged by a person's decision, parted again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.paging import After, Limit, bad_cursor, cursor, place
from api.problems import problems
from api.routes.members import WRITES, MemberId
from api.schemas.merges import DuplicatePage, MergeForm, UnmergeForm
from api.wishes import wish
from core.insight.duplicates import Duplicate, Place, duplicates
from core.insight.members import MemberRef
from core.services.members.merge_members import Merge, Merged, merge_members
from core.services.members.unmerge_members import Parted, Unmerge, unmerge_members

router = APIRouter(prefix="/v1", tags=["members"])
MergeId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The merge's id.")]


@router.get("/duplicates", summary="Members who may be one person", responses=problems(400, 401, 403, 422))
def alike(shop: ShopOf, holder: Staff, after: After = None, limit: Limit = 50) -> DuplicatePage:
    """Scope: staff. Pairs, the likeliest first: who share a card number but for dashes and leading zeros, name and
    birthday, or the last digits of the phone number."""
    with shop.read() as session:
        found = duplicates(session, _place(after), limit + 1)
    more = cursor("duplicate", _written(found[limit - 1])) if len(found) > limit else None
    return DuplicatePage(items=found[:limit], next=more)


@router.post("/members/{member_id}/merge", status_code=201, summary="Merge another member into one", responses=WRITES)
def merge(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, form: MergeForm) -> Merged:
    """Scope: staff. They are one person: the member of the address is kept. Points, debt and what counts towards the
    tier come over; the other's card, phone and coupons lead to the kept one. Consent is what both agreed to."""
    return merge_members(shop, caller(holder, key), wish(Merge, form, keep=MemberRef(id=member_id)))


@router.post("/merges/{merge_id}/undo", status_code=201, summary="Undo a merge", responses=WRITES)
def undo(shop: ShopOf, holder: Staff, key: Key, merge_id: MergeId, form: UnmergeForm) -> Parted:
    """Scope: staff. What came over and is still there goes back; what was used since stays, and is named."""
    return unmerge_members(shop, caller(holder, key), wish(Unmerge, form, merge_id=merge_id))


def _written(last: Duplicate) -> str:
    return f"{last.score}.{last.first.id}.{last.second.id}"


def _place(after: str | None) -> Place | None:
    where = place("duplicate", after)
    if where is None:
        return None
    parts = where.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        raise bad_cursor(after or "")
    return Place(score=int(parts[0]), first=int(parts[1]), second=int(parts[2]))
