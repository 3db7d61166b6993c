"""What members told the shop, for staff to read."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import Staff
from api.depends import ShopOf
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.feedback import FeedbackPage
from core.insight.feedback import feedback

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])
Kind = Annotated[Literal["praise", "idea", "complaint"] | None, Query(description="This kind only.")]


@router.get("", summary="What members said", responses=problems(400, 401, 403, 422))
def said(shop: ShopOf, holder: Staff, kind: Kind = None, after: After = None, limit: Limit = 50) -> FeedbackPage:
    """Scope: staff. Newest first."""
    with shop.read() as session:
        found = feedback(session, number("feedback", after), limit + 1, kind)
    more = cursor("feedback", str(found[limit - 1].id)) if len(found) > limit else None
    return FeedbackPage(items=found[:limit], next=more)
