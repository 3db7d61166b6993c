"""A tier by invitation, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.insight.tier import moves, standing
from core.rules.refusal import Refused
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.invite import Invitation, Invited, invite
from core.services.once import Caller
from core.shop import Shop
from core.words.tiers import tier_reason_words
from tests.conftest import FrozenClock
from tests.shopping import balance_of, buy, dump, enrol_one, line, proven


def ask(shop: Shop, member_id: int, tier: str, key: str = "i1") -> Invited:
    return invite(shop, Caller("staff:bo", key), Invitation(member=MemberRef(id=member_id), tier=tier))


def test_the_invited_hold_the_tier_and_earn_by_it(small_shop: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(small_shop)
    invited = ask(small_shop, member_id, "gold")
    assert invited.tier == "gold"
    assert [(each.kind, each.points, each.rule) for each in invited.entries] == [("adjustment", 0, "invitation")]
    clock.move(days=1)
    bought = buy(small_shop, member_id, "r1", line(1000))
    assert bought.balance == 20  # 10 yuan × 2 as gold
    proven(small_shop)


def test_an_invitation_is_kept_once(small_shop: Shop) -> None:
    member_id = enrol_one(small_shop)
    first = ask(small_shop, member_id, "gold")
    before = dump(small_shop)
    assert ask(small_shop, member_id, "gold") == first
    assert dump(small_shop) == before


def test_it_ends_like_a_tier_that_was_reached(small_shop: Shop, clock: FrozenClock) -> None:
    """Twelve months to the end of the day: invited on 2 March 2026 (23:00 in Shanghai), held through 2 March 2027."""
    member_id = enrol_one(small_shop)
    ask(small_shop, member_id, "silver")
    clock.set(datetime(2027, 3, 2, 16, 0, tzinfo=UTC) - timedelta(seconds=1))
    run_due(small_shop)
    with small_shop.read() as session:
        assert standing(small_shop, session, member_id).tier == "silver"
    clock.move(seconds=1)
    run_due(small_shop)
    with small_shop.read() as session:
        assert standing(small_shop, session, member_id).tier == "basic"
        assert [(each.from_tier, each.to_tier) for each in moves(session, member_id)] == [
            ("silver", "basic"),
            ("basic", "silver"),
        ]
    assert balance_of(small_shop, member_id).active == 0
    proven(small_shop)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "From Basic to Gold: by invitation of the shop."), ("zh-Hans", "由普通升为金卡：受门店邀请。")],
)
def test_the_move_says_that_it_was_an_invitation(small_shop: Shop, language: str, said: str) -> None:
    member_id = enrol_one(small_shop)
    ask(small_shop, member_id, "gold")
    with small_shop.reading() as (session, program):
        (move,) = moves(session, member_id)
    assert tier_reason_words(program, move.from_tier, move.to_tier, move.reason, language, strict=True) == said


@pytest.mark.parametrize(
    ("tier", "reason"), [("gild", "tier-unknown"), ("silver", "tier-not-higher"), ("basic", "tier-not-higher")]
)
def test_refused_and_nothing_changed(small_shop: Shop, tier: str, reason: str) -> None:
    member_id = enrol_one(small_shop)
    ask(small_shop, member_id, "silver")
    before = dump(small_shop)
    with pytest.raises(Refused) as refused:
        ask(small_shop, member_id, tier, "i2")
    assert refused.value.refusal.reason == reason
    assert dump(small_shop) == before
