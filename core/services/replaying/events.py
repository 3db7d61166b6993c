"""What happened to members, as the books recorded it, and how it happens again on records in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from core.insight.members import MemberRef
from core.rules.expiry import Idle, Lapse
from core.rules.refusal import Refused
from core.services.activities.check_in import post_check_in
from core.services.activities.record_activity import post_activity
from core.services.books.adjust import post_adjustment
from core.services.books.books import Books
from core.services.books.dormancy import check_open, reopen
from core.services.books.posting import Book, Draft
from core.services.books.settling import review_tier, settle
from core.services.once import Caller
from core.services.purchases.deliver_purchase import Delivery, post_delivery
from core.services.purchases.record_purchase import post_purchase
from core.services.purchases.refund import RefundOrder, post_refund
from core.services.replaying.held import HeldRecords
from core.services.replaying.outcome import Unpaid
from core.services.rewards.cancel_reward import give_points_back
from core.services.rewards.redeem_reward import RewardWish, pay_reward
from core.shop import Version

REPLAY = Caller("replay", "replay")


@dataclass
class Stage:
    """Records, and what the draft refused of what happened. now: when the current event was recorded."""

    records: HeldRecords
    now: datetime
    unpaid: dict[int, list[Unpaid]] = field(default_factory=dict)
    refused: dict[int, Counter[str]] = field(default_factory=dict)
    taken: dict[int, SimpleNamespace] = field(default_factory=dict)  # orders, by the entry that paid for them
    skipped: set[str] = field(default_factory=set)  # sources of what was not bought

    def play(self, events: Sequence[Event]) -> None:
        for event in events:
            self.now = event.at
            try:
                with Books(self.records, REPLAY, self._clock) as books:
                    event.happen(self, books)
            except Refused as refused:
                self.refused.setdefault(event.member_id, Counter())[refused.refusal.reason] += 1

    def settle(self, member_id: int, now: datetime) -> None:
        """Whatever time has done by now."""
        self.now = now
        with Books(self.records, REPLAY, self._clock) as books:
            books.open(member_id)

    def not_bought(self, member_id: int, what: str, refused: Refused) -> None:
        needed: Any = refused.refusal.facts.get("needed", 0)
        self.unpaid.setdefault(member_id, []).append(Unpaid(what, needed, refused.refusal.reason))

    def _clock(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Event:
    """at: when it was recorded. entry: the first entry that it led to; tells apart what was recorded at one moment."""

    at: datetime
    entry: int
    member_id: int

    def happen(self, stage: Stage, books: Books) -> None:
        """Raises Refused where the program of the time does not allow it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Bought(Event):
    """order: as a PurchaseOrder has it. birthday: of the member, as it was known then."""

    order: Any
    birthday: date | None

    def happen(self, stage: Stage, books: Books) -> None:
        stage.records.accounts[self.member_id].birthday = self.birthday
        post_purchase(books, self.order, is_history=True)


@dataclass(frozen=True, slots=True)
class Returned(Event):
    order: RefundOrder

    def happen(self, stage: Stage, books: Books) -> None:
        post_refund(books, self.order)


@dataclass(frozen=True, slots=True)
class Arrived(Event):
    """The goods of a purchase."""

    report: Delivery

    def happen(self, stage: Stage, books: Books) -> None:
        post_delivery(books, self.report)


@dataclass(frozen=True, slots=True)
class Adjusted(Event):
    points: int
    reason: str

    def happen(self, stage: Stage, books: Books) -> None:
        post_adjustment(_open(books, self.member_id), self.points, self.reason)


@dataclass(frozen=True, slots=True)
class CheckedIn(Event):
    def happen(self, stage: Stage, books: Books) -> None:
        post_check_in(_open(books, self.member_id))


@dataclass(frozen=True, slots=True)
class Active(Event):
    activity: str
    about: str | None

    def happen(self, stage: Stage, books: Books) -> None:
        post_activity(_open(books, self.member_id), self.activity, self.about)


@dataclass(frozen=True, slots=True)
class Took(Event):
    """A reward. price: which of its alternatives. entry is the one that paid."""

    reward: str
    price: int

    def happen(self, stage: Stage, books: Books) -> None:
        wish = RewardWish.model_construct(
            member=MemberRef.model_construct(id=self.member_id), reward=self.reward, price=self.price
        )
        try:
            paid = pay_reward(_open(books, self.member_id), wish)
        except Refused as refused:
            stage.not_bought(self.member_id, self.reward, refused)
            return
        order = SimpleNamespace(
            id=self.entry,
            code="",
            member_id=self.member_id,
            reward=self.reward,
            points=paid.price.points,
            entry_id=paid.entry_id,
        )
        stage.taken[self.entry] = order
        stage.records.orders.append(order)


@dataclass(frozen=True, slots=True)
class GaveBack(Event):
    """A reward was cancelled. paid: the entry that had paid for it."""

    paid: int

    def happen(self, stage: Stage, books: Books) -> None:
        order = stage.taken.pop(self.paid, None)
        if order is not None:
            stage.records.orders.remove(order)
            give_points_back(books.open(self.member_id), order)


@dataclass(frozen=True, slots=True)
class Kept(Event):
    """Anything else stands as it was written: what another system brought, an invitation, a prize that was drawn, a
    card handed on. lot: from when to when its points could be spent. idle_until: … if the member did nothing."""

    row: Any
    lot: tuple[datetime, datetime]
    idle_until: datetime | None = None

    def happen(self, stage: Stage, books: Books) -> None:
        if self.row.source in stage.skipped:
            return
        book = _open(books, self.member_id)
        version = book.records.version_at(book.now)
        invited_to = (self.row.qualifying_more or {}).get("invited_to")
        if invited_to is not None and version.program.rank(invited_to) < 0:
            raise Refused("tier-unknown", tier=invited_to, known=[tier.id for tier in version.program.tiers])
        draft = _as_written(self.row, version.id)
        if draft.points >= 0:
            book.credit(draft, self.lot[0], self._lapse(version))
        elif draft.kind == "redemption":
            self._pay(stage, book, draft)
        else:
            book.take_back(draft, None)
        if draft.qualifies_at is not None:
            review_tier(book, book.now, {"invited_to": invited_to})

    def _lapse(self, version: Version) -> Lapse:
        """Inactivity counts where the draft lets it count."""
        if self.idle_until is None or version.program.earning.expires != "inactivity":
            return self.lot[1]
        return Idle(self.idle_until)

    def _pay(self, stage: Stage, book: Book, draft: Draft) -> None:
        try:
            book.spend(draft)
        except Refused as refused:
            stage.not_bought(self.member_id, draft.rule, refused)
            stage.skipped.add(draft.source)


@dataclass(frozen=True, slots=True)
class Reopened(Event):
    """Where the draft closes the member as well."""

    reason: str

    def happen(self, stage: Stage, books: Books) -> None:
        book = books.open(self.member_id)
        if book.closed_at is not None:
            reopen(book, self.reason)


@dataclass(frozen=True, slots=True)
class Passed(Event):
    """Time did something up to a moment."""

    until: datetime

    def happen(self, stage: Stage, books: Books) -> None:
        settle(books.open(self.member_id, self.until), self.until)


@dataclass(frozen=True, slots=True)
class Woken(Event):
    """A program that judges years came into force: who bought since `begin` is judged at `turn`, too."""

    begin: datetime
    turn: datetime

    def happen(self, stage: Stage, books: Books) -> None:
        account = stage.records.accounts[self.member_id]
        if account.last_purchase_at is not None and account.last_purchase_at >= self.begin:
            for name in ("review_at", "next_due_at"):
                known = getattr(account, name)
                setattr(account, name, self.turn if known is None else min(known, self.turn))


@dataclass(frozen=True, slots=True)
class WasForgotten(Event):
    def happen(self, stage: Stage, books: Books) -> None:
        stage.records.accounts[self.member_id].forgotten_at = self.at


def _open(books: Books, member_id: int) -> Book:
    """Refused: as open_book."""
    book = books.open(member_id)
    check_open(book)
    return book


def _as_written(row: Any, version: int) -> Draft:
    return Draft(
        row.kind,
        row.points,
        row.rule,
        row.explanation,
        row.effective_at,
        row.source,
        version,
        qualifies_at=row.qualifies_at,
        qualifying_spend=row.qualifying_spend,
        qualifying_points=row.qualifying_points,
        qualifying_more=row.qualifying_more,
    )
