"""Staff in chat: who may do more there than a member. A link is shown once, so asking again makes another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Admin
from api.depends import ShopOf
from api.idempotency import OwnKey
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.staff import StaffPage, StaffRevoked
from core.insight import staff as view
from core.services.staff.joining import STAFF_NAME, StaffInvite, StaffLink, invite_staff, revoke_staff

router = APIRouter(prefix="/v1/staff", tags=["staff"])
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)
Name = Annotated[str, Path(pattern=STAFF_NAME, description="The name the person was invited by.")]


@router.post("", status_code=201, summary="Invite staff", responses=WRITES)
def invite(shop: ShopOf, holder: Admin, form: StaffInvite, key: OwnKey = None) -> StaffLink:
    """Scope: admin. `/start JOIN_PAYLOAD` in a chat with the bot makes that chat this person's: once, within a day.
    Inviting somebody anew changes the role and makes another link; the one before works no more."""
    return invite_staff(shop, holder.actor, form)


@router.get("", summary="List staff", responses=problems(400, 401, 403, 422))
def staff(shop: ShopOf, holder: Admin, after: After = None, limit: Limit = 50) -> StaffPage:
    """Scope: admin. In the order they came, those who left too."""
    with shop.read() as session:
        found = view.staff(session, number("staff", after), limit + 1)
    more = cursor("staff", str(found[limit - 1].id)) if len(found) > limit else None
    return StaffPage(items=found[:limit], next=more)


@router.post("/{name}/revoke", summary="Let staff go", responses=WRITES)
def revoke(shop: ShopOf, holder: Admin, name: Name, key: OwnKey = None) -> StaffRevoked:
    """Scope: admin. Their chat is a member's like any other from now on. Done twice is done once."""
    return StaffRevoked(name=name, revoked=revoke_staff(shop, holder.actor, name))
