"""Prize draws: what can be played for at which odds, playing, and the proof of every play."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.auth import Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.routes.members import READS, WRITES, MemberId
from api.schemas.prize_draws import MemberPrizeDrawList, PlayForm, PrizeDrawList, RoundList, RoundOut
from api.wishes import wish
from core.insight.members import MemberRef
from core.insight.prize_draw_audit import RoundAudit, audit_round
from core.insight.prize_draws import prize_draws, prize_draws_of, round_view, rounds_of
from core.services.activities.play_prize_draw import Played, PlayWish, play_prize_draw

router = APIRouter(prefix="/v1", tags=["prize draws"])
DrawId = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", description="The prize draw's id in the program.")]
RoundNumber = Annotated[int, Path(ge=1, le=2**53 - 1, description="The round's number, from 1.")]


@router.get("/prize-draws", summary="The prize draws of the program", responses=problems(401, 403))
def catalogue(shop: ShopOf, holder: Till) -> PrizeDrawList:
    """Scope: till. With odds, what is left, and the commitment of the open round: it is there before anybody plays."""
    with shop.read() as session:
        return PrizeDrawList(items=prize_draws(shop, session))


@router.get("/members/{member_id}/prize-draws", summary="The prize draws for a member", responses=READS)
def of_member(shop: ShopOf, holder: Till, member_id: MemberId) -> MemberPrizeDrawList:
    """Scope: till. Each with whether the member can play now, and why not."""
    with shop.read() as session:
        return MemberPrizeDrawList(items=prize_draws_of(shop, session, member_id))


@router.post(
    "/members/{member_id}/prize-draws/{draw}/plays", status_code=201, summary="Play for a prize", responses=WRITES
)
def play(shop: ShopOf, holder: Till, key: Key, member_id: MemberId, draw: DrawId, form: PlayForm) -> Played:
    """Scope: till. The price is paid and the prize given at once; a play cannot be taken back."""
    member = MemberRef(id=member_id)
    return play_prize_draw(shop, caller(holder, key), wish(PlayWish, form, member=member, draw=draw))


@router.get("/prize-draws/{draw}/rounds", summary="The rounds of a prize draw", responses=READS)
def rounds(shop: ShopOf, holder: Till, draw: DrawId) -> RoundList:
    """Scope: till. Each with its commitment, the closed ones with their seed."""
    with shop.read() as session:
        return RoundList(items=rounds_of(shop, session, draw))


@router.get(
    "/prize-draws/{draw}/rounds/{round_number}",
    summary="A round and its plays",
    responses=problems(400, 401, 403, 404, 422),
)
def one(
    shop: ShopOf, holder: Till, draw: DrawId, round_number: RoundNumber, after: After = None, limit: Limit = 200
) -> RoundOut:
    """Scope: till. With all that anybody needs to recompute every play: docs/programs.md says how."""
    place = f"plays-{draw}-{round_number}"
    with shop.read() as session:
        view = round_view(shop, session, draw, round_number, number(place, after) or 0, limit)
    return RoundOut(**{**view.model_dump(), "next": cursor(place, str(view.next) if view.next else None)})


@router.get("/prize-draws/{draw}/rounds/{round_number}/audit", summary="A round recomputed", responses=READS)
def audit(shop: ShopOf, holder: Till, draw: DrawId, round_number: RoundNumber) -> RoundAudit:
    """Scope: till. Every play again from the seed, and how the counts lie to the odds."""
    with shop.read() as session:
        return audit_round(shop, session, draw, round_number)
