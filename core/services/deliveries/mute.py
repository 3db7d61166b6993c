"""A member does not want messages of one kind any more, or wants them again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlmodel import Session

from core.db.deliveries import deliveries
from core.db.inserting import insert_into
from core.db.ledger_queries import lock_account
from core.db.members import one_person
from core.db.mutes import mutes
from core.rules.messaging import kind_of_source
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class MuteWish(Wish):
    """Messages like this one, which was sent to the member."""

    member_id: int
    delivery_id: int


class UnmuteWish(Wish):
    member_id: int
    kind: str


class Muted(Result):
    """kind: a journey (`journey:birthday`), or all campaigns (`campaign`)."""

    kind: str


def mute(shop: Shop, caller: Caller, wish: MuteWish) -> Muted:
    """From now on nothing of that kind is sent to the member; what is planned of it ends unsent. Twice is once.

    Refused: unknown-message (none that was sent to this member, or one that cannot be muted).
    """

    def work(session: Session) -> Muted:
        mine = (deliveries.c.id == wish.delivery_id, one_person(deliveries.c.member_id, wish.member_id))
        sent = (deliveries.c.left_at.is_not(None), deliveries.c.kind != "transactional")
        source = session.execute(select(deliveries.c.source).where(*mine, *sent)).scalar_one_or_none()
        if source is None:
            raise Refused("unknown-message", message=wish.delivery_id)
        lock_account(session, wish.member_id)
        kind = kind_of_source(source)
        new = insert_into(session, mutes).values(member_id=wish.member_id, kind=kind, at=shop.now())
        session.execute(new.on_conflict_do_nothing())
        return Muted(kind=kind)

    return once(shop, caller, wish, Muted, work)


def unmute(shop: Shop, caller: Caller, wish: UnmuteWish) -> Muted:
    """Messages of that kind are sent again. Also of one that was never muted: then nothing changes."""

    def work(session: Session) -> Muted:
        session.execute(delete(mutes).where(mutes.c.member_id == wish.member_id, mutes.c.kind == wish.kind))
        return Muted(kind=wish.kind)

    return once(shop, caller, wish, Muted, work)
