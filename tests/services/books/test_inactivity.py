"""Points that lapse when the member stays away: 12 months after the last purchase, however late that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from operator import itemgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.db.ledger import lots
from core.insight.ledger import entries
from core.program.loading import load
from core.program.schema import Program
from core.services.books.adjust import Adjustment, adjust
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.importing.import_balances import OpeningBalance, open_balance
from core.services.members.merge_members import Merge, merge_members
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.services.once import Caller
from core.services.programs.preview_program import preview_program
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.programs.story import read_story
from core.services.replaying.replay import outcomes
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.rules.stores import shanghai
from tests.shopping import STORIES, balance_of, bring_back, buy, enrol_one, line, proven

IDLE = SMALL.read_text(encoding="utf-8").replace(
    "expires_months = 12", 'expires = "inactivity"\nexpires_months = 12\nactive_by = ["purchase", "reward"]'
)
PROGRAM: Program = load(IDLE, "idle")


@pytest.fixture
def idle_shop(bare_shop: Shop, clock: FrozenClock) -> Iterator[Shop]:
    """Since 1 January 2024, noon in Shanghai."""
    clock.set(shanghai(2024, 1, 1, 12))
    publish_program(bare_shop, Caller("staff:bo", "v1"), ProgramDraft(source=IDLE))
    yield bare_shop
    proven(bare_shop)
    with bare_shop.read() as session:
        version = bare_shop.version_at(session, bare_shop.now())
    for before, after in outcomes(bare_shop, version.program, version.effective_at if version.id > 1 else None):
        assert after == before


def ends(shop: Shop, member_id: int) -> list[tuple[int, date]]:
    """Points left and the last day on which they can be spent."""
    with shop.read() as session:
        rows = session.execute(select(lots).where(lots.c.member_id == member_id, lots.c.remaining > 0)).all()
    return sorted((row.remaining, date.fromordinal(local(row.expires_at).toordinal() - 1)) for row in rows)


def local(at: datetime) -> date:
    return at.astimezone(PROGRAM.program.zone).date()


def told(shop: Shop, member_id: int) -> list[tuple[str, str, int]]:
    with shop.read() as session:
        return [(each.kind, each.rule, each.points) for each in reversed(entries(session, member_id).items)]


def test_every_purchase_moves_the_end_of_all_points_on(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    clock.set(shanghai(2024, 6, 1, 18))
    buy(idle_shop, ann, "p2", line(3000))
    assert ends(idle_shop, ann) == [(30, date(2025, 6, 1)), (40, date(2025, 6, 1))]
    clock.set(shanghai(2025, 6, 1, 23, 59))
    run_due(idle_shop)
    held = balance_of(idle_shop, ann)
    assert (held.active, [(each.points, each.idle) for each in held.expiring]) == (70, [(70, True)])
    clock.set(shanghai(2025, 6, 2))
    assert run_due(idle_shop) == run_due(idle_shop).model_copy(update={"accounts": 1})
    assert balance_of(idle_shop, ann).active == 0
    assert told(idle_shop, ann)[2:] == [("expiry", "expiry", -70)]


def test_a_late_purchase_undoes_the_lapse_that_it_disproves(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    clock.set(shanghai(2025, 1, 5, 9))
    run_due(idle_shop)
    assert balance_of(idle_shop, ann).active == 0
    late = buy(idle_shop, ann, "p2", line(3000), at=shanghai(2025, 1, 1, 23, 59))
    assert [(each.kind, each.points, each.source) for each in late.entries] == [
        ("accrual", 30, "purchase:p2"),
        ("reversal", 40, "purchase:p2"),
    ]
    assert late.entries[1].explanation["steps"] == [
        {"do": "still_active", "points": 40, "at": "2025-01-01T15:59:00+00:00"}
    ]
    assert ends(idle_shop, ann) == [(30, date(2026, 1, 1)), (40, date(2026, 1, 1))]
    buy(idle_shop, ann, "p3", line(2000), at=shanghai(2025, 1, 2))
    assert ends(idle_shop, ann) == [(20, date(2026, 1, 2)), (30, date(2026, 1, 2)), (40, date(2026, 1, 2))]


def test_a_purchase_on_the_day_after_comes_too_late(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    clock.set(shanghai(2025, 1, 5, 9))
    buy(idle_shop, ann, "p2", line(3000), at=shanghai(2025, 1, 2))
    assert ends(idle_shop, ann) == [(30, date(2026, 1, 2))]


def test_points_that_are_there_again_may_have_lapsed_later(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    clock.set(shanghai(2026, 3, 1, 9))
    run_due(idle_shop)
    buy(idle_shop, ann, "p2", line(3000), at=shanghai(2024, 6, 1))
    assert told(idle_shop, ann) == [
        ("accrual", "base", 40),
        ("expiry", "expiry", -40),
        ("accrual", "base", 30),
        ("reversal", "expiry", 40),
        ("expiry", "expiry", -70),
    ]
    with idle_shop.read() as session:
        assert local(entries(session, ann).items[0].effective_at) == date(2025, 6, 2)


def test_a_reward_counts_as_being_active_and_so_does_a_refunded_purchase(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", *[line(4000)] * 8)
    clock.set(shanghai(2024, 9, 1, 9))
    redeem_reward(idle_shop, Caller("chat:1", "r1"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    assert ends(idle_shop, ann) == [(20, date(2025, 9, 1)), (100, date(2025, 9, 1))]
    clock.set(shanghai(2025, 3, 1, 9))
    back = buy(idle_shop, ann, "p2", line(4000))
    bring_back(idle_shop, back.id, "b1", amount=4000)
    assert ends(idle_shop, ann) == [(20, date(2026, 3, 1)), (100, date(2026, 3, 1))]


def test_other_points_have_a_term_of_their_own_that_purchases_move_on(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    adjust(idle_shop, Caller("staff:bo", "a1"), Adjustment(member=MemberRef(id=ann), points=5, reason="sorry"))
    with idle_shop.write() as session:
        wish = OpeningBalance(
            member=MemberRef(id=ann), points=7, expires_at=shanghai(2024, 7, 2), reference="1", system="old"
        )
        open_balance(idle_shop, session, Caller("staff:bo", "i1"), wish)
    assert ends(idle_shop, ann) == [(5, date(2025, 1, 1)), (7, date(2024, 7, 1))]
    clock.set(shanghai(2024, 7, 1, 9))
    buy(idle_shop, ann, "p2", line(3000))
    assert ends(idle_shop, ann) == [(5, date(2025, 7, 1)), (7, date(2025, 7, 1)), (30, date(2025, 7, 1))]


def test_points_keep_the_terms_of_the_program_that_gave_them(idle_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    clock.set(shanghai(2024, 6, 1, 9))
    later = IDLE.replace('expires = "inactivity"', "").replace('active_by = ["purchase", "reward"]', "")
    publish_program(idle_shop, Caller("staff:bo", "v2"), ProgramDraft(source=later, drafted_by="staff:al"))
    buy(idle_shop, ann, "p2", line(3000))
    clock.set(shanghai(2024, 8, 1, 9))
    buy(idle_shop, ann, "p3", line(2000))
    assert ends(idle_shop, ann) == [(20, date(2025, 8, 1)), (30, date(2025, 6, 1)), (40, date(2025, 8, 1))]


def test_a_joined_card_shares_its_persons_activity_and_takes_the_end_back(idle_shop: Shop, clock: FrozenClock) -> None:
    ann, other = enrol_one(idle_shop), enrol_one(idle_shop, "Ann again")
    buy(idle_shop, ann, "p1", line(4000))
    buy(idle_shop, other, "p2", line(3000))
    clock.set(shanghai(2024, 6, 1, 9))
    buy(idle_shop, other, "p3", line(2000))
    merge = merge_members(
        idle_shop, Caller("staff:bo", "m"), Merge(keep=MemberRef(id=ann), other=MemberRef(id=other), reason="one")
    )
    assert ends(idle_shop, ann) == [(20, date(2025, 6, 1)), (30, date(2025, 6, 1)), (40, date(2025, 1, 1))]
    clock.set(shanghai(2024, 8, 1, 9))
    buy(idle_shop, other, "p4", line(1000))
    assert {end for _, end in ends(idle_shop, ann)} == {date(2025, 8, 1)}
    unmerge_members(idle_shop, Caller("staff:bo", "u"), Unmerge(merge_id=merge.id, reason="two after all"))
    assert ends(idle_shop, other) == [(20, date(2025, 8, 1)), (30, date(2025, 8, 1))]


NUMBERS = count()


@given(days=st.lists(st.integers(0, 900), min_size=2, max_size=6), data=st.data())
@STORIES
def test_in_whatever_order_purchases_are_told_the_same_points_lapse_at_the_same_time(
    idle_shop: Shop, clock: FrozenClock, days: list[int], data: st.DataObject
) -> None:
    number, begin = next(NUMBERS), shanghai(2024, 1, 1, 12)
    clock.set(begin + timedelta(days=900, hours=1))
    bought = [(line(1000 * place), begin + timedelta(days=day)) for place, day in enumerate(days, 1)]
    stood = []
    for way in (sorted(bought, key=itemgetter(1)), data.draw(st.permutations(bought))):
        member = enrol_one(idle_shop, f"Member {next(NUMBERS)}")
        for place, (each, at) in enumerate(way):
            buy(idle_shop, member, f"{number}-{member}-{place}", each, at=at)
        stood.append((balance_of(idle_shop, member), ends(idle_shop, member)))
    assert stood[0] == stood[1]


def test_the_story_of_the_docs(tmp_path: Path) -> None:
    def bought(at: str, number: int, amount: int, **late: str) -> dict[str, object]:
        thing = {"sku": "tea", "category": "grocery", "quantity": 1, "unit_price": amount}
        return {"at": f"{at}+08:00", "do": "purchase", "member": "ann", "id": f"p{number}", "lines": [thing], **late}

    story = [
        {"at": "2026-01-01T09:00:00+08:00", "do": "enrol", "member": "ann"},
        bought("2026-01-01T10:00:00", 1, 4000),
        bought("2026-06-01T10:00:00", 2, 3000),
        {"at": "2027-06-02T00:00:00+08:00", "do": "tick", "member": "ann"},
        bought("2027-06-05T10:00:00", 3, 2000, occurred_at="2027-05-31T20:00:00+08:00"),
    ]
    file = tmp_path / "story.jsonl"
    file.write_text("\n".join(map(json.dumps, story)), encoding="utf-8")
    told = list(preview_program(IDLE, PROGRAM, read_story(file, PROGRAM)))
    assert [each.balance for each in told] == [0, 40, 70, 0, 90]
    assert [[(entry.kind, entry.points) for entry in each.entries] for each in told[3:]] == [
        [("expiry", -70)],
        [("accrual", 20), ("reversal", 70)],
    ]


def test_the_audit_proves_when_points_lapse(idle_shop: Shop) -> None:
    ann = enrol_one(idle_shop)
    buy(idle_shop, ann, "p1", line(4000))
    with idle_shop.write() as session:
        session.execute(update(lots).values(expires_at=shanghai(2026, 1, 1)))
    assert [(each.what, each.member_id) for each in audit(idle_shop).differences] == [("lot_lapse", ann)]
    with idle_shop.write() as session:
        session.execute(update(lots).values(expires_at=shanghai(2025, 1, 2)))
