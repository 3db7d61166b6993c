"""Points put right by hand."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.problems import problems
from core.services.books.adjust import Adjustment, AdjustmentResult, adjust

router = APIRouter(prefix="/v1/adjustments", tags=["adjustments"])


@router.post(
    "", status_code=201, summary="Give or take points", responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
)
def put_right(shop: ShopOf, holder: Staff, key: Key, adjustment: Adjustment) -> AdjustmentResult:
    """Scope: staff. With a reason, which the member sees; it is noted who did it. Points taken must be there."""
    return adjust(shop, caller(holder, key), adjustment)
