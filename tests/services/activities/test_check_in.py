"""Check-ins, on both databases. It is 23:00 in Shanghai when the clock starts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.insight.ledger import entries
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckedIn, CheckInWish, check_in
from core.services.once import Caller
from core.shop import Shop
from tests.club import SOURCE, publish
from tests.conftest import FrozenClock
from tests.shopping import dump, enrol_one, proven


def visit(shop: Shop, member_id: int, key: str | None = None) -> CheckedIn:
    return check_in(shop, Caller("telegram:1", key or f"visit:{shop.now()}"), CheckInWish(member_id=member_id))


def test_a_visit_is_paid_and_explained(club: Shop) -> None:
    member_id = enrol_one(club)
    done = visit(club, member_id)
    assert (done.day, done.streak, done.points, done.balance) == (date(2026, 3, 2), 1, 5, 5)
    with club.read() as session:
        entry = entries(session, member_id).items[0]
    assert (entry.kind, entry.rule, entry.points) == ("bonus", "check_in", 5)
    assert entry.explanation["inputs"] == {"day": "2026-03-02", "streak": 1}
    assert entry.expires_at is not None
    assert entry.expires_at - club.now() == timedelta(days=365, hours=1)  # to the end of 2 March in Shanghai


def test_a_day_is_the_shops_day(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    visit(club, member_id)
    clock.move(minutes=59, seconds=59)
    before = dump(club)
    with pytest.raises(Refused) as caught:
        visit(club, member_id)
    assert caught.value.refusal.reason == "checked-in-already"
    assert caught.value.refusal.facts == {"day": "2026-03-02", "streak": 1}
    assert dump(club) == before
    clock.move(seconds=1)
    assert visit(club, member_id).streak == 2


def test_the_same_tap_twice_is_one_visit(club: Shop) -> None:
    member_id = enrol_one(club)
    first = visit(club, member_id, "tap")
    before = dump(club)
    assert visit(club, member_id, "tap") == first
    assert dump(club) == before


def test_streaks_are_paid_on_top_each_time_they_are_complete(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    brought = []
    for _ in range(7):
        brought.append([(entry.rule, entry.points) for entry in visit(club, member_id).entries])
        clock.move(days=1)
    visit_, two, three = ("check_in", 5), ("streak", 7), ("streak", 20)
    assert brought == [
        [visit_],
        [visit_, two],
        [visit_, three],
        [visit_, two],
        [visit_],
        [visit_, two, three],
        [visit_],
    ]
    proven(club)


def test_a_missed_day_starts_anew(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    visit(club, member_id)
    clock.move(days=2)
    assert (visit(club, member_id).streak, visit(club, enrol_one(club, "Bob"), "bob").streak) == (1, 1)


def test_a_program_without_check_ins_offers_none(bare_shop: Shop) -> None:
    start, end = SOURCE.index("[check_in]"), SOURCE.index("[[coupons]]")
    publish(bare_shop, SOURCE[:start] + SOURCE[end:])
    member_id = enrol_one(bare_shop)
    with pytest.raises(Refused, match="check-in-not-offered"):
        visit(bare_shop, member_id)


def test_nobody_checks_in_nowhere(club: Shop) -> None:
    with pytest.raises(Refused, match="unknown-member"):
        visit(club, 77)
