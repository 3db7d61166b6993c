"""What members told the shop, for staff to read."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.auth import Staff
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.feedback import FeedbackPage
from core.insight.feedback import feedback
from core.services.activities.settle_feedback import FeedbackRef, FeedbackSettled, settle_feedback

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])
Kind = Annotated[Literal["praise", "idea", "complaint", "review"] | None, Query(description="This kind only.")]

FeedbackId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The feedback's id.")]


@router.get("", summary="What members said", responses=problems(400, 401, 403, 422))
def said(shop: ShopOf, holder: Staff, kind: Kind = None, after: After = None, limit: Limit = 50) -> FeedbackPage:
    """Scope: staff. Newest first."""
    with shop.read() as session:
        found = feedback(session, number("feedback", after), limit + 1, kind)
    more = cursor("feedback", str(found[limit - 1].id)) if len(found) > limit else None
    return FeedbackPage(items=found[:limit], next=more)


@router.post(
    "/{feedback_id}/settle", summary="Note that it was settled", responses=problems(400, 401, 403, 404, 409, 422)
)
def settle(shop: ShopOf, holder: Staff, key: Key, feedback_id: FeedbackId) -> FeedbackSettled:
    """Scope: staff. From then on a journey may be back in touch about a complaint."""
    return settle_feedback(shop, caller(holder, key), FeedbackRef(feedback=feedback_id))
