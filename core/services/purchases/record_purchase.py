"""A till reports a purchase; it is judged as of the time it happened, whenever it arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from core.rules.earning import REFERRAL_INVITER, Basket, Buyer, judge
from core.rules.expiry import Activity
from core.rules.measures import qualifying
from core.rules.refusal import Refusal, Refused
from core.rules.terms import window_start
from core.rules.tier_rolling import met, proven
from core.rules.tiers import holding
from core.rules.year_end import awaited
from core.services.books.books import Books
from core.services.books.caps import earned_before, hold_to_caps
from core.services.books.dormancy import stay_open
from core.services.books.goals import mend_goals, reach_goals
from core.services.books.grants import post_grant, posted_of, regrant, tenders_of
from core.services.books.idleness import stay_active
from core.services.books.posting import Book
from core.services.books.settling import contributions, hold, holding_at, judged, review_tier, settle
from core.services.books.stored_records import StoredRecords
from core.services.books.year_end import await_year_end, mend_years
from core.services.common import EntryOut, ExternalId, Label, Lines, MemberRef, Moment, Result, Tender, Wish, rule_lines
from core.services.locking import lock_named
from core.services.once import Caller, once, once_of_many
from core.shop import Shop, Version

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of ours a till's clock may run."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
BATCH = 200
JUST_BEFORE = timedelta(microseconds=1)


class PurchaseOrder(Wish):
    """external_id: the till's own number, the purchase's identity. Prices in minor units of the program's currency."""

    external_id: ExternalId
    member: MemberRef
    occurred_at: Moment
    store: Label
    channel: Label
    lines: Lines
    tender: Annotated[list[Tender], Field(max_length=20)] | None = None
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3)] | None = None


class PurchaseResult(Result):
    """balance: the sum of the member's books now. entries: what this purchase wrote, corrections included."""

    id: int
    external_id: str
    balance: int
    tier: str
    entries: list[EntryOut]


def record_purchase(shop: Shop, caller: Caller, order: PurchaseOrder) -> PurchaseResult:
    """Refused: unknown-member, member-closed, purchase-before-closing, category-unknown, currency-unknown,
    purchase-in-the-future, purchase-too-old, claim-too-late, amount-too-large, tender-above-total, external-id-reused,
    key-reused, no-program."""
    return _record(shop, caller, order, is_history=False)


def _record(shop: Shop, caller: Caller, order: PurchaseOrder, is_history: bool) -> PurchaseResult:
    return once(shop, caller, order, PurchaseResult, _posting(shop, caller, order, is_history), _key(order))


def _posting(shop: Shop, caller: Caller, order: PurchaseOrder, is_history: bool) -> Callable[[Session], PurchaseResult]:
    def work(session: Session) -> PurchaseResult:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            return post_purchase(books, order, is_history)

    return work


def record_purchases(
    shop: Shop, caller: Caller, orders: Iterable[PurchaseOrder]
) -> Iterator[tuple[PurchaseOrder, PurchaseResult | Refusal]]:
    """Many purchases of another system's history, a batch to a transaction, each safe to send again.

    History is no claim, so none comes too late. Accounts are settled to now by run_due.
    """
    waiting = iter(orders)
    while batch := list(islice(waiting, BATCH)):
        try:
            with shop.write() as session:
                lock_named(shop, session, (order.member for order in batch))
                post = _one_of_many if _refuses_first(shop, session) else _whole_or_not
                results = [post(shop, session, caller, order) for order in batch]
        except IntegrityError:  # somebody else posted one of them meanwhile
            results = [_alone(shop, caller, order) for order in batch]
        yield from zip(batch, results, strict=True)


def _key(order: PurchaseOrder) -> str:
    return f"purchase:{order.external_id}"


def _refuses_first(shop: Shop, session: Session) -> bool:
    """Whether nothing is written before a refusal: so it is unless settling may find that a member is closed."""
    return all(version.program.dormancy is None for version in shop.line(session))


def _whole_or_not(shop: Shop, session: Session, caller: Caller, order: PurchaseOrder) -> PurchaseResult | Refusal:
    """As _one_of_many; who is refused leaves nothing behind."""
    with session.begin_nested() as part:
        given = _one_of_many(shop, session, caller, order)
        if isinstance(given, Refusal):
            part.rollback()
    return given


def _one_of_many(shop: Shop, session: Session, caller: Caller, order: PurchaseOrder) -> PurchaseResult | Refusal:
    own = Caller(caller.actor, _key(order))
    return once_of_many(shop, session, own, order, PurchaseResult, _posting(shop, own, order, is_history=True))


def _alone(shop: Shop, caller: Caller, order: PurchaseOrder) -> PurchaseResult | Refusal:
    try:
        return _record(shop, Caller(caller.actor, _key(order)), order, is_history=True)
    except Refused as refused:
        return refused.refusal


def post_purchase(books: Books, order: PurchaseOrder, is_history: bool = False) -> PurchaseResult:
    """Within the caller's transaction. Everything that can refuse comes before the first write.

    is_history: brought in from another system, and so no claim that could come too late; settled to now later.
    """
    version = books.records.version_at(order.occurred_at)
    tender = tenders_of([each.model_dump() for each in order.tender or []])
    basket = Basket(order.occurred_at, order.channel, rule_lines(order.lines), tender)
    _check(version, order, basket, books.now())
    if not is_history:
        _check_claim(version, order, books.now())
    book = books.open(books.records.member_id_of(order.member), order.occurred_at)
    stay_open(book, order.occurred_at)
    in_order = _in_order(book, version, order.occurred_at)
    buyer = _buyer(book, version, order, in_order)
    purchase_id = _insert(book, version, order, basket, buyer.tier)
    _grant(books, book, version, basket, buyer, (purchase_id, order))
    if in_order:
        _raise_tier(book, version, order.occurred_at)
        await_year_end(book, awaited(version.program, order.occurred_at))
        if version.program.goals:
            reach_goals(book, version)
    else:
        _mend_later(books, book, order, buyer.first_purchase)
        mend_years(book, order.occurred_at)
        mend_goals(book)
    stay_active(book, version, Activity(order.occurred_at, "purchase"), f"purchase:{order.external_id}")
    if not is_history:
        settle(book, book.now)
    return PurchaseResult.model_construct(
        id=purchase_id,
        external_id=order.external_id,
        balance=book.balance,
        tier=book.tier,
        entries=book.written,
    )


def _check(version: Version, order: PurchaseOrder, basket: Basket, now: datetime) -> None:
    program = version.program
    if order.currency is not None and order.currency != program.program.currency:
        raise Refused("currency-unknown", currency=order.currency, expected=program.program.currency)
    if order.occurred_at > now + CLOCK_SKEW:
        raise Refused("purchase-in-the-future", occurred_at=order.occurred_at.isoformat(), now=now.isoformat())
    if order.occurred_at < EARLIEST:
        raise Refused("purchase-too-old", occurred_at=order.occurred_at.isoformat(), earliest=EARLIEST.isoformat())
    for line in basket.lines:
        if not program.takes(line.category):
            known = [category.id for category in program.categories]
            raise Refused("category-unknown", category=line.category, line=line.number, known=known)
    if basket.total > MAX_TOTAL:
        raise Refused("amount-too-large", total=basket.total, most=MAX_TOTAL)
    paid = sum(each.amount for each in order.tender or [])
    if paid > basket.total:  # less is taken: some tills tell of gift cards alone
        raise Refused("tender-above-total", tender=paid, total=basket.total)


def _check_claim(version: Version, order: PurchaseOrder, now: datetime) -> None:
    program = version.program
    if program.earning.claim == "same_day" and program.business_day(order.occurred_at) < program.business_day(now):
        raise Refused("claim-too-late", occurred_at=order.occurred_at.isoformat(), now=now.isoformat())


MAX_TOTAL = 10_000_000_000
"""Minor units. A hundred million of the currency in one purchase is a slip of the keyboard."""


def _in_order(book: Book, version: Version, at: datetime) -> bool:
    """Whether the tier on the account is the one held right before `at`: nothing was judged after that moment, no
    review is due by then (a till's clock may be ahead of ours), and the program still has the tier."""
    judged = book.judged_until is not None and book.judged_until >= at
    due = book.review_at is not None and book.review_at <= at
    return not judged and not due and version.program.rank(book.tier) >= 0


def _buyer(book: Book, version: Version, order: PurchaseOrder, in_order: bool) -> Buyer:
    """The member as they stood right before the purchase."""
    if in_order:
        first, tier = book.purchases == 0, book.tier
    else:
        first = not book.records.has_earlier(book.member_id, order.occurred_at, order.external_id)
        tier = _tier_before(book, order.occurred_at)
    earned = earned_before(book, version.program, order.occurred_at, order.external_id)
    return Buyer(tier, first, book.birthday, book.referrer_id is not None, earned)


def _tier_before(book: Book, at: datetime) -> str:
    return holding_at(book, at - JUST_BEFORE).tier


def _insert(book: Book, version: Version, order: PurchaseOrder, basket: Basket, tier: str) -> int:
    purchase_id = book.records.add_purchase(
        {
            "external_id": order.external_id,
            "member_id": book.member_id,
            "occurred_at": order.occurred_at,
            "recorded_at": book.now,
            "store": order.store,
            "channel": order.channel,
            "tender": [each.model_dump() for each in order.tender] if order.tender else None,
            "total": basket.total,
            "refunded": 0,
            "tier": tier,
            "program_version": version.id,
        },
        basket.lines,
    )
    book.purchases += 1
    book.last_purchase_at = max(order.occurred_at, book.last_purchase_at or order.occurred_at)
    return purchase_id


def _grant(
    books: Books, book: Book, version: Version, basket: Basket, buyer: Buyer, purchase: tuple[int, PurchaseOrder]
) -> None:
    """Post what the rules give, to the buyer and to who invited them.

    The inviter's account is locked second. Invitations form a tree, so two such purchases never wait for each other.
    """
    purchase_id, order = purchase
    measured = qualifying(version.program, basket.lines, basket.tenders)
    for place, grant in enumerate(judge(version.program, version.id, basket, buyer)):
        paid = books.find(book.referrer_id) if grant.to_inviter else book
        if paid is not None and paid.closed_at is None:
            known_as = (purchase_id, order.external_id)
            post_grant(paid, version, grant, basket, known_as, measured if place == 0 else None)


def _raise_tier(book: Book, version: Version, at: datetime) -> None:
    """After a purchase in order a rolling tier can only stay or rise, and only the sums of now are needed."""
    program = version.program
    if program.tiering.kind != "rolling" or program.dormancy is not None or book.reopened_at is not None:
        review_tier(book, at)
        return
    since = window_start(at, program.tiering.window_months, program.program.zone)
    spend, points = book.records.qualifying_sums(book.member_id, since, at)
    tier = met(program, spend, points)
    if tier != program.tiers[0].id and program.rank(tier) >= program.rank(book.tier):
        held = proven(program, program, tier, at, spend, points, at)
        if tier != book.tier or book.tier_until is None or held.until is None or held.until > book.tier_until:
            hold(book, version, held, at, {})  # a term that an earlier version gave may be the longer one
    judged(book, at)


def _mend_later(books: Books, book: Book, order: PurchaseOrder, is_first: bool) -> None:
    """A late purchase may raise the tier for those after it, or take their place as the first: judge those anew."""
    programs = book.records.programs()
    cause = {"late_purchase": order.external_id}
    hold_to_caps(book, order.occurred_at, cause)
    facts = contributions(book, EARLIEST)
    later = book.records.later_purchases(book.member_id, order.occurred_at, order.external_id)
    for place, purchase in enumerate(later):
        tier = holding(programs, facts, purchase.occurred_at - JUST_BEFORE).tier
        if tier != purchase.tier or (is_first and place == 0):
            first = not book.records.has_earlier(book.member_id, purchase.occurred_at, purchase.external_id)
            buyer = Buyer(tier, first, book.birthday, book.referrer_id is not None)
            _judge_anew(books, book, purchase, buyer, order)
            hold_to_caps(book, purchase.occurred_at, cause)
            facts = contributions(book, EARLIEST)
    review_tier(book, order.occurred_at, dict(cause))


def _judge_anew(books: Books, book: Book, purchase: Any, buyer: Buyer, order: PurchaseOrder) -> None:
    """Bring every grant of a purchase in line with how its buyer stood, now that it is known better."""
    version = book.records.version(purchase.program_version)
    basket = Basket(
        purchase.occurred_at, purchase.channel, book.records.lines_of(purchase.id), tenders_of(purchase.tender)
    )
    due = {grant.rule: grant for grant in judge(version.program, version.id, basket, buyer)}
    old = {each.rule: each for each in posted_of(book.records, purchase.id)}
    for rule in [*old, *(rule for rule in due if rule not in old)]:
        paid = books.find_of_record(book.referrer_id) if rule == REFERRAL_INVITER else book
        if paid is not None:
            regrant(paid, version, purchase, old.get(rule), due.get(rule), order.external_id)
    book.records.set_judged_tier(purchase.id, buyer.tier)
