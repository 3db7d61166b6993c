"""Members: who they are and what they have."""

from __future__ import annotations

from typing import Annotated, get_args

from fastapi import APIRouter, Path, Query

from api.auth import Staff, Till
from api.depends import ShopOf
from api.idempotency import Key, caller
from api.languages import Language
from api.paging import After, Limit, cursor, number
from api.problems import problems
from api.schemas.benefits import BenefitList
from api.schemas.coupons import CouponList
from api.schemas.deliveries import DeliveryOut, DeliveryPage
from api.schemas.goals import GoalList
from api.schemas.ledger import EntryPage, EntryTold, entry_told
from api.schemas.members import ActivityForm, HandOnForm, MemberForm, MemberOut, MemberPage, ReopenForm, member_out
from api.schemas.offers import OfferList
from api.schemas.purchases import PurchasePage
from api.schemas.rewards import OrderList, RewardList
from api.wishes import wish
from core.insight import ledger as books
from core.insight.balance import Balance, balance
from core.insight.benefits import benefits_of
from core.insight.coupons import CouponOut
from core.insight.coupons import coupons as held
from core.insight.deliveries import deliveries_of
from core.insight.entry_detail import entry_detail
from core.insight.goals import goals_of
from core.insight.members import MemberRef, listed, member_of
from core.insight.offers import ranked
from core.insight.purchases import history
from core.insight.rewards import catalogue, orders
from core.insight.tier import Standing, standing
from core.rules.coupons import State
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.activities.record_activity import ActivityRecorded, ActivityWish, record_activity
from core.services.members.enrol import EnrolForm, Enrolled, enrol
from core.services.members.hand_on_card import CardHandedOn, CardHandOn, hand_on_card
from core.services.members.reopen_member import Reopened, Reopening, reopen_member
from core.services.members.update_member import MemberChange, update_member
from core.words.deliveries import delivery_words

router = APIRouter(prefix="/v1/members", tags=["members"])
MemberId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The member's id.")]
EntryId = Annotated[int, Path(ge=1, le=2**53 - 1, description="The entry's id.")]
OfferId = Annotated[str, Path(pattern="^[a-z][a-z0-9_-]{0,39}$", description="The offer's id in the program.")]
EveryCoupon = Annotated[bool, Query(alias="all", description="The used, lapsed and void ones too.")]
PAGES = problems(400, 401, 403, 404, 422)
READS = problems(401, 403, 404, 422)
WRITES = problems(400, 401, 403, 404, 409, 413, 415, 422)


@router.post("", status_code=201, summary="Enrol a member", responses=WRITES)
def enrol_member(shop: ShopOf, holder: Till, key: Key, form: EnrolForm) -> Enrolled:
    """Scope: till. A card in the lowest tier; `/start <join_payload>` in the bot joins the member to that chat."""
    return enrol(shop, caller(holder, key), form)


@router.get("", summary="List or search members", responses=problems(400, 401, 403, 422))
def members(
    shop: ShopOf,
    holder: Staff,
    q: Annotated[str, Query(max_length=100, description="Start of card or phone, or part of the name.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> MemberPage:
    """Scope: staff. In the order they joined."""
    with shop.read() as session:
        found = listed(session, q, number("member", after), limit + 1)
    more = cursor("member", str(found[limit - 1].id)) if len(found) > limit else None
    return MemberPage(items=[member_out(each) for each in found[:limit]], next=more)


@router.get("/{member_id}", summary="One member", responses=READS)
def member(shop: ShopOf, holder: Till, member_id: MemberId) -> MemberOut:
    """Scope: till."""
    with shop.read() as session:
        return member_out(member_of(session, MemberRef(id=member_id)))


@router.patch("/{member_id}", summary="Change a member's settings", responses=WRITES)
def change(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, form: MemberForm) -> MemberOut:
    """Scope: staff. Only what is given changes; a birthday may be set once."""
    update_member(shop, caller(holder, key), wish(MemberChange, form, member_id=member_id))
    return member(shop, holder, member_id)


@router.get("/{member_id}/balance", summary="What a member has to spend", responses=READS)
def points(shop: ShopOf, holder: Till, member_id: MemberId) -> Balance:
    """Scope: till. Spendable now, spendable later, owed, and what lapses when."""
    with shop.read() as session:
        return balance(shop, session, member_of(session, MemberRef(id=member_id)).id)


@router.get("/{member_id}/tier", summary="Where a member stands", responses=READS)
def tier(shop: ShopOf, holder: Till, member_id: MemberId) -> Standing:
    """Scope: till. The tier, until when, what is missing to the next one and to keep this one."""
    with shop.read() as session:
        return standing(shop, session, member_of(session, MemberRef(id=member_id)).id)


@router.get("/{member_id}/goals", summary="What a member's goals have come to", responses=READS)
def goals(shop: ShopOf, holder: Till, member_id: MemberId) -> GoalList:
    """Scope: till. The sums of the spans that run now, what they have brought, and what comes next at which sum."""
    with shop.read() as session:
        return GoalList(items=goals_of(shop, session, member_of(session, MemberRef(id=member_id)).id))


@router.get("/{member_id}/coupons", summary="A member's coupons", responses=READS)
def coupons(shop: ShopOf, holder: Till, member_id: MemberId, every: EveryCoupon = False) -> CouponList:
    """Scope: till. Those that may be used now or later, what lapses first comes first."""
    states = get_args(State) if every else ("issued", "not_yet")
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        return CouponList(items=held(shop, session, known.id, states))


@router.get("/{member_id}/offers", summary="Offers for a member", responses=READS)
def offers(shop: ShopOf, holder: Till, member_id: MemberId) -> OfferList:
    """Scope: till. Best first, each with its reasons; then what is claimed already."""
    with shop.read() as session:
        return OfferList(items=ranked(shop, session, member_of(session, MemberRef(id=member_id)).id))


@router.post("/{member_id}/offers/{offer}/claim", status_code=201, summary="Claim an offer", responses=WRITES)
def claim(shop: ShopOf, holder: Till, key: Key, member_id: MemberId, offer: OfferId) -> CouponOut:
    """Scope: till. Its coupon becomes the member's."""
    return claim_offer(shop, caller(holder, key), OfferClaim(member_id=member_id, offer=offer))


@router.get("/{member_id}/rewards", summary="The rewards as a member sees them", responses=READS)
def rewards(shop: ShopOf, holder: Till, member_id: MemberId) -> RewardList:
    """Scope: till. At the prices of the member's tier; what is within reach first."""
    with shop.read() as session:
        return RewardList(items=catalogue(shop, session, member_of(session, MemberRef(id=member_id)).id))


@router.get("/{member_id}/orders", summary="The rewards a member took", responses=READS)
def taken(shop: ShopOf, holder: Till, member_id: MemberId, limit: Limit = 50) -> OrderList:
    """Scope: till. The latest, newest first."""
    with shop.read() as session:
        return OrderList(items=orders(shop, session, member_of(session, MemberRef(id=member_id)).id, limit))


@router.get("/{member_id}/benefits", summary="What a member has besides points", responses=READS)
def benefits(shop: ShopOf, holder: Till, member_id: MemberId) -> BenefitList:
    """Scope: till. The benefits of the member's tier, and how much of what is counted can be drawn now."""
    with shop.read() as session:
        return BenefitList(items=benefits_of(shop, session, member_of(session, MemberRef(id=member_id)).id))


@router.get("/{member_id}/purchases", summary="What a member bought", responses=PAGES)
def bought(shop: ShopOf, holder: Till, member_id: MemberId, after: After = None, limit: Limit = 50) -> PurchasePage:
    """Scope: till. By the time they happened, newest first."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        page = history(session, known.id, number("purchase", after), limit)
    return PurchasePage(items=page.items, next=cursor("purchase", None if page.next is None else str(page.next)))


@router.post("/{member_id}/activities", status_code=201, summary="Report an activity", responses=WRITES)
def activity(shop: ShopOf, holder: Till, key: Key, member_id: MemberId, form: ActivityForm) -> ActivityRecorded:
    """Scope: till. What a member did besides buying, such as a review; it brings points within its limits."""
    doing = wish(ActivityWish, form, member=MemberRef(id=member_id))
    return record_activity(shop, caller(holder, key), doing)


@router.post("/{member_id}/handover", status_code=201, summary="Hand a card on", responses=WRITES)
def hand_on(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, form: HandOnForm) -> CardHandedOn:
    """Scope: staff. Points, tier, total and period go on with another person; the one before loses the card."""
    return hand_on_card(shop, caller(holder, key), wish(CardHandOn, form, member=MemberRef(id=member_id)))


@router.post("/{member_id}/reopen", status_code=201, summary="Reopen a closed account", responses=WRITES)
def reopen(shop: ShopOf, holder: Staff, key: Key, member_id: MemberId, form: ReopenForm) -> Reopened:
    """Scope: staff. Of a member who bought nothing for so long that it was closed: purchases count again from now on,
    in the lowest tier; what lapsed with the closing stays lapsed."""
    return reopen_member(shop, caller(holder, key), wish(Reopening, form, member=MemberRef(id=member_id)))


@router.get("/{member_id}/deliveries", summary="Why a member got a message, or did not", responses=PAGES)
def messages(
    shop: ShopOf, holder: Staff, language: Language, member_id: MemberId, after: After = None, limit: Limit = 50
) -> DeliveryPage:
    """Scope: staff. Messages that nobody asked for, newest first, each with its state and the reason in words."""
    with shop.reading() as (session, program):
        known = member_of(session, MemberRef(id=member_id))
        found = deliveries_of(session, known.id, number("delivery", after), limit + 1)
    more = cursor("delivery", str(found[limit - 1].id)) if len(found) > limit else None
    told = [(each.model_dump(), delivery_words(program, each.model_dump(), language)) for each in found[:limit]]
    return DeliveryPage(items=[DeliveryOut(**facts, why=why) for facts, why in told], next=more)


@router.get("/{member_id}/ledger", summary="The entries of a member's books", responses=PAGES)
def ledger(shop: ShopOf, holder: Till, member_id: MemberId, after: After = None, limit: Limit = 50) -> EntryPage:
    """Scope: till. Newest first. Each entry explains itself: what went in, step by step, what did not apply and why."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        page = books.entries(session, known.id, number("entry", after), limit)
    return EntryPage(items=page.items, next=cursor("entry", None if page.next is None else str(page.next)))


@router.get("/{member_id}/ledger/{entry_id}", summary="One entry, in words", responses=READS)
def one_entry(shop: ShopOf, holder: Till, language: Language, member_id: MemberId, entry_id: EntryId) -> EntryTold:
    """Scope: till. With the version of the program that judged it, and the lots that it took points of."""
    with shop.read() as session:
        known = member_of(session, MemberRef(id=member_id))
        detail = entry_detail(shop, session, known.id, entry_id)
        return entry_told(detail, shop.version(session, detail.version).program, language)
