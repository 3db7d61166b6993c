"""A member says with one tap how a purchase was."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from sqlmodel import Session

from core.db.activities import feedbacks
from core.db.inserting import insert_into
from core.insight.purchases import purchase
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop

MOST_STARS = 5


class ReviewIn(Wish):
    """stars: the more the better."""

    member_id: int
    purchase_id: Annotated[int, Field(ge=1)]
    stars: Annotated[int, Field(ge=1, le=MOST_STARS)]


class Reviewed(Result):
    """id: of the feedback."""

    id: int
    stars: int


def review_purchase(shop: Shop, caller: Caller, wish: ReviewIn) -> Reviewed:
    """One review a purchase: who taps again has changed their mind. Refused: unknown-purchase, also for somebody
    else's."""

    def work(session: Session) -> Reviewed:
        purchase(session, wish.member_id, wish.purchase_id)
        values = wish.model_dump() | {"at": shop.now(), "kind": "review", "text": ""}
        said = insert_into(session, feedbacks).values(values)
        changed = said.on_conflict_do_update(index_elements=["purchase_id"], set_={"stars": wish.stars})
        feedback_id = session.execute(changed.returning(feedbacks.c.id)).scalar_one()
        return Reviewed(id=feedback_id, stars=wish.stars)

    return once(shop, caller, wish, Reviewed, work)
