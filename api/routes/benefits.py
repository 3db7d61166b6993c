"""Benefits: what members get besides points, and what tills draw of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.problems import problems
from api.schemas.benefits import BenefitCatalogue, BenefitForm
from api.wishes import wish
from core.services.rewards.draw_benefit import BenefitDraw, BenefitDrawn, draw_benefit

router = APIRouter(prefix="/v1/benefits", tags=["benefits"])
BenefitId = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", description="The benefit's id in the program.")]


@router.get("", summary="The benefits of the program", responses=problems(401, 403))
def catalogue(shop: ShopOf, holder: Till) -> BenefitCatalogue:
    """Scope: till. Those of every tier; /v1/members/{member_id}/benefits shows them as one member has them."""
    with shop.reading() as (_, program):
        return BenefitCatalogue(items=program.benefits)


@router.post(
    "/{benefit}/draw",
    status_code=201,
    summary="Draw of a benefit",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422),
)
def draw(shop: ShopOf, holder: Till, key: Key, benefit: BenefitId, form: BenefitForm) -> BenefitDrawn:
    """Scope: till. Of what the day's spend brought first, because it lapses with the day, then of gifts; all or
    nothing."""
    return draw_benefit(shop, caller(holder, key), wish(BenefitDraw, form, benefit=benefit))
