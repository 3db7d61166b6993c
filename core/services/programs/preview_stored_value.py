"""The part of a story that is about stored value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.stored_value import entries
from core.insight.stored_value import movements, stored_value
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.programs.story_events import Pay, PayBack, TakeBack, TopUp
from core.services.stored_value.pay import PaymentOrder, pay
from core.services.stored_value.refund_payment import PaymentRefund, refund_payment
from core.services.stored_value.take_back_top_up import TakeBackOrder, take_back_top_up
from core.services.stored_value.top_up import TopUpOrder, top_up
from core.shop import Shop


class ToldMovement(BaseModel):
    """expires_at: null for money that does not lapse."""

    kind: str
    paid_in: int
    bonus: int
    rule: str
    expires_at: datetime | None
    explanation: dict[str, Any]


class ToldStoredValue(BaseModel):
    """What a member holds after an event, and what the event moved; minor units."""

    balance: int
    paid_in: int
    bonus: int
    entries: list[ToldMovement]


@dataclass
class Cashier:
    """top_ups, payments: those of the story as the books number them. last: the newest entry before an event."""

    shop: Shop
    program: Program
    top_ups: dict[str, int] = field(default_factory=dict)
    payments: dict[str, int] = field(default_factory=dict)
    last: int = 0

    def begin(self, session: Session) -> None:
        self.last = session.execute(select(func.max(entries.c.id))).scalar_one() or 0

    def act(self, event: TopUp | Pay | PayBack | TakeBack, caller: Caller, member_id: int | None) -> None:
        number, store = event.id or caller.key, event.store
        match event:
            case TopUp():
                member = MemberRef(id=member_id)
                order = TopUpOrder(external_id=number, member=member, amount=event.amount, store=store)
                self.top_ups[number] = top_up(self.shop, caller, order).id
            case Pay():
                member = MemberRef(id=member_id)
                paying = PaymentOrder(external_id=number, member=member, amount=event.amount, store=store)
                self.payments[number] = pay(self.shop, caller, paying).id
            case PayBack():
                if event.of not in self.payments:  # it was refused
                    raise Refused("unknown-payment", id=event.of)
                paid = self.payments[event.of]
                back = PaymentRefund(payment_id=paid, external_id=number, amount=event.amount, store=store)
                refund_payment(self.shop, caller, back)
            case TakeBack():
                if event.of not in self.top_ups:
                    raise Refused("unknown-top-up", id=event.of)
                taking = TakeBackOrder(
                    top_up_id=self.top_ups[event.of],
                    external_id=number,
                    amount=event.amount,
                    cause=event.cause,
                    store=store,
                )
                take_back_top_up(self.shop, caller, taking)

    def told(self, session: Session, member_id: int) -> ToldStoredValue | None:
        """None for a program that has no stored value."""
        if self.program.stored_value is None:
            return None
        held = stored_value(self.shop, session, member_id)
        new = [each for each in movements(session, member_id) if each.id > self.last]
        return ToldStoredValue(
            balance=held.balance,
            paid_in=held.paid_in,
            bonus=held.bonus,
            entries=[self._movement(each) for each in reversed(new)],
        )

    def _movement(self, each: Any) -> ToldMovement:
        zone = self.program.program.zone
        told = ToldMovement.model_validate(each, from_attributes=True)
        return told.model_copy(update={"expires_at": each.expires_at and each.expires_at.astimezone(zone)})
