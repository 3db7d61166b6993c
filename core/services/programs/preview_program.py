"""What a program would do: a story runs through the real services, on books of its own and a clock that is moved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.database import Database
from core.db.ledger import entries
from core.db.migrating import upgrade
from core.insight.balance import balance
from core.insight.benefits import benefits_of
from core.insight.coupons import coupons
from core.insight.members import MemberRef, member_of
from core.insight.tier import standing
from core.program.schema import Program
from core.rules.expiry import NEVER
from core.rules.refusal import Refusal, Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.activities.play_prize_draw import PlayWish, play_prize_draw
from core.services.activities.record_activity import ActivityWish, record_activity
from core.services.books.adjust import Adjustment, adjust
from core.services.books.run_due import run_due
from core.services.common import Tender
from core.services.members.enrol import EnrolForm, enrol
from core.services.members.hand_on_card import CardHandOn, Person, hand_on_card
from core.services.members.invite import Invitation, invite
from core.services.once import Caller
from core.services.programs.preview_stored_value import Cashier, ToldStoredValue
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.programs.story import Happening, Story, StoryError, StoryFault
from core.services.programs.story_events import (
    Activity,
    Adjust,
    CheckIn,
    Deliver,
    Draw,
    Enrol,
    Event,
    Handover,
    Pay,
    PayBack,
    Play,
    Purchase,
    Redeem,
    Refund,
    TakeBack,
    Tick,
    TopUp,
    Undoing,
    name_of,
)
from core.services.purchases.deliver_purchase import Delivery, deliver_purchase
from core.services.purchases.record_purchase import PurchaseOrder, record_purchase
from core.services.purchases.refund import RefundOrder, refund
from core.services.rewards.draw_benefit import BenefitDraw, draw_benefit
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words.refusals import refusal_words


class ToldEntry(BaseModel):
    """expires_at: null for points that do not lapse."""

    kind: str
    points: int
    rule: str
    expires_at: datetime | None
    explanation: dict[str, Any]


class ToldCoupon(BaseModel):
    """One that can be used, now or later. valid_from inclusive, valid_until exclusive."""

    code: str
    template: str
    status: str
    valid_from: datetime
    valid_until: datetime
    source: str


class ToldBenefit(BaseModel):
    """What the member's tier brings; the numbers are in the unit, and 0 where nothing is counted."""

    id: str
    unit: str | None
    gift: int
    daily: int
    drawn: int
    available: int


class ToldRefusal(BaseModel):
    reason: str
    facts: dict[str, Any]
    text: str


class Told(BaseModel):
    """How a member stands after an event. balance: what can be spent now; qualifying: minor units that count now
    towards tiers; entries: those that the event wrote for this member; stored_value: only where the program has it.
    Moments are in the program's zone."""

    at: str
    do: str
    member: str | None
    balance: int = 0
    pending: int = 0
    debt: int = 0
    tier: str | None = None
    qualifying: int = 0
    entries: list[ToldEntry] = []
    coupons: list[ToldCoupon] = []
    benefits: list[ToldBenefit] = []
    stored_value: ToldStoredValue | None = None
    refused: ToldRefusal | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_kept(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = plain(self)
        return told if self.stored_value is not None else {k: v for k, v in told.items() if k != "stored_value"}


def preview_program(source: str, program: Program, story: Story) -> Iterator[Told]:
    """What each event brings, in order. source: the program as a text, and read. The same story is told the same way.

    Raises StoryError at an event of a member whose enrolment was refused.
    """
    if not story.happenings:
        return
    with _shop(story.happenings[0].event.at) as (shop, clock):
        publish_program(shop, Caller("preview", "publish"), ProgramDraft(source=source))
        stage = _Stage(shop, program, story.file)
        for happening in story.happenings:
            clock.at = happening.event.at
            yield stage.tell(happening)


@dataclass
class _Clock:
    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass(frozen=True)
class _Chance:
    """Numbers in order: a story needs no secrets."""

    next: Iterator[int] = field(default_factory=lambda: count(1))
    next_seed: Iterator[int] = field(default_factory=lambda: count(1))

    def digits(self, count: int) -> str:
        return f"{next(self.next):0{count}}"

    def code(self, length: int) -> str:
        return f"C{next(self.next):0{length - 1}}"

    def token(self) -> str:
        return f"token-{next(self.next)}"

    def seed(self) -> str:
        return f"{next(self.next_seed):064x}"


@contextmanager
def _shop(at: datetime) -> Iterator[tuple[Shop, _Clock]]:
    with TemporaryDirectory(prefix="regulars-story-") as folder:
        database, clock = Database(f"sqlite:///{folder}/story.db"), _Clock(at)
        upgrade(database)
        try:
            yield Shop(database, clock, _Chance()), clock
        finally:
            database.dispose()


@dataclass
class _Stage:
    """The people and purchases of a story as the books know them. last: whose books were told last."""

    shop: Shop
    program: Program
    file: str
    members: dict[str, int] = field(default_factory=dict)
    purchases: dict[str, int] = field(default_factory=dict)
    handed_on: dict[str, str] = field(default_factory=dict)
    last: str | None = None

    def __post_init__(self) -> None:
        self.cashier = Cashier(self.shop, self.program)

    def tell(self, happening: Happening) -> Told:
        self._check_enrolled(happening)
        with self.shop.read() as session:
            before = _last_entry(session)
            self.cashier.begin(session)
        refusal = None
        try:
            self._act(happening.event, Caller("preview", f"line-{happening.line}"))
        except Refused as refused:
            refusal = refused.refusal
        with self.shop.read() as session:
            told = Told(at=happening.at, do=happening.event.do, member=self._told_of(happening))
            self._standing(session, told, before)
        told.refused = self._refusal(refusal) if refusal else None
        self.last = told.member
        return told

    def _told_of(self, happening: Happening) -> str | None:
        """Whose books are told. Of what was bought with a card that was handed on: those of who has it now."""
        member = happening.member or self.last
        if isinstance(happening.event, Undoing | Tick):
            while member in self.handed_on:
                member = self.handed_on[member]
        return member

    def _check_enrolled(self, happening: Happening) -> None:
        event = happening.event
        named = event.invited_by if isinstance(event, Enrol) else happening.member
        if named is None or isinstance(event, Undoing):  # a purchase comes back, whoever has the card now
            return
        if named not in self.members or named in self.handed_on:
            message = f"{named} is not a member here: the card was refused, or handed on"
            mend = f"see what the lines before say of {named}"
            raise StoryError([StoryFault(self.file, happening.line, message, mend)])

    def _act(self, event: Event, caller: Caller) -> None:
        match event:
            case Enrol():
                self._enrol(event, caller)
            case Purchase():
                self._purchase(event, caller)
            case Refund():
                self._refund(event, caller)
            case Deliver():
                deliver_purchase(self.shop, caller, Delivery(purchase_id=self._purchase_id(event.of)))
            case Redeem():
                wish = RewardWish(member=self._ref(event.member), reward=event.reward, price=event.price)
                redeem_reward(self.shop, caller, wish)
            case CheckIn():
                check_in(self.shop, caller, CheckInWish(member_id=self.members[event.member]))
            case Adjust():
                change = Adjustment(member=self._ref(event.member), points=event.points, reason=event.reason)
                adjust(self.shop, caller, change)
            case Activity():
                done = ActivityWish(member=self._ref(event.member), activity=event.activity, about=event.about)
                record_activity(self.shop, caller, done)
            case Handover():
                self._hand_on(event, caller)
            case Draw():
                drawn = BenefitDraw(member=self._ref(event.member), benefit=event.benefit, amount=event.amount)
                draw_benefit(self.shop, caller, drawn)
            case Play():
                play_prize_draw(self.shop, caller, PlayWish(member=self._ref(event.member), draw=event.draw))
            case TopUp() | Pay() | PayBack() | TakeBack():
                self.cashier.act(event, caller, self.members.get(event.member or ""))
            case Tick():
                run_due(self.shop)

    def _enrol(self, event: Enrol, caller: Caller) -> None:
        form = {name: getattr(event, name) for name in EnrolForm.model_fields}
        if event.invited_by is not None:
            with self.shop.read() as session:
                form["invite_code"] = member_of(session, self._ref(event.invited_by)).invite_code
        self.members[event.member] = enrol(self.shop, caller, EnrolForm.model_construct(**form)).id
        if event.invite is not None:
            wish = Invitation(member=self._ref(event.member), tier=event.invite)
            invite(self.shop, Caller(caller.actor, f"{caller.key}:invite"), wish)

    def _purchase(self, event: Purchase, caller: Caller) -> None:
        paid = event.tender
        if isinstance(paid, str):
            total = sum(line.quantity * line.unit_price for line in event.lines)
            paid = [Tender.model_construct(kind=paid, amount=total)] if total else None
        external_id = event.id or caller.key
        order = PurchaseOrder(
            external_id=external_id,
            member=self._ref(event.member),
            occurred_at=event.occurred_at or event.at,
            store=event.store,
            channel=event.channel,
            lines=event.lines,
            tender=paid,
            currency=event.currency,
        )
        self.purchases[external_id] = record_purchase(self.shop, caller, order).id

    def _refund(self, event: Refund, caller: Caller) -> None:
        purchase = self._purchase_id(event.of)
        external_id = event.id or caller.key
        order = RefundOrder(purchase_id=purchase, external_id=external_id, lines=event.lines, amount=event.amount)
        refund(self.shop, caller, order)

    def _purchase_id(self, number: str) -> int:
        purchase = self.purchases.get(number)
        if purchase is None:  # it was refused
            raise Refused("unknown-purchase", id=number)
        return purchase

    def _hand_on(self, event: Handover, caller: Caller) -> None:
        person = event.to if isinstance(event.to, Person) else Person(name=event.to)
        hand_on_card(self.shop, caller, CardHandOn(member=self._ref(event.member), to=person))
        self.members[name_of(event.to)] = self.members[event.member]
        self.handed_on[event.member] = name_of(event.to)

    def _ref(self, member: str) -> MemberRef:
        return MemberRef(id=self.members[member])

    def _refusal(self, refusal: Refusal) -> ToldRefusal:
        languages = self.program.program.languages
        text = refusal_words(self.program, refusal, "en" if "en" in languages else languages[0])
        return ToldRefusal(reason=refusal.reason, facts=refusal.facts, text=text)

    def _standing(self, session: Session, told: Told, before: int) -> None:
        """Fill in how the member stands, and the entries after that one."""
        member_id = self.members.get(told.member or "")
        if member_id is None:
            return
        points, place = balance(self.shop, session, member_id), standing(self.shop, session, member_id)
        told.balance, told.pending, told.debt = points.active, points.pending, points.debt
        told.tier, told.qualifying = place.tier, place.qualifying_spend
        told.entries = self._entries(session, member_id, before)
        told.coupons = self._coupons(session, member_id)
        told.benefits = [
            ToldBenefit.model_validate(each, from_attributes=True)
            for each in benefits_of(self.shop, session, member_id)
        ]
        told.stored_value = self.cashier.told(session, member_id)

    def _entries(self, session: Session, member_id: int, before: int) -> list[ToldEntry]:
        written = select(entries).where(entries.c.member_id == member_id, entries.c.id > before).order_by(entries.c.id)
        return [
            ToldEntry(
                kind=row.kind,
                points=row.points,
                rule=row.rule,
                expires_at=self._local(row.expires_at),
                explanation=row.explanation,
            )
            for row in session.execute(written)
        ]

    def _coupons(self, session: Session, member_id: int) -> list[ToldCoupon]:
        return [
            ToldCoupon(
                code=each.code,
                template=each.template,
                status=each.status,
                valid_from=each.valid_from.astimezone(self.program.program.zone),
                valid_until=each.valid_until.astimezone(self.program.program.zone),
                source=each.source,
            )
            for each in coupons(self.shop, session, member_id)
        ]

    def _local(self, at: datetime | None) -> datetime | None:
        return None if at is None or at >= NEVER else at.astimezone(self.program.program.zone)


def _last_entry(session: Session) -> int:
    return session.execute(select(func.max(entries.c.id))).scalar_one() or 0
