"""Rewards: what points buy, and what tills hand over."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Staff, Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.problems import problems
from api.schemas.rewards import RewardCatalogue, RewardForm
from api.wishes import wish
from core.insight.rewards import OrderView, order
from core.services.rewards.cancel_reward import CancelReward, RewardCancelled, cancel_reward
from core.services.rewards.hand_over_reward import HandedOver, HandOver, hand_over_reward
from core.services.rewards.redeem_reward import RewardTaken, RewardWish, redeem_reward

router = APIRouter(prefix="/v1/rewards", tags=["rewards"])
RewardId = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", description="The reward's id in the program.")]
OrderCode = Annotated[str, Path(pattern="^[A-Za-z0-9-]{1,32}$", description="The code the member shows.")]
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)


@router.get("", summary="The rewards of the program", responses=problems(401, 403))
def catalogue(shop: ShopOf, holder: Till) -> RewardCatalogue:
    """Scope: till. With the prices of every tier; /v1/members/{member_id}/rewards shows them as one member has them."""
    with shop.reading() as (_, program):
        return RewardCatalogue(items=program.rewards)


@router.post("/{reward}/redeem", status_code=201, summary="Take a reward for points", responses=WRITES)
def redeem(shop: ShopOf, holder: Till, key: Key, reward: RewardId, form: RewardForm) -> RewardTaken:
    """Scope: till. Points are paid at once; goods wait under the code until fetch_until, a coupon is there at once."""
    return redeem_reward(shop, caller(holder, key), wish(RewardWish, form, reward=reward))


@router.get("/orders/{code}", summary="One order", responses=problems(401, 403, 404, 422))
def one(shop: ShopOf, holder: Till, code: OrderCode) -> OrderView:
    """Scope: till. Where the order stands and what is due for it."""
    with shop.read() as session:
        return order(shop, session, code.upper())


@router.post("/orders/{code}/hand-over", summary="Hand over what was paid for", responses=WRITES)
def hand_over(shop: ShopOf, holder: Till, key: Key, code: OrderCode) -> HandedOver:
    """Scope: till. Once; `money` is due at the till."""
    return hand_over_reward(shop, caller(holder, key), HandOver(code=code))


@router.post("/orders/{code}/cancel", summary="Give the points back", responses=WRITES)
def cancel(shop: ShopOf, holder: Staff, key: Key, code: OrderCode) -> RewardCancelled:
    """Scope: staff. Of an order not fetched, or whose coupon is unused; points return to where they came from."""
    return cancel_reward(shop, caller(holder, key), CancelReward(code=code))
