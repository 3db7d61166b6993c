"""The year-end bonus: at the turn of the year in the program's zone, once a year, and right whatever comes later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select

from core.db.ledger import accounts, entries
from core.services.books.adjust import Adjustment, adjust
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.services.purchases.record_purchase import record_purchases
from core.shop import Shop
from core.words import entry_name, explain
from core.words.texts import LANGUAGES
from tests.conftest import FrozenClock
from tests.merging import merge
from tests.shopping import balance_of, bring_back, buy, dump, enrol_one, line, order, proven

SMALL = (Path(__file__).parent.parent.parent / "small.toml").read_text(encoding="utf-8")
BONUS = """
[[year_end]]
id = "great"
name = { en = "A great year", zh-Hans = "年度奖励" }
spend = 20_000_001
points = 20_000
"""
FOR_BASIC = BONUS.replace("20_000_001", "50_000").replace("20_000", "7") + 'tiers = ["basic"]\n'
YEARS = '[tiering]\nkind = "years"\n'
TURN = datetime(2026, 12, 31, 16, tzinfo=UTC)  # midnight in Shanghai
JUST_BEFORE = timedelta(microseconds=1)


def publish(shop: Shop, source: str, at: datetime | None = None) -> None:
    wish = ProgramDraft(source=source, effective_at=at, drafted_by="staff:al")
    publish_program(shop, Caller("staff:bo", f"p:{hash((source, at))}"), wish)


def rolling(shop: Shop) -> Shop:
    publish(shop, SMALL + BONUS)
    return shop


def by_years(shop: Shop) -> Shop:
    source = SMALL.replace("spend = 100_000", 'ways = [{ by = "years", spend = 100_000 }]')
    source = source.replace("spend = 500_000\npoints = 8000", 'ways = [{ by = "years", spend = 500_000 }]')
    publish(shop, source.replace("[earning]", f"{YEARS}\n[earning]", 1) + BONUS)
    return shop


def bonuses(shop: Shop, member_id: int) -> list[tuple[str, int, datetime]]:
    query = select(entries).where(entries.c.member_id == member_id, entries.c.rule == "year_end:great")
    with shop.read() as session:
        return [(row.kind, row.points, row.effective_at) for row in session.execute(query.order_by(entries.c.id))]


@pytest.mark.parametrize("program", [rolling, by_years])
def test_a_great_year_brings_its_points_as_it_ends(bare_shop: Shop, clock: FrozenClock, program: object) -> None:
    shop = program(bare_shop)  # type: ignore[operator]
    ann, bob = enrol_one(shop, "Ann"), enrol_one(shop, "Bob")
    buy(shop, ann, "a1", line(20_000_001, "gift-card"))
    buy(shop, bob, "b1", line(20_000_000, "gift-card"))
    clock.set(TURN - JUST_BEFORE)
    run_due(shop)
    assert bonuses(shop, ann) == []
    clock.set(TURN)
    run_due(shop)
    assert bonuses(shop, ann) == [("bonus", 20_000, TURN)]
    assert bonuses(shop, bob) == []
    clock.move(days=1)
    run_due(shop)
    assert bonuses(shop, ann) == [("bonus", 20_000, TURN)]
    proven(shop)


def test_a_merge_leaves_each_card_the_bonus_of_a_year_that_was_over(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = rolling(bare_shop)
    ann, bob = enrol_one(shop, "Ann"), enrol_one(shop, "Bob")
    buy(shop, ann, "a1", line(30_000_000, "gift-card"))
    known = buy(shop, bob, "b1", line(30_000_000, "gift-card"))
    clock.set(TURN + timedelta(hours=1))
    merge(shop, ann, bob)
    buy(shop, ann, "a2", line(100), at=TURN - timedelta(days=1))  # late: the year is looked at again
    assert [bonuses(shop, each) for each in (ann, bob)] == [[("bonus", 20_000, TURN)]] * 2
    assert balance_of(shop, ann).active == 2 * (20_000 + 100) + 2
    proven(shop)
    bring_back(shop, known.id, "r1", amount=30_000_000)
    assert [sum(points for _, points, _ in bonuses(shop, each)) for each in (ann, bob)] == [20_000, 0]
    proven(shop)


def test_whoever_asks_first_in_the_new_year_finds_it(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = rolling(bare_shop)
    ann = enrol_one(shop)
    buy(shop, ann, "a1", line(30_000_000, "gift-card"))
    clock.set(TURN + timedelta(hours=1))
    assert buy(shop, ann, "a2", line(100)).balance == 100 + 20_000 + 2
    proven(shop)


def test_each_year_is_judged_by_itself_and_its_points_last_as_others(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = rolling(bare_shop)
    ann = enrol_one(shop)
    buy(shop, ann, "a1", line(15_000_000, "gift-card"))
    clock.set(TURN - timedelta(minutes=1))
    buy(shop, ann, "a2", line(10_000_000, "gift-card"))
    clock.set(TURN)
    buy(shop, ann, "a3", line(19_000_000, "gift-card"))
    clock.set(datetime(2027, 12, 31, 16, tzinfo=UTC))
    run_due(shop)
    assert bonuses(shop, ann) == [("bonus", 20_000, TURN)]
    clock.set(datetime(2028, 1, 1, 16, tzinfo=UTC))  # a year after the day on which they came
    run_due(shop)
    assert balance_of(shop, ann).active == 0
    proven(shop)


def test_a_late_purchase_brings_the_bonus_and_a_refund_takes_it_back(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = rolling(bare_shop)
    ann = enrol_one(shop)
    buy(shop, ann, "a1", line(20_000_000, "gift-card"))
    clock.set(TURN + timedelta(days=5))
    run_due(shop)
    late = buy(shop, ann, "late", line(100, "gift-card"), at=TURN - timedelta(days=1))
    assert [(entry.kind, entry.rule, entry.points) for entry in late.entries] == [
        ("accrual", "base", 0),
        ("bonus", "year_end:great", 20_000),
    ]
    told = late.entries[1].explanation
    assert told["inputs"] == {"year": 2026, "spend": 20_000_100, "tier": "gold", "measure": None}
    assert told["steps"] == [{"do": "year_end", "threshold": 20_000_001, "points": 20_000}]
    clock.move(days=1)
    back = bring_back(shop, late.id, "r1", amount=100)
    assert [(entry.kind, entry.rule, entry.points) for entry in back.entries] == [
        ("reversal", "base", 0),
        ("reversal", "year_end:great", -20_000),
    ]
    assert back.entries[1].explanation["steps"] == [{"do": "year_end_unmet", "threshold": 20_000_001, "points": 20_000}]
    again = buy(shop, ann, "late-again", line(1, "gift-card"), at=TURN - timedelta(days=2))
    assert again.balance == 100 + 20_000
    assert [kind for kind, _, _ in bonuses(shop, ann)] == ["bonus", "reversal", "bonus"]
    proven(shop)


@pytest.mark.parametrize(("policy", "debt"), [("debt", 20_001), ("within_balance", 0)])
def test_a_bonus_that_was_spent_is_owed_or_let_off(bare_shop: Shop, clock: FrozenClock, policy: str, debt: int) -> None:
    publish(bare_shop, (SMALL + BONUS).replace("[earning]", f'[earning]\nrefund_policy = "{policy}"', 1))
    ann = enrol_one(bare_shop)
    bought = buy(bare_shop, ann, "a1", line(20_000_001, "gift-card"))
    clock.set(TURN)
    spend_all = Adjustment(member=MemberRef(id=ann), points=-20_100, reason="spent")
    adjust(bare_shop, Caller("staff:bo", "spend"), spend_all)
    assert bring_back(bare_shop, bought.id, "r1", amount=1).debt == debt
    proven(bare_shop)


@pytest.mark.parametrize("policy", ["debt", "within_balance"])
def test_what_was_taken_back_once_is_not_taken_again(bare_shop: Shop, clock: FrozenClock, policy: str) -> None:
    """A bonus that was spent, or that had lapsed, is put right by the first refund; another one finds it right."""
    publish(bare_shop, (SMALL + BONUS).replace("[earning]", f'[earning]\nrefund_policy = "{policy}"', 1))
    ann = enrol_one(bare_shop)
    bought = buy(bare_shop, ann, "a1", line(20_000_001, "gift-card"))
    clock.set(TURN + timedelta(days=9))
    if policy == "within_balance":
        spend_all = Adjustment(member=MemberRef(id=ann), points=-20_100, reason="spent")
        adjust(bare_shop, Caller("staff:bo", "spend"), spend_all)
    else:
        clock.set(TURN + timedelta(days=400))
    for number in range(3):
        bring_back(bare_shop, bought.id, f"r{number}", amount=1)
    assert [points for _, points, _ in bonuses(bare_shop, ann)] == [20_000, -20_000]
    assert (balance_of(bare_shop, ann).active, balance_of(bare_shop, ann).debt) == (0, 0)
    proven(bare_shop)


@pytest.mark.parametrize("arrival", list(permutations(range(4))))
def test_any_order_of_arrival_brings_the_same(bare_shop: Shop, clock: FrozenClock, arrival: tuple[int, ...]) -> None:
    """Two years, the first of which is great only with all of its purchases."""
    shop = rolling(bare_shop)
    start = clock.now()
    bought = [(10, 8_000_000), (100, 8_000_000), (200, 4_000_001), (320, 20_000_001)]
    clock.set(datetime(2027, 6, 1, tzinfo=UTC))
    ann = enrol_one(shop, joined_at=start)
    for number in arrival:
        day, amount = bought[number]
        buy(shop, ann, f"a{number}", line(amount, "gift-card"), at=start + timedelta(days=day))
    assert bonuses(shop, ann) == [("bonus", 20_000, TURN)]
    clock.set(datetime(2028, 6, 1, tzinfo=UTC))
    run_due(shop)
    assert sum(points for _, points, _ in bonuses(shop, ann)) == 40_000
    proven(shop)


def test_many_at_once_settle_the_years_they_pass(bare_shop: Shop, clock: FrozenClock) -> None:
    shop = rolling(bare_shop)
    start = clock.now()
    clock.set(datetime(2028, 6, 1, tzinfo=UTC))
    ann = enrol_one(shop, joined_at=start)
    orders = [order(ann, f"a{n}", start + timedelta(days=200 * n), line(20_000_001, "gift-card")) for n in range(4)]
    assert len(list(record_purchases(shop, Caller("import", "i"), orders))) == 4
    run_due(shop)
    turns = [datetime(year, 12, 31, 16, tzinfo=UTC) for year in (2026, 2027)]
    assert bonuses(shop, ann) == [("bonus", 20_000, turn) for turn in turns]
    proven(shop)


def test_it_can_be_for_some_tiers_only(bare_shop: Shop, clock: FrozenClock) -> None:
    """The tier is the one held as the year ended: a late purchase that raises it takes the bonus back."""
    publish(bare_shop, SMALL + FOR_BASIC)
    ann = enrol_one(bare_shop)
    buy(bare_shop, ann, "a1", line(60_000, "gift-card"))
    clock.set(TURN)
    run_due(bare_shop)
    assert bonuses(bare_shop, ann) == [("bonus", 7, TURN)]
    late = buy(bare_shop, ann, "late", line(60_000, "gift-card"), at=TURN - timedelta(days=9))
    assert late.tier == "silver"
    assert late.entries[-1].points == -7
    assert late.entries[-1].explanation["steps"] == [{"do": "year_end_other_tier", "threshold": 50_000, "points": 7}]
    proven(bare_shop)


@pytest.mark.parametrize("ahead", [timedelta(), timedelta(days=100)])
def test_a_version_that_brings_it_counts_the_whole_year(bare_shop: Shop, clock: FrozenClock, ahead: timedelta) -> None:
    """Also for who bought before it was in force and never after, and once alone."""
    publish(bare_shop, SMALL)
    ann, bob = enrol_one(bare_shop, "Ann"), enrol_one(bare_shop, "Bob")
    buy(bare_shop, ann, "a1", line(20_000_001, "gift-card"))
    publish(bare_shop, SMALL + BONUS, clock.now() + ahead)
    clock.move(days=1)
    buy(bare_shop, bob, "b1", line(20_000_001, "gift-card"))
    clock.set(datetime(2026, 7, 1, tzinfo=UTC))
    run_due(bare_shop)
    before = dump(bare_shop)
    run_due(bare_shop)
    assert dump(bare_shop) == before
    clock.set(TURN)
    run_due(bare_shop)
    assert bonuses(bare_shop, ann) == bonuses(bare_shop, bob) == [("bonus", 20_000, TURN)]
    proven(bare_shop)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_said(bare_shop: Shop, clock: FrozenClock, language: str) -> None:
    publish(bare_shop, SMALL + FOR_BASIC)
    ann = enrol_one(bare_shop)
    buy(bare_shop, ann, "a1", line(60_000, "gift-card"))
    clock.set(TURN)
    run_due(bare_shop)
    late = buy(bare_shop, ann, "late", line(60_000, "gift-card"), at=TURN - timedelta(days=9))
    with bare_shop.reading() as (session, program):
        rows = session.execute(select(entries).where(entries.c.rule == "year_end:great").order_by(entries.c.id)).all()
        assert session.execute(select(accounts.c.balance)).scalar_one() == late.balance
    for row in rows:
        said = [entry_name(program, row, language, strict=True), *explain(program, row, language, strict=True)]
        assert len(said) == 2
        assert all(line and "{" not in line and "…" not in line for line in said)
