"""Photos for campaigns: sent as they are, not as JSON."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from api.auth import Staff
from api.depends import ShopOf
from api.guard import PHOTOS, media_type
from api.idempotency import Key, caller
from api.problems import Fault, problems
from core.services.campaigns.add_photo import PhotoAdded, add_photo

router = APIRouter(tags=["campaigns"])
SUPPORTED = ["image/jpeg", "image/png"]
BODY = {
    "required": True,
    "description": "The file itself: at most 10 MB, width and height together at most 10,000 pixels, no side more than "
    "20 times the other.",
    "content": {each: {"schema": {"type": "string", "format": "binary"}} for each in SUPPORTED},
}


@router.post(
    PHOTOS,
    status_code=201,
    summary="Upload a photo",
    responses=problems(400, 401, 403, 409, 413, 415, 422),
    openapi_extra={"requestBody": BODY},
)
async def add(shop: ShopOf, holder: Staff, key: Key, request: Request) -> PhotoAdded:
    """Scope: staff. A content of a campaign names it by `photo`. The same file again is the same photo."""
    if media_type(request) not in SUPPORTED:
        detail = "Send the photo itself with Content-Type: image/jpeg or image/png."
        raise Fault("unsupported-media-type", 415, detail, facts={"supported": SUPPORTED})
    return await run_in_threadpool(add_photo, shop, caller(holder, key), await request.body())
