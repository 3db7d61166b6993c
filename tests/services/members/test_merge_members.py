"""Two members are one person: points, tiers and cards come together, and part again."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text

from core.db.ledger import entries
from core.db.members import members
from core.insight.ledger import EntryOut
from core.insight.ledger import entries as listed_of
from core.insight.members import MemberRef, MemberView, listed, member_in_chat, member_of
from core.insight.purchases import history
from core.insight.tier import moves, standing
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.books.audit import audit
from core.services.chats.join_chat import PayloadJoin, join_by_payload, open_chat
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merged
from core.services.members.unmerge_members import Stayed
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from core.words import entry_name, explain, tier_reason_words
from core.words.texts import LANGUAGES
from tests.at_once import at_once
from tests.club import give, publish
from tests.conftest import FrozenClock
from tests.dormancy import SOURCE as CLOSES
from tests.dormancy import on_to, reopen
from tests.merging import merge, part, stands
from tests.rules.stores import PROGRAMS, shanghai
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, proven


def seen(shop: Shop, **ref: Any) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(**ref))


def tier_of(shop: Shop, member_id: int) -> str:
    with shop.read() as session:
        return standing(shop, session, member_id).tier


def two(shop: Shop) -> tuple[int, int]:
    ann = enrol_one(shop, "Ann", card_number="CARD-A", phone="+86 138 0013 8000", consents=["offers", "care"])
    also = enrol_one(
        shop, "Anne", card_number="CARD-B", phone="+86 138 0013 8001", birthday=date(1990, 5, 1), consents=["care"]
    )
    return ann, also


def test_every_entry_and_tier_has_words(small_shop: Shop, clock: FrozenClock) -> None:
    ann, also = two(small_shop)
    bought = buy(small_shop, also, "b1", line(120_000))
    clock.move(days=1)
    merged = merge(small_shop, ann, also)
    redeem_reward(small_shop, Caller("till:1", "mug"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    bring_back(small_shop, bought.id, "back", amount=120_000)
    part(small_shop, merged.id)
    with small_shop.reading() as (session, program):
        for each in session.execute(select(entries)).mappings():
            for language in LANGUAGES:
                assert entry_name(program, each, language, strict=True)
                assert explain(program, each, language, strict=True)
        told = [
            tier_reason_words(program, move.from_tier, move.to_tier, move.reason, "en", strict=True)
            for move in moves(session, ann)
        ]
    assert any("(Your card …RD-B was joined.)" in each for each in told)
    assert {each.rule for each in listed_entries(small_shop, ann)} == {"merged", "reward:mug"}


def listed_entries(shop: Shop, member_id: int) -> list[EntryOut]:
    with shop.read() as session:
        return listed_of(session, member_id, limit=200).items


def test_points_tiers_and_cards_come_together(small_shop: Shop, clock: FrozenClock) -> None:
    ann, also = two(small_shop)
    buy(small_shop, ann, "a1", line(60_000))
    clock.move(days=1)
    buy(small_shop, also, "b1", line(50_000))
    held = [stands(small_shop, each)["lots"] for each in (ann, also)]
    clock.move(days=1)
    merged = merge(small_shop, ann, also)
    assert (merged.balance, merged.debt, merged.tier) == (600 + 100 + 500 + 100, 0, "silver")
    after = stands(small_shop, ann)["lots"]
    assert [row[1:] for row in after] == [row[1:] for row in [*held[0], *held[1]]]
    assert stands(small_shop, also)["balance"] == 0
    for ref in ({"id": also}, {"card_number": "CARD-B"}, {"phone": "+8613800138001"}, {"id": ann}):
        assert seen(small_shop, **ref).card_number == "CARD-A"
    with small_shop.read() as session:
        assert [each.id for each in listed(session, "", None, 10)] == [ann]
        assert [each.external_id for each in history(session, ann).items] == ["b1", "a1"]
    clock.move(days=1)
    assert buy(small_shop, also, "b2", line(100)).balance == 1300 + 1
    assert balance_of(small_shop, ann).active == 1301
    proven(small_shop)


def test_the_person_has_the_stricter_consent_and_what_either_knew(small_shop: Shop) -> None:
    ann, also = two(small_shop)
    open_chat(small_shop, 7, "zh")
    code = seen(small_shop, id=also).join_code
    join_by_payload(small_shop, Caller("telegram:7", "j"), PayloadJoin(chat_id=7, payload=code))
    before = [stands(small_shop, each) for each in (ann, also)]
    merged = merge(small_shop, ann, also)
    now = seen(small_shop, id=ann)
    assert (now.allow_offers, now.allow_care, now.birthday) == (False, True, date(1990, 5, 1))
    with small_shop.read() as session:
        in_chat = member_in_chat(session, 7)
        assert in_chat is not None
        assert in_chat.id == ann
    part(small_shop, merged.id)
    assert [stands(small_shop, each) for each in (ann, also)] == before
    with small_shop.read() as session:
        in_chat = member_in_chat(session, 7)
        assert in_chat is not None
        assert in_chat.id == also


def test_debts_move_and_part_again(small_shop: Shop, clock: FrozenClock) -> None:
    ann, also = two(small_shop)
    for member, name in ((ann, "a"), (also, "b")):
        bought = buy(small_shop, member, name, line(30_000))
        give(small_shop, member, 100, name)
        clock.move(days=1)
        redeem_reward(small_shop, Caller("till:1", name), RewardWish(member=MemberRef(id=member), reward="mug"))
        if member == also:
            bring_back(small_shop, bought.id, "back", amount=30_000)
    assert (balance_of(small_shop, ann).active, balance_of(small_shop, also).debt) == (200, 200)
    before = [stands(small_shop, each) for each in (ann, also)]
    for keep, other in ((ann, also), (also, ann)):
        merged = merge(small_shop, keep, other)
        assert (merged.balance, merged.debt) == (0, 0)
        proven(small_shop)
        parted = part(small_shop, merged.id)
        assert parted.stayed == []
        assert [stands(small_shop, each) for each in (ann, also)] == before
        proven(small_shop)


def test_a_refund_of_a_merged_purchase_takes_its_own_points_first(small_shop: Shop, clock: FrozenClock) -> None:
    ann, also = two(small_shop)
    bought = buy(small_shop, also, "b1", line(30_000))
    clock.move(days=40)
    buy(small_shop, ann, "a1", line(20_000))
    clock.move(days=1)
    merged = merge(small_shop, ann, also)
    refunded = bring_back(small_shop, bought.id, "back-1", amount=10_000)
    assert (refunded.balance, refunded.tier) == (300 + 100 + 200 + 100 - 100 - 34, "basic")
    assert [row[1] for row in stands(small_shop, ann)["lots"]] == [200, 100, 200, 66]
    with small_shop.read() as session:
        assert standing(small_shop, session, ann).qualifying_spend == 40_000
    proven(small_shop)
    parted = part(small_shop, merged.id)
    assert (parted.keep_balance, parted.other_balance, parted.stayed) == (300, 266, [])
    bring_back(small_shop, bought.id, "back-2", amount=20_000)
    assert (balance_of(small_shop, also).active, balance_of(small_shop, ann).active) == (0, 300)
    proven(small_shop)


def test_what_was_used_since_cannot_go_back(club: Shop, clock: FrozenClock) -> None:
    ann, also = two(club)
    give(club, also, 100)
    ticket = issue_coupon(
        club, Caller("staff:bo", "c"), CouponIssue(member=MemberRef(id=also), template="three", source="x")
    )
    clock.move(days=1)
    merged = merge(club, ann, also)
    clock.move(minutes=1)
    ours = CouponUse(code=ticket.code, external_id="R1", member=MemberRef(id=ann), lines=[line(5_000, "food")])
    redeem_coupon(club, Caller("till:1", "R1"), ours)
    order = redeem_reward(
        club, Caller("till:1", "mug"), RewardWish(member=MemberRef(card_number="CARD-B"), reward="mug")
    )
    parted = part(club, merged.id)
    assert parted.stayed == [Stayed(why="redemption", points=order.points)]
    assert (parted.returned, parted.other_balance, parted.keep_balance) == (100 - order.points, 100 - order.points, 0)
    assert parted.coupons == [ticket.code]
    proven(club)


def test_an_order_of_a_merged_card_is_cancelled_to_the_kept_one(club: Shop, clock: FrozenClock) -> None:
    ann, also = two(club)
    give(club, also, 100)
    order = redeem_reward(club, Caller("till:1", "mug"), RewardWish(member=MemberRef(id=also), reward="mug"))
    merged = merge(club, ann, also)
    cancelled = cancel_reward(club, Caller("staff:bo", "cancel"), CancelReward(code=order.code))
    assert (cancelled.member_id, cancelled.balance) == (ann, 100)
    proven(club)
    parted = part(club, merged.id)
    assert (parted.returned, parted.other_balance) == (100, 100)
    proven(club)


def test_streaks_limits_and_invitations_are_the_persons(small_shop: Shop, clock: FrozenClock) -> None:
    ann, also = two(small_shop)
    friend = enrol_one(small_shop, "Cy", invite_code=seen(small_shop, id=also).invite_code)
    for day in range(3):
        check_in(small_shop, Caller("x", f"c{day}"), CheckInWish(member_id=also))
        clock.move(days=1)
    merge(small_shop, ann, also)
    assert check_in(small_shop, Caller("x", "c3"), CheckInWish(member_id=ann)).streak == 4
    before = balance_of(small_shop, ann).active
    buy(small_shop, friend, "f1", line(9_000))
    assert balance_of(small_shop, ann).active == before + 50
    proven(small_shop)


def test_nobody_is_invited_by_their_own_other_card(small_shop: Shop) -> None:
    ann = enrol_one(small_shop, "Ann")
    also = enrol_one(small_shop, "Anne", invite_code=seen(small_shop, id=ann).invite_code)
    for keep, other in ((ann, also), (also, ann)):
        merged = merge(small_shop, keep, other)
        assert seen(small_shop, id=keep).referrer_id is None
        part(small_shop, merged.id)
        assert (seen(small_shop, id=ann).referrer_id, seen(small_shop, id=also).referrer_id) == (None, ann)
    merge(small_shop, also, ann, "again")
    assert buy(small_shop, also, "b1", line(9_000)).balance == 90 + 100
    proven(small_shop)


def test_who_cannot_be_merged_or_parted(small_shop: Shop) -> None:
    ann, also = two(small_shop)
    third, fourth = enrol_one(small_shop, "Cy"), enrol_one(small_shop, "Di")
    first = merge(small_shop, ann, also)
    before = dump(small_shop)
    for keep, other, why in (
        (ann, ann, "one-member-already"),
        (ann, also, "one-member-already"),
        (third, 99, "unknown-member"),
    ):
        with pytest.raises(Refused, match=why):
            merge(small_shop, keep, other, why)
    with pytest.raises(Refused, match="unknown-merge"):
        part(small_shop, 99)
    assert dump(small_shop) == before
    assert merge(small_shop, ann, also) == first
    merge(small_shop, ann, third)
    part(small_shop, first.id)
    with pytest.raises(Refused, match="merge-undone-already"):
        part(small_shop, first.id, "again")
    second = merge(small_shop, ann, fourth)
    assert "Di" in str(dump(small_shop)["member"])
    forget_member(small_shop, Caller("x", "f"), Forget(member_id=ann))
    with pytest.raises(Refused, match="merge-closed"):
        part(small_shop, second.id)
    rows = {row.id: row for row in _people(small_shop)}
    assert [rows[each].name for each in (ann, also, third, fourth)] == ["", "Anne", "", ""]
    assert seen(small_shop, id=also).card_number == "CARD-B"
    proven(small_shop)


def _people(shop: Shop) -> list[Any]:
    with shop.read() as session:
        return list(session.execute(select(members)).all())


def test_a_purchase_arrives_while_cards_are_merged(small_shop: Shop, clock: FrozenClock) -> None:
    """Either card's, and either way round: each waits for the other's lock, and none is lost."""
    ann, also = two(small_shop)
    pairs = [(ann, also), (also, ann)]

    def one(number: int) -> object:
        if number < 4:
            return merge(small_shop, *pairs[number % 2], key=f"m{number}")
        return buy(small_shop, pairs[number % 2][0], f"p{number}", line(1_000))

    done, refused = at_once(one, 16)
    assert (len(done), refused) == (13, {"one-member-already": 3})
    (merged,) = (each for each in done if isinstance(each, Merged))
    assert balance_of(small_shop, merged.keep_id).active == 12 * 10
    assert balance_of(small_shop, merged.other_id).active == 0
    proven(small_shop)
    undone, refused = at_once(lambda number: _part_or_buy(small_shop, merged, number), 12)
    assert (len(undone), refused) == (9, {"merge-undone-already": 3})
    assert sum(balance_of(small_shop, each).active for each in (ann, also)) == 20 * 10
    proven(small_shop)


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE account SET debt = debt + 1 WHERE member_id = 2", {"debt", "sum", "merge"}),
        ("UPDATE member SET merged_into = NULL WHERE id = 2", {"merge"}),
        ("UPDATE member_merge SET keep_id = 3", {"merge"}),
    ],
)
def test_the_audit_finds_what_is_wrong_with_a_merge(small_shop: Shop, tampering: str, found: set[str]) -> None:
    ann, also = two(small_shop)
    enrol_one(small_shop, "Cy")
    buy(small_shop, also, "b1", line(10_000))
    merge(small_shop, ann, also)
    proven(small_shop)
    with small_shop.write() as session:
        session.execute(text(tampering))
    assert {each.what for each in audit(small_shop).differences} == found


def _part_or_buy(shop: Shop, merged: Merged, number: int) -> object:
    if number < 4:
        return part(shop, merged.id, f"u{number}")
    return buy(shop, merged.other_id, f"q{number}", line(1_000))


def test_a_department_stores_cards(bare_shop: Shop, clock: FrozenClock) -> None:
    """Two cards of one person: one has the card, the other's purchases count in its period."""
    ensure_program(bare_shop, PROGRAMS / "department-store.toml")
    ann, also = enrol_one(bare_shop, "Ann"), enrol_one(bare_shop, "Anne")
    clock.set(datetime.fromisoformat("2026-03-02T12:00+08:00"))
    buy(bare_shop, ann, "a1", line(60_000, "department"))
    clock.move(hours=1)
    buy(bare_shop, also, "b1", line(120_000, "department"))
    clock.move(days=1)
    buy(bare_shop, also, "b2", line(900_000, "department"))
    clock.move(days=1)
    before = [stands(bare_shop, each) for each in (ann, also)]
    merged = merge(bare_shop, ann, also)
    assert (merged.tier, tier_of(bare_shop, ann)) == ("vip", "vip")
    proven(bare_shop)
    part(bare_shop, merged.id)
    after = [stands(bare_shop, each) for each in (ann, also)]
    assert after == before
    proven(bare_shop)


def test_who_is_merged_was_away_no_longer_than_either_card(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, CLOSES)
    gone = enrol_one(bare_shop, "Cy")
    clock.set(shanghai(2024, 1, 10, 12))
    kept = [enrol_one(bare_shop, name) for name in ("Ann", "Bo")]
    for each in kept:
        buy(bare_shop, each, f"p{each}", line(120_000))
    on_to(bare_shop, clock, shanghai(2026, 1, 5, 12))
    reopen(bare_shop, gone)
    also = enrol_one(bare_shop, "Anne")
    for number, (ours, theirs) in enumerate(zip(kept, (gone, also), strict=True)):
        merge(bare_shop, ours, theirs, f"m{number}")
    on_to(bare_shop, clock, shanghai(2028, 1, 5, 23))
    assert [seen(bare_shop, id=each).closed_at for each in kept] == [None, None]
    on_to(bare_shop, clock, shanghai(2028, 1, 6))
    assert [seen(bare_shop, id=each).closed_at for each in kept] == [shanghai(2028, 1, 6)] * 2
    proven(bare_shop)


def test_a_card_brought_in_lately_is_closed_no_sooner_for_a_merge(bare_shop: Shop, clock: FrozenClock) -> None:
    """By itself it would have 60 days from then; the card that it is merged into is over in six."""
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, CLOSES)
    clock.set(shanghai(2024, 1, 10, 12))
    ann = enrol_one(bare_shop, "Ann")
    buy(bare_shop, ann, "p1", line(120_000))
    on_to(bare_shop, clock, shanghai(2026, 1, 5, 12))
    ben = enrol_one(bare_shop, "Ben", joined_at=shanghai(2015, 1, 1))
    merge(bare_shop, ann, ben)
    on_to(bare_shop, clock, shanghai(2028, 1, 5, 23))
    assert seen(bare_shop, id=ann).closed_at is None
    on_to(bare_shop, clock, shanghai(2028, 1, 6))
    assert seen(bare_shop, id=ann).closed_at == shanghai(2028, 1, 6)
    proven(bare_shop)
