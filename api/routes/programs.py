"""The program in force: what a till must know of it."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Till
from api.depends import ShopOf
from api.problems import problems
from api.schemas.programs import ProgramOut, program_out

router = APIRouter(prefix="/v1/programs", tags=["programs"])


@router.get("/current", summary="The program in force", responses=problems(401, 403))
def current(shop: ShopOf, holder: Till) -> ProgramOut:
    """Scope: till. The categories a line may name, the tiers from lowest to highest, the coupons and rewards."""
    with shop.read() as session:
        return program_out(shop.version_at(session, shop.now()))
