"""Stored value through the books: topped up, spent, brought back and taken back, exact to the smallest unit."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from core.insight.stored_value import Lapsing, StoredValue, movements
from core.insight.stored_value_report import report
from core.rules.refusal import Refused
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.hand_on_card import CardHandOn, Person, hand_on_card
from core.services.once import Caller
from core.shop import Shop
from core.words import explain_movement, movement_name
from tests.at_once import MANY, at_once
from tests.club import publish
from tests.conftest import FrozenClock
from tests.dormancy import NOTICE
from tests.rules.stores import shanghai
from tests.shopping import STORIES, dump, enrol_one, proven
from tests.stored_value import PREPAID, TERMS, adds_up, gets_back, moved, pays, purse, takes_back, tops_up, view

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # arithmetic, the same on both
YEAR_LATER = datetime(2027, 3, 2, 16, tzinfo=UTC)  # the bonus of 2 March 2026 is good to the end of 2 March 2027


@pytest.fixture
def prepaid(bare_shop: Shop) -> Shop:
    publish(bare_shop, PREPAID)
    return bare_shop


def refused(shop: Shop, act: Any, *arguments: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    """What is refused, and changes nothing."""
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        act(shop, *arguments, **more)
    assert dump(shop) == before
    return caught.value.refusal.reason, dict(caught.value.refusal.facts)


def test_a_top_up_brings_its_bonus_which_lapses_in_a_year(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 50_000)
    assert (done.amount, done.bonus, done.bonus_expires_at) == (50_000, 7_500, YEAR_LATER)
    assert done.stored_value == StoredValue(
        balance=57_500, paid_in=50_000, bonus=7_500, lapsing=[Lapsing(amount=7_500, expires_at=YEAR_LATER)]
    )
    assert view(prepaid, ann) == done.stored_value
    small = tops_up(prepaid, ann, "T2", 9_999)
    assert (small.bonus, small.bonus_expires_at) == (0, None)
    assert moved(prepaid, ann) == [("top_up", 50_000, 0), ("bonus", 0, 7_500), ("top_up", 9_999, 0)]
    proven(prepaid)


def test_money_paid_in_pays_first_and_a_refund_goes_back_to_where_it_came_from(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T1", 10_000)
    tops_up(prepaid, ann, "T2", 10_000)
    paid = pays(prepaid, ann, "R1", 21_500)
    assert (paid.paid_in, paid.bonus, paid.stored_value.balance) == (20_000, 1_500, 500)
    first = gets_back(prepaid, paid.id, "B1", 1_000)
    assert (first.paid_in, first.bonus, first.left) == (0, 1_000, 20_500)
    second = gets_back(prepaid, paid.id, "B2", 1_000)
    assert (second.paid_in, second.bonus, second.left) == (500, 500, 19_500)
    assert refused(prepaid, gets_back, paid.id, "B3", 19_501) == (
        "refund-above-payment",
        {"asked": 19_501, "left": 19_500},
    )
    gets_back(prepaid, paid.id, "B4", 19_500)
    assert purse(prepaid, ann) == (20_000, 2_000)
    with prepaid.read() as session:
        assert session.execute(text("SELECT count(*) FROM stored_value_lot WHERE remaining <> amount")).scalar() == 0
    proven(prepaid)


@ON_SQLITE
def test_bonus_first_where_the_program_says_so(bare_shop: Shop) -> None:
    publish(bare_shop, PREPAID + 'spend_first = "bonus"\n')
    ann = enrol_one(bare_shop)
    tops_up(bare_shop, ann, "T1", 10_000)
    paid = pays(bare_shop, ann, "R1", 1_500)
    assert (paid.paid_in, paid.bonus) == (500, 1_000)
    assert purse(bare_shop, ann) == (9_500, 0)


@ON_SQLITE
@pytest.mark.parametrize("parts", [[10_000], [1, 9_999], [4_000, None]])
def test_topped_up_and_taken_back_is_nothing(prepaid: Shop, parts: list[int | None]) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 10_000)
    for number, part in enumerate(parts):
        taken = takes_back(prepaid, done.id, f"B{number}", part)
    assert (taken.left, purse(prepaid, ann)) == (0, (0, 0))
    assert sum(bonus for kind, _, bonus in moved(prepaid, ann) if kind == "reversal") == -1_000
    assert refused(prepaid, takes_back, done.id, "again", 1)[0] == "take-back-above-left"
    assert refused(prepaid, takes_back, done.id, "again")[0] == "take-back-above-left"
    proven(prepaid)


@ON_SQLITE
def test_only_money_of_that_top_up_that_is_left_goes_and_its_unspent_bonus(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    first, second = tops_up(prepaid, ann, "T1", 60_000), tops_up(prepaid, ann, "T2", 10_000)
    pays(prepaid, ann, "R1", 45_000)
    assert refused(prepaid, takes_back, first.id, "B0", 15_001) == (
        "take-back-above-left",
        {"asked": 15_001, "left": 15_000},
    )
    taken = takes_back(prepaid, first.id, "B1", 15_000, cause="correction")
    assert (taken.bonus, taken.left) == (8_000, 0)  # 45,000 alone would have brought 1,000 instead of 9,000
    assert purse(prepaid, ann) == (10_000, 2_000)
    assert moved(prepaid, ann)[-2:] == [("reversal", -15_000, 0), ("reversal", 0, -8_000)]
    assert takes_back(prepaid, second.id, "B2").bonus == 1_000
    assert moved(prepaid, ann)[-2:] == [("payout", -10_000, 0), ("reversal", 0, -1_000)]
    assert [row[3] for row in dump(prepaid)["audit_log"] if "take_back_top_up" in row] == ["take_back_top_up"] * 2
    proven(prepaid)


@ON_SQLITE
def test_a_spent_bonus_stays_spent_and_goes_when_its_refund_brings_it_back(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 10_000)
    early, late = pays(prepaid, ann, "R1", 6_000), pays(prepaid, ann, "R2", 4_800)
    gets_back(prepaid, early.id, "B1", 6_000)
    assert purse(prepaid, ann) == (6_000, 200)
    assert takes_back(prepaid, done.id, "B2").bonus == 200
    back = gets_back(prepaid, late.id, "B3", 4_800)
    assert (back.paid_in, back.bonus) == (4_000, 800)
    assert purse(prepaid, ann) == (4_000, 0)
    assert moved(prepaid, ann)[-2:] == [("refund", 4_000, 800), ("reversal", 0, -800)]
    proven(prepaid)


def test_a_bonus_lapses_once_and_paid_in_money_never(prepaid: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T1", 10_000)
    paid = pays(prepaid, ann, "R1", 10_400)
    clock.set(YEAR_LATER)
    assert purse(prepaid, ann) == (0, 0)  # before anything is swept
    assert refused(prepaid, pays, ann, "R2", 1)[0] == "stored-value-short"
    assert run_due(prepaid).stored_value == 1
    before = dump(prepaid)
    assert run_due(prepaid).stored_value == 0
    assert dump(prepaid) == before
    assert moved(prepaid, ann)[-1] == ("expiry", 0, -600)
    back = gets_back(prepaid, paid.id, "B1", 10_400)
    assert (back.paid_in, back.bonus, back.stored_value.balance) == (10_000, 400, 10_000)
    assert moved(prepaid, ann)[-2:] == [("refund", 10_000, 400), ("expiry", 0, -400)]
    clock.set(datetime(2099, 1, 1, tzinfo=UTC))
    assert purse(prepaid, ann) == (10_000, 0)
    proven(prepaid)


@ON_SQLITE
def test_limits_and_what_is_not_there(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    assert refused(prepaid, tops_up, ann, "T", 999) == ("top-up-below-least", {"amount": 999, "least": 1_000})
    assert refused(prepaid, tops_up, ann, "T", 200_001)[0] == "top-up-above-most"
    tops_up(prepaid, ann, "T1", 200_000)
    assert refused(prepaid, tops_up, ann, "T", 69_000) == (
        "stored-value-above-most",
        {"balance": 230_000, "after": 309_350, "most": 300_000},
    )
    assert refused(prepaid, pays, ann, "R", 230_001) == (
        "stored-value-short",
        {"needed": 230_001, "balance": 230_000, "missing": 1},
    )
    assert refused(prepaid, tops_up, 77, "T", 1_000)[0] == "unknown-member"
    assert refused(prepaid, pays, 77, "R", 1_000)[0] == "unknown-member"
    assert refused(prepaid, gets_back, 1, "B", 1)[0] == "unknown-payment"  # entry 1 is a top-up
    assert refused(prepaid, takes_back, 2, "B", 1)[0] == "unknown-top-up"  # entry 2 is a bonus


@ON_SQLITE
def test_without_a_program_for_it_nothing_comes_in_but_what_is_there_can_be_spent(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 10_000)
    publish(prepaid, PREPAID.replace(TERMS, ""))
    assert refused(prepaid, tops_up, ann, "T2", 10_000)[0] == "stored-value-not-offered"
    pays(prepaid, ann, "R1", 500)
    assert takes_back(prepaid, done.id, "B1").bonus == 1_000  # by the program that it was topped up under
    proven(prepaid)


def test_sent_again_it_is_done_once_and_a_number_stands_for_one_thing(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 10_000)
    paid = pays(prepaid, ann, "R1", 500)
    back = gets_back(prepaid, paid.id, "B1", 200)
    taken = takes_back(prepaid, done.id, "C1", 100)
    before = dump(prepaid)
    assert tops_up(prepaid, ann, "T1", 10_000) == done
    assert pays(prepaid, ann, "R1", 500) == paid
    assert gets_back(prepaid, paid.id, "B1", 200) == back
    assert takes_back(prepaid, done.id, "C1", 100) == taken
    assert dump(prepaid) == before
    assert refused(prepaid, pays, ann, "R1", 501)[0] == "external-id-reused"


def test_sixty_four_tills_spend_exactly_what_there_is(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T1", 10_000)
    paid, short = at_once(lambda number: pays(prepaid, ann, f"R{number}", 1_000))
    assert (len(paid), short) == (11, Counter({"stored-value-short": MANY - 11}))
    assert sorted(each.stored_value.balance for each in paid) == [number * 1_000 for number in range(11)]
    back, above = at_once(lambda number: gets_back(prepaid, paid[0].id, f"B{number}", 300))
    assert (len(back), above) == (3, Counter({"refund-above-payment": MANY - 3}))
    assert sum(purse(prepaid, ann)) == 900
    proven(prepaid)


def test_one_payment_that_arrives_sixty_four_times_is_one(prepaid: Shop) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T1", 10_000)
    paid, short = at_once(lambda _: pays(prepaid, ann, "R1", 1_000))
    assert (len({each.id for each in paid}), len(paid), short) == (1, MANY, Counter())
    assert purse(prepaid, ann) == (9_000, 1_000)


numbers = count(1)
steps = st.lists(
    st.tuples(st.sampled_from(["top_up", "pay", "refund", "take_back", "wait"]), st.integers(1, 60_000)),
    min_size=1,
    max_size=12,
)


@STORIES
@given(steps=steps)
def test_the_books_are_right_after_any_story(prepaid: Shop, clock: FrozenClock, steps: list[tuple[str, int]]) -> None:
    ann, began = enrol_one(prepaid, f"M{next(numbers)}"), clock.now()
    done: dict[str, list[int]] = {"top_up": [], "pay": []}
    for place, (act, amount) in enumerate(steps):
        number = f"{ann}-{place}"
        try:
            if act == "top_up":
                done[act].append(tops_up(prepaid, ann, number, amount).id)
            elif act == "pay":
                done[act].append(pays(prepaid, ann, number, amount).id)
            elif act == "refund" and done["pay"]:
                gets_back(prepaid, done["pay"][amount % len(done["pay"])], number, amount)
            elif act == "take_back" and done["top_up"]:
                takes_back(prepaid, done["top_up"][amount % len(done["top_up"])], number, amount)
            elif act == "wait":
                clock.move(days=amount // 200)
        except Refused:
            continue
    run_due(prepaid)
    paid_in, bonus = purse(prepaid, ann)
    told = moved(prepaid, ann)
    assert (paid_in, bonus) == (sum(each[1] for each in told), sum(each[2] for each in told))
    assert min(paid_in, bonus) >= 0
    proven(prepaid)
    with prepaid.read() as session:
        adds_up(report(prepaid, session, began.date() + timedelta(days=5), clock.now().date() + timedelta(days=6)))


def test_money_paid_in_keeps_a_member_and_a_bonus_does_not(prepaid: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(prepaid)
    done = tops_up(prepaid, ann, "T1", 10_000)
    pays(prepaid, ann, "R1", 9_900)
    caller = Caller("telegram:1", "forget")
    assert refused(prepaid, forget_member, caller, Forget(member_id=ann)) == ("stored-value-left", {"paid_in": 100})
    pays(prepaid, ann, "R2", 100)
    forget_member(prepaid, caller, Forget(member_id=ann))
    assert dump(prepaid)["stored_value_account"] == [(ann, 0, 0, None)]
    assert refused(prepaid, takes_back, done.id, "B1")[0] == "unknown-member"
    clock.set(YEAR_LATER)
    assert run_due(prepaid).stored_value == 0
    proven(prepaid)


@ON_SQLITE
def test_a_card_that_is_handed_on_takes_its_money_along(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, PREPAID.replace('id = "small"\n', 'id = "small"\ntransferable = true\n', 1))
    ann = enrol_one(bare_shop)
    tops_up(bare_shop, ann, "T1", 10_000)
    clock.move(days=1)
    wish = CardHandOn(member=MemberRef(id=ann), to=Person(name="Bea"))
    hand_on_card(bare_shop, Caller("staff:bo", "hand-on"), wish)
    assert (purse(bare_shop, ann), moved(bare_shop, ann)) == ((10_000, 1_000), [("adjustment", 0, 0)])
    with bare_shop.reading() as (session, program):
        told = [explain_movement(program, each, "en", strict=True) for each in movements(session, ann)]
    assert told == [["This card was handed to you with CN¥110.00 on it, of which CN¥10.00 is bonus"]]
    assert [each["kind"] for each in export_member(bare_shop, ann)["stored_value"]["entries"]] == ["adjustment"]
    proven(bare_shop)


@ON_SQLITE
def test_everything_is_said_in_both_languages(prepaid: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T0", 1_000)
    done = tops_up(prepaid, ann, "T1", 50_000)
    paid = pays(prepaid, ann, "R1", 51_400)
    gets_back(prepaid, paid.id, "B1", 600)
    takes_back(prepaid, done.id, "B2", 100)
    takes_back(prepaid, done.id, "B3", 100, cause="correction")
    clock.set(YEAR_LATER)
    run_due(prepaid)
    with prepaid.reading() as (session, program):
        found = list(reversed(movements(session, ann)))
        for each in found:
            assert movement_name(program, each, "zh-Hans", strict=True) != each.kind
            assert all(explain_movement(program, each, "zh-Hans", strict=True))
        told = [(movement_name(program, e, "en", True), explain_movement(program, e, "en", True)) for e in found]
    assert told == [
        ("Topped up", ["You paid in CN¥10.00", "A bonus comes with CN¥100.00 or more at a time"]),
        ("Topped up", ["You paid in CN¥500.00"]),
        (
            "Bonus on topping up",
            ["You topped up CN¥500.00; CN¥500.00 or more brings 15 % of it, rounded down: CN¥75.00"],
        ),
        ("Paid", ["CN¥514.00: CN¥510.00 of the money you paid in, and CN¥4.00 of the bonus"]),
        (
            "Payment returned",
            [
                "CN¥6.00 of the payment of CN¥514.00 came back: CN¥2.00 as money you paid in, CN¥4.00 as bonus",
            ],
        ),
        ("Paid out", ["The shop paid you back CN¥1.00 of the CN¥500.00 topped up"]),
        (
            "Bonus withdrawn",
            ["The bonus was CN¥75.00 for CN¥500.00; what stays topped up is CN¥499.00. Withdrawn: CN¥65.00"],
        ),
        ("Top-up corrected", ["CN¥1.00 of the CN¥500.00 topped up had been a mistake"]),
        ("Bonus lapsed", ["This was good until Mar 2, 2027: CN¥10.00"]),
    ]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE stored_value_account SET paid_in = paid_in + 1", {"stored_value_sum", "stored_value_lots"}),
        (
            "UPDATE stored_value_lot SET remaining = remaining - 1 WHERE money = 'bonus'",
            {"stored_value_lots", "stored_value_lot"},
        ),
        (
            "UPDATE stored_value_lot SET amount = amount + 1 WHERE money = 'paid_in'",
            {"stored_value_allocation", "stored_value_lot"},
        ),
    ],
)
def test_the_audit_finds_what_was_changed_by_hand(prepaid: Shop, change: str, found: set[str]) -> None:
    ann = enrol_one(prepaid)
    tops_up(prepaid, ann, "T1", 10_000)
    pays(prepaid, ann, "R1", 400)
    proven(prepaid)
    with prepaid.write() as session:
        session.execute(text(change))
    report = audit(prepaid)
    assert {each.what for each in report.differences} == found
    assert {each.member_id for each in report.differences} == {ann}
    assert report.found == len(report.differences)


def test_a_card_that_is_due_to_be_closed_takes_no_money(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, PREPAID + NOTICE)
    ann = enrol_one(bare_shop)
    clock.set(shanghai(2026, 1, 1, 23, 59))
    tops_up(bare_shop, ann, "T1", 50_000)
    clock.set(shanghai(2026, 1, 2))  # and no tick has come by
    before = dump(bare_shop)
    with pytest.raises(Refused, match="member-closed") as raised:
        tops_up(bare_shop, ann, "T2", 50_000)
    assert raised.value.refusal.facts == {"id": ann, "since": shanghai(2026, 1, 2).isoformat()}
    assert dump(bare_shop) == before
