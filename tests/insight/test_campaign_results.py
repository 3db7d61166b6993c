"""What a campaign brought, added up by hand."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import insert, update

from core.db.chats import chats
from core.db.deliveries import deliveries
from core.db.purchases import purchases
from core.insight.campaign_results import CampaignResults, Estimate, Group, campaign_results
from core.rules.messaging import Ended
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.campaigns.approve_correction import CorrectionApproval, approve_correction
from core.services.campaigns.correct_campaign import Correction, correct_campaign
from core.services.deliveries.tapped import tapped
from core.services.once import Caller
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.shop import Shop
from tests.bot.delivery.post import add_members, rows
from tests.campaigns import ANN, BO, content, launched, planned
from tests.conftest import FrozenClock
from tests.shopping import balance_of, bring_back, buy, enrol_one, line

A, B = ("a", "en"), ("b", "en")
HELD_OUT, CONTROL = Ended("held_out", "holdout"), Ended("held_out", "control")


def results(shop: Shop, campaign_id: int, points_worth: int | None = None) -> CampaignResults:
    with shop.read() as session:
        return campaign_results(shop, session, campaign_id, points_worth=points_worth)


def arrived(shop: Shop, *member_ids: int) -> None:
    """Their messages were sent to their chats, a minute after they were planned."""
    at = shop.now() + timedelta(minutes=1)
    sent = {"state": "sent", "message_id": 7, "left_at": at, "ended_at": at, "chat_id": deliveries.c.member_id}
    with shop.write() as session:
        session.execute(update(deliveries).where(deliveries.c.member_id.in_(member_ids)).values(sent))


def seated(shop: Shop, *member_ids: int) -> None:
    """In a chat of the same number, as the members of `add_members` are."""
    seats = [{"id": each, "member_id": each, "language": "en", "blocked": False} for each in member_ids]
    with shop.write() as session:
        session.execute(insert(chats), [{**each, "seen_at": shop.now()} for each in seats])


def test_everybody_whom_the_lot_gave_the_message_is_added_up(shop: Shop, clock: FrozenClock) -> None:
    ann, bo, cy, di, ed, flo = (enrol_one(shop, name) for name in ("Ann", "Bo", "Cy", "Di", "Ed", "Flo"))
    buy(shop, ann, "before", line(9_00))
    clock.move(days=1)
    spring = launched(shop, [ann], [content("5 off"), content("Five off", arm="b")])
    planned(shop, spring, {ann: A, bo: B, cy: B})
    planned(shop, spring, {di: A}, ended=HELD_OUT)
    planned(shop, spring, {ed: A}, ended=CONTROL)
    planned(shop, spring, {flo: A}, ended=Ended("suppressed", "no-consent"))
    seated(shop, ann, bo)
    arrived(shop, ann, bo)
    claim_coupon = claim_offer(shop, Caller("telegram:1", "claim"), OfferClaim(member_id=ann, offer="welcome"))
    (of_ann, *_others) = rows(shop)
    assert tapped(shop, of_ann.id, ann, 7, "claim:welcome")
    clock.move(hours=1)
    before = balance_of(shop, ann).active
    redeem_coupon(
        shop, Caller("till:front", "use"), CouponUse(code=claim_coupon.code, external_id="t1", lines=[line(40_00)])
    )
    buy(shop, ann, "t1", line(40_00))
    with_refund = buy(shop, cy, "t2", line(30_00))
    bring_back(shop, with_refund.id, "r2", amount=12_00)
    brought_back = buy(shop, bo, "t3", line(11_00))
    bring_back(shop, brought_back.id, "r3", amount=11_00)
    for buyer, number in ((di, "t4"), (ed, "t5"), (flo, "t6")):
        buy(shop, buyer, number, line(20_00))
    clock.move(days=14)
    buy(shop, di, "after", line(99_00))
    seen = results(shop, spring)
    points = balance_of(shop, ann).active - before
    assert points > 0
    of_cy = balance_of(shop, cy).active
    assert seen.meant == Group(
        members=3, buyers=2, purchases=2, spend=58_00, discounts=5_00, points=points + of_cy
    )  # fmt: skip
    assert (seen.held_out.members, seen.held_out.spend, seen.control.spend) == (1, 20_00, 20_00)
    first, second = seen.arms
    assert (first.meant.spend, first.sent, first.tapped, first.claimed, first.redeemed) == (40_00, 1, 1, 1, 1)
    assert [each.model_dump() for each in first.buttons] == [{"button": "claim:welcome", "members": 1}]
    assert (second.meant.members, second.sent, second.tapped, second.claimed) == (2, 1, 0, 0)
    assert seen.complete
    assert seen.lift is not None
    assert seen.lift.per_thousand == Estimate(value=round((53_00 / 3 - 20_00) * 1_000), low=None, high=None)
    assert (seen.lift.verdict, seen.lift.buying_verdict) == ("too-few", "too-few")
    assert [(each.item, each.happened) for each in seen.forecast.items if each.happened] == [
        ("matched", 6), ("no_consent", 1), ("control_group", 1), ("held_out", 1), ("to_send", 2), ("planned", 1)
    ]  # fmt: skip
    priced = results(shop, spring, points_worth=100).lift
    assert priced is not None
    net = 53_00 - points - of_cy, 20_00 - seen.held_out.points
    assert priced.total.value == round(net[0] - 3 * net[1])


def test_what_a_corrected_button_claims_counts(shop: Shop) -> None:
    ann = enrol_one(shop, "Ann")
    spring = launched(shop, [ann], [content("5 off", buttons=[])])
    planned(shop, spring, {ann: A})
    seated(shop, ann)
    arrived(shop, ann)
    words = {"text": "5 off", "buttons": [[{"text": "Take it", "claim": "welcome"}]]}
    wish = Correction.model_validate({"campaign": spring, "contents": [words], "reason": "No button"})
    fix = correct_campaign(shop, Caller(ANN, "correct"), wish)
    claim_offer(shop, Caller("telegram:1", "claim"), OfferClaim(member_id=ann, offer="welcome"))
    assert results(shop, spring).arms[0].claimed == 0
    agreed = CorrectionApproval(campaign=spring, amendment=fix.id, sha256=fix.sha256)
    approve_correction(shop, Caller(BO, "approve"), agreed)
    assert results(shop, spring).arms[0].claimed == 1


def test_a_clear_lift_is_told_with_its_interval(shop: Shop) -> None:
    ids = add_members(shop, range(1, 241))
    spring = launched(shop, ids[:1], [content("5 off")])
    sent, held = ids[:200], ids[200:]
    planned(shop, spring, dict.fromkeys(sent, A))
    planned(shop, spring, dict.fromkeys(held, A), ended=HELD_OUT)
    arrived(shop, *sent)
    spent = {each: 10_00 + 10 * place for place, each in enumerate(sent[:120])} | dict.fromkeys(held[:8], 9_00)
    with shop.write() as session:
        common = {"occurred_at": shop.now(), "recorded_at": shop.now(), "store": "s", "channel": "shop",
                  "tier": "regular", "program_version": 1, "refunded": 0}  # fmt: skip
        session.execute(
            insert(purchases),
            [common | {"external_id": f"p{each}", "member_id": each, "total": total} for each, total in spent.items()],
        )
    seen = results(shop, spring)
    assert (seen.complete, seen.meant.buyers, seen.meant.spend, seen.held_out.spend) == (False, 120, 191_400, 7_200)
    told = seen.lift
    assert told is not None
    assert (told.per_thousand.value, told.total.value) == (777_000, 155_400)
    assert (told.verdict, told.buying_verdict, told.buying.value) == ("more", "more", 4_000)
    assert told.per_thousand.low is not None
    assert told.buying.high is not None
    assert 400_000 < told.per_thousand.low < 777_000
    assert 4_000 < told.buying.high < 6_000
    assert told.per_thousand.low * 200 // 1000 - 1 <= (told.total.low or 0) <= told.per_thousand.low * 200 // 1000 + 1


def test_nobody_held_out_is_no_measure(shop: Shop) -> None:
    ids = add_members(shop, [1, 2])
    spring = launched(shop, ids, [content("5 off"), content("Five off", arm="b")], holdout=0)
    planned(shop, spring, dict(zip(ids, (A, B), strict=True)))
    seen = results(shop, spring)
    assert (seen.lift, [each.lift for each in seen.arms]) == (None, [None, None])
    assert [(each.first, each.second, each.difference.verdict) for each in seen.pairs] == [("a", "b", "too-few")]
