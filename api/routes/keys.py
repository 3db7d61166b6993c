"""Keys: who may call. The key itself is shown once, so sending a creation again cannot show it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Admin
from api.depends import ShopOf
from api.idempotency import OwnKey
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.keys import KEY_NAME, KeyForm, KeyMade, KeyPage, KeysRevoked
from core.insight import keys as view
from core.rules.refusal import Refused
from core.services.staff.keys import create_key, revoke_keys

router = APIRouter(prefix="/v1/keys", tags=["keys"])
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)
KeyName = Annotated[str, Path(pattern=KEY_NAME, description="The name the key was created with.")]


@router.post("", status_code=201, summary="Create a key", responses=WRITES)
def create(shop: ShopOf, holder: Admin, form: KeyForm, key: OwnKey = None) -> KeyMade:
    """Scope: admin. The name is its natural key: while a key of that name works, another is refused with 409."""
    with shop.read() as session:
        if view.in_use(session, form.name):
            raise Refused("key-name-taken", name=form.name)
    return KeyMade(name=form.name, scopes=list(form.scopes), key=create_key(shop, form.name, list(form.scopes)))


@router.get("", summary="List keys", responses=problems(400, 401, 403, 422))
def keys(shop: ShopOf, holder: Admin, after: After = None, limit: Limit = 50) -> KeyPage:
    """Scope: admin. In the order they were created, revoked ones too; never the keys themselves."""
    with shop.read() as session:
        found = view.keys(session, number("key", after), limit + 1)
    more = cursor("key", str(found[limit - 1].id)) if len(found) > limit else None
    return KeyPage(items=found[:limit], next=more)


@router.post("/{name}/revoke", summary="Revoke a key", responses=WRITES)
def revoke(shop: ShopOf, holder: Admin, name: KeyName, key: OwnKey = None) -> KeysRevoked:
    """Scope: admin. It stops working at once. Done twice is done once: the second time, `revoked` is 0."""
    return KeysRevoked(name=name, revoked=revoke_keys(shop, name))
