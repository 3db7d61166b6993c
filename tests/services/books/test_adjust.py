"""Points put right by hand, on both databases."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.db.staff import audit_logs
from core.rules.refusal import Refused
from core.services.books.adjust import MAX_ADJUSTMENT, Adjustment, AdjustmentResult, adjust
from core.services.common import MemberRef
from core.services.once import Caller
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import balance_of, dump, enrol_one, proven


def put_right(shop: Shop, member_id: int, points: int, key: str) -> AdjustmentResult:
    wish = Adjustment(member=MemberRef(id=member_id), points=points, reason="the till was down")
    return adjust(shop, Caller("staff:bo", key), wish)


def test_points_given_and_taken(club: Shop) -> None:
    member_id = enrol_one(club)
    given = put_right(club, member_id, 100, "a")
    taken = put_right(club, member_id, -30, "b")
    assert (given.balance, taken.balance, taken.debt) == (100, 70, 0)
    entry = taken.entries[0]
    assert (entry.kind, entry.rule, entry.points) == ("adjustment", "manual", -30)
    assert entry.explanation["inputs"] == {"reason": "the till was down"}
    with club.read() as session:
        noted = session.execute(select(audit_logs).where(audit_logs.c.action == "adjust")).all()
    assert [(row.actor, row.target, row.detail["points"]) for row in noted] == [
        ("staff:bo", f"member:{member_id}", 100),
        ("staff:bo", f"member:{member_id}", -30),
    ]
    proven(club)


def test_given_points_last_as_long_as_earned_ones(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    put_right(club, member_id, 100, "a")
    clock.move(days=365)
    assert balance_of(club, member_id).active == 100
    clock.move(hours=1)
    assert balance_of(club, member_id).active == 0


def test_more_than_there_is_cannot_be_taken(club: Shop) -> None:
    member_id = enrol_one(club)
    put_right(club, member_id, 100, "a")
    before = dump(club)
    with pytest.raises(Refused) as caught:
        put_right(club, member_id, -101, "b")
    assert caught.value.refusal.reason == "points-short"
    assert caught.value.refusal.facts == {"needed": 101, "active": 100, "missing": 1}
    assert dump(club) == before


def test_an_unknown_member_is_refused(club: Shop) -> None:
    before = dump(club)
    with pytest.raises(Refused, match="unknown-member"):
        put_right(club, 77, 1, "a")
    assert dump(club) == before


def test_the_same_key_for_another_amount_is_refused(club: Shop) -> None:
    member_id = enrol_one(club)
    put_right(club, member_id, 100, "a")
    before = dump(club)
    with pytest.raises(Refused, match="key-reused"):
        put_right(club, member_id, 101, "a")
    assert dump(club) == before


@pytest.mark.parametrize("points", [0, MAX_ADJUSTMENT + 1, -MAX_ADJUSTMENT - 1])
def test_bounds(points: int) -> None:
    with pytest.raises(ValidationError, match="points"):
        Adjustment(member=MemberRef(id=1), points=points, reason="why")


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_a_reason_is_needed(reason: str) -> None:
    with pytest.raises(ValidationError, match="reason"):
        Adjustment(member=MemberRef(id=1), points=1, reason=reason)
