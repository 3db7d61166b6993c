"""What members bring from another system: points with their ends, tiers, coupons. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from core.db.ledger import lots
from core.insight.balance import Expiring
from core.insight.coupons import coupons
from core.insight.ledger import EntryOut, entries
from core.insight.members import MemberRef, member_of
from core.insight.tier import moves, standing
from core.services.books.run_due import run_due
from core.services.common import LineIn
from core.services.importing.columns import ColumnMap
from core.services.importing.import_balances import import_balances
from core.services.importing.import_coupons import import_coupons
from core.services.importing.import_members import import_members
from core.services.importing.import_tiers import import_tiers
from core.services.importing.outcome import Imported
from core.services.importing.reading import RefusedRow
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import CouponUse, redeem_coupon
from core.shop import Shop
from core.words import entry_name, explain, tier_reason_words
from core.words.texts import LANGUAGES
from tests.club import club as club
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS
from tests.shopping import balance_of, buy, dump, enrol_one, line, proven

EXAMPLES = Path(__file__).parent.parent.parent / "docs" / "examples"
IMPORTS: dict[str, Callable[..., Imported]] = {
    "members": import_members,
    "balances": import_balances,
    "tiers": import_tiers,
    "coupons": import_coupons,
}


def run(shop: Shop, what: str, file: Path, columns: ColumnMap | None = None) -> tuple[int, list[RefusedRow]]:
    refused: list[RefusedRow] = []
    caller = Caller("import", "")
    counted = IMPORTS[what](shop, caller, file, columns or ColumnMap(), refused.append, lambda *_: None)
    assert (counted.refused, counted.rows) == (len(refused), counted.accepted + len(refused))
    return counted.accepted, refused


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8") -> Path:
        file = tmp_path / "old.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return write


def card(shop: Shop, number: str) -> int:
    with shop.read() as session:
        return member_of(session, MemberRef(card_number=number)).id


def newest(shop: Shop, member_id: int) -> EntryOut:
    with shop.read() as session:
        return entries(session, member_id, limit=1).items[0]


def test_the_examples_of_the_documentation(shop: Shop, clock: FrozenClock) -> None:
    for what in IMPORTS:
        assert run(shop, what, EXAMPLES / f"{what}.csv")[1] == []
    ann, li, bob = (card(shop, number) for number in ("10001", "10002", "10003"))
    assert balance_of(shop, ann).active == 1330
    assert [each.points for each in balance_of(shop, ann).expiring] == [1250, 80]
    assert (balance_of(shop, li).active, balance_of(shop, bob).debt) == (400, 120)
    with shop.read() as session:
        assert [standing(shop, session, each).tier for each in (ann, li, bob)] == ["gold", "silver", "regular"]
        assert [(each.code, each.status) for each in coupons(shop, session, ann)] == [("HELLO-77", "issued")]
        assert len(coupons(shop, session, li)) == 1
        assert coupons(shop, session, bob) == []
        (moved,) = moves(session, ann)
    with shop.reading() as (_, program):
        for language in LANGUAGES:
            for member in (ann, li, bob):
                entry = newest(shop, member)
                assert entry_name(program, entry, language, strict=True)
                assert explain(program, entry, language, strict=True)
            assert tier_reason_words(program, moved.from_tier, moved.to_tier, moved.reason, language, strict=True)
        owed = newest(shop, bob)
        assert explain(program, owed, "en") == ["You owed 120 points in Old Loyalty, reference B-4"]
    before = dump(shop)
    for what in IMPORTS:
        assert run(shop, what, EXAMPLES / f"{what}.csv")[1] == []
    assert dump(shop) == before
    proven(shop)


def test_points_keep_their_end_and_debts_are_paid_first(
    small_shop: Shop, clock: FrozenClock, written: Callable[..., Path]
) -> None:
    ann = enrol_one(small_shop, card_number="0001", phone="+86 138 0013 8000")
    rows = [
        "a;0001;;-30;;",
        "b;0001;;100;2026-03-31;",
        "c;;+8613800138000;1,000;2026-04-01 12:00;",
        "d;0001;;7;9999-12-31;",
        "e;0001;;5;;2026-01-15",
        "f;0001;;(10);;",
        "g;0001;;0;;",
    ]
    file = written("reference;card_number;phone;points;expires_at;earned_at\r\n" + "\r\n".join(rows), "utf-8-sig")
    assert run(small_shop, "balances", file) == (7, [])
    held = balance_of(small_shop, ann)
    assert (held.active, held.debt) == (100 - 30 - 10 + 1000 + 7 + 5, 0)
    ends = [  # the shop is in Shanghai; 12 months from 15 January
        (60, datetime(2026, 3, 31, 16, tzinfo=UTC)),
        (1000, datetime(2026, 4, 1, 4, tzinfo=UTC)),
        (5, datetime(2027, 1, 15, 16, tzinfo=UTC)),
        (7, datetime(9999, 1, 1, tzinfo=UTC)),
    ]
    with small_shop.read() as session:
        query = select(lots.c.remaining, lots.c.expires_at).where(lots.c.remaining > 0)
        found = [tuple(row) for row in session.execute(query.order_by(lots.c.expires_at))]
    assert found == ends
    assert held.expiring[0] == Expiring(points=60, expires_at=ends[0][1])
    clock.set(datetime(2026, 3, 31, 16, tzinfo=UTC))
    run_due(small_shop)
    assert balance_of(small_shop, ann).active == 1012
    proven(small_shop)


def test_every_bad_row_says_what_and_how_to_mend_it(small_shop: Shop, written: Callable[..., Path]) -> None:
    enrol_one(small_shop, card_number="0001")
    before = dump(small_shop)["ledger_entry"]
    rows = [
        "a,0001,ten,,",
        "b,0001,1.5,,",
        "c,0009,10,,",
        ",0001,10,,",
        "e,,10,,",
        "f,0001,10,2026-03-01,",
        "g,0001,10,,2024-01-01",
        "h,0001,10,,2026-03-20",
        "i,0001,10,31/12/2026,",
        "j,0001,2000000000,,",
        "k,0001,10,",
    ]
    taken, refused = run(
        small_shop, "balances", written("reference,card_number,points,expires_at,earned_at\n" + "\n".join(rows))
    )
    assert taken == 0
    assert [(row.line, row.field, row.value) for row in sorted(refused, key=lambda row: row.line)] == [
        (2, "points", "ten"),
        (3, "points", "1.5"),
        (4, "card_number", "0009"),
        (5, "reference", ""),
        (6, "card_number", ""),
        (7, "expires_at", "2026-03-01"),
        (8, "expires_at", ""),
        (9, "earned_at", "2026-03-20"),
        (10, "expires_at", "31/12/2026"),
        (11, "points", "2000000000"),
        (12, "", ""),
    ]
    assert all(row.reason and row.mend for row in refused)
    assert dump(small_shop)["ledger_entry"] == before


def test_a_reference_stands_for_one_row(small_shop: Shop, written: Callable[..., Path]) -> None:
    ann = enrol_one(small_shop, card_number="0001")
    rows = "reference,card_number,points\nr1,0001,10\nr1,0001,10\nr1,0001,11\n"
    taken, [refused] = run(small_shop, "balances", written(rows))
    assert (taken, refused.line, refused.field, refused.value) == (2, 4, "reference", "r1")
    assert balance_of(small_shop, ann).active == 10


def test_a_tier_ends_on_its_day_and_the_rules_go_on(
    small_shop: Shop, clock: FrozenClock, written: Callable[..., Path]
) -> None:
    ann, bob = enrol_one(small_shop, "Ann", card_number="0001"), enrol_one(small_shop, "Bob", card_number="0002")
    file = written("会员号,等级,至\n0001,金卡,2026-05-31\n0002,银卡,2026-05-31\n", "gbk")
    columns = ColumnMap(
        columns={"card_number": "会员号", "tier": "等级", "until": "至"}, tiers={"金卡": "gold", "银卡": "silver"}
    )
    assert run(small_shop, "tiers", file, columns) == (2, [])
    end = datetime(2026, 5, 31, 16, tzinfo=UTC)
    clock.move(minutes=1)
    buy(small_shop, ann, "a1", line(100_000))  # gold earns twice; it reaches silver by itself
    with small_shop.read() as session:
        held = standing(small_shop, session, ann)
        assert (held.tier, held.until) == ("gold", end)
    assert balance_of(small_shop, ann).active == 2000 + 100
    proven(small_shop)
    clock.set(end)
    run_due(small_shop)
    with small_shop.read() as session:
        assert [standing(small_shop, session, each).tier for each in (ann, bob)] == ["silver", "basic"]
    proven(small_shop)


def test_tiers_that_cannot_be_taken_over(small_shop: Shop, clock: FrozenClock, written: Callable[..., Path]) -> None:
    for number in range(1, 6):
        enrol_one(small_shop, f"m{number}", card_number=f"000{number}")
    rows = "0001,brass,\n0002,gold,2026-03-01\n0003,gold,2031-01-01\n0004,basic,2031-01-01\n0005,gold,\n0005,silver,\n"
    taken, refused = run(small_shop, "tiers", written("card_number,tier,until\n" + rows))
    assert taken == 2
    assert [(row.line, row.field) for row in refused] == [(2, "tier"), (3, "until"), (4, "until"), (7, "card_number")]
    assert "2027" in refused[2].reason


def test_a_card_of_a_department_store_has_no_end_of_its_own(bare_shop: Shop, written: Callable[..., Path]) -> None:
    ensure_program(bare_shop, PROGRAMS / "department-store.toml")
    ann = enrol_one(bare_shop, card_number="0001")
    enrol_one(bare_shop, "Bob", card_number="0002")
    rows = "card_number,tier,until\n0001,silver,\n0002,silver,2026-12-31\n"
    taken, [refused] = run(bare_shop, "tiers", written(rows))
    assert (taken, refused.field, refused.mend) == (1, "until", "leave the cell empty")
    with bare_shop.read() as session:
        assert standing(bare_shop, session, ann).tier == "silver"
    proven(bare_shop)


def test_coupons_keep_their_code_where_it_is_free(club: Shop, clock: FrozenClock, written: Callable[..., Path]) -> None:
    ann, bob = enrol_one(club, "Ann", card_number="0001"), enrol_one(club, "Bob", card_number="0002")
    ours = issue_coupon(
        club, Caller("staff:bo", "c"), CouponIssue(member=MemberRef(id=bob), template="three", source="x")
    )
    rows = [
        "c1,0001,three,old-1,2026-04-30,",
        f"c2,0001,three,{ours.code},,",
        "c3,0001,three,,2026-02-28,",
        "c4,0001,nothing,,,",
        "c5,0001,ten,used-1,2025-01-31,redeemed",
        "c6,0001,three,,,torn",
        "c7,0002,three,OLD-1,,",
    ]
    file = written("reference,card_number,template,code,valid_until,status\n" + "\n".join(rows))
    taken, refused = run(club, "coupons", file)
    assert taken == 2
    assert {(row.line, row.field) for row in refused} == {
        (3, "code"),
        (4, "valid_until"),
        (5, "template"),
        (7, "status"),
        (8, "code"),
    }
    with club.read() as session:
        every = {each.code: each for each in coupons(club, session, ann, ("issued", "redeemed", "lapsed"))}
    assert set(every) == {"OLD-1", "USED-1"}
    assert every["USED-1"].status == "redeemed"
    used = CouponUse(
        code="old-1", external_id="R1", lines=[LineIn(sku="x", category="food", quantity=1, unit_price=5_000)]
    )
    assert redeem_coupon(club, Caller("till:1", "R1"), used).discount > 0
    assert run(club, "coupons", file)[0] == 2
