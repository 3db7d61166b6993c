"""When who buys nothing is closed, and that nothing from before a closing counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core.program.dormancy import Dormancy
from core.program.schema import Program
from core.rules.contributions import Contribution, Rise, lives
from core.rules.dormancy import InForce, Notice, closes_at, notice, opens_at
from core.rules.rises import rises
from core.rules.tiers import counting, holding
from tests.rules.stores import CLIENTS, STORE, always, invited, shanghai, spent

BEGUN = shanghai(2024, 1, 1, 12)
PLAIN = CLIENTS.model_copy(update={"dormancy": None})


def closing(months: int, notice: int = 60) -> Program:
    return CLIENTS.model_copy(update={"dormancy": Dormancy(after_months=months, notice_days=notice)})


def further_east(months: int) -> Program:
    program = closing(months)
    return program.model_copy(update={"program": program.program.model_copy(update={"timezone": "Pacific/Kiritimati"})})


def telling(
    *days: int, at: str = "10:00", months: int = 24, name: str = "closing", coupon: str | None = None, **more: str
) -> Program:
    """Two years, 100 days' notice, and a journey that tells so many days before so many months are over."""
    (journey,) = (each for each in CLIENTS.journeys if each.on == "dormant")
    steps = [journey.steps[0].model_copy(update={"days": -each, "at": at, "coupon": coupon}) for each in days]
    told = journey.model_copy(update={"steps": steps, "months": months, "id": name, **more})
    return closing(24, 100).model_copy(update={"journeys": [told]})


@pytest.mark.parametrize(
    ("before", "after", "begins_anew"),
    [
        (telling(10), telling(60), True),
        (telling(10), telling(11), True),
        (telling(60), telling(10), False),
        (telling(10), telling(60, 10), False),  # who was too far away then hears of it ten days before
        (telling(60, 10), telling(30), False),
        (telling(60, once="ever"), telling(60), True),
        (telling(60, kind="promo"), telling(60), True),
        (telling(60, coupon="new-year-gift"), telling(60), True),  # who has had it gets no message
        (telling(60, coupon="birthday-gift"), telling(60), False),
        (telling(10), telling(60, 0), True),  # on the day itself it is too late
        (telling(10), telling(60, months=12), False),  # which tells of something else
        (telling(10), telling(), False),
        (telling(), telling(), False),
        (telling(), telling(1), True),
        (telling(60), telling(60, name="other"), True),  # what the one before had planned is called off
        (telling(60), telling(60, at="09:59"), True),  # of that very day, if it comes into force at ten
        (telling(60), telling(60, at="10:01"), False),
        (telling(99, 10), telling(60), True),  # who was brought in lately had not so many days
        (telling(98, 10), telling(60), False),
    ],
)
def test_whom_no_version_would_tell_has_the_notice_anew(before: Program, after: Program, begins_anew: bool) -> None:
    at = shanghai(2025, 12, 1)
    line = [InForce(BEGUN, before), InForce(at, after)]
    assert closes_at(line, BEGUN, BEGUN) == (shanghai(2026, 3, 11) if begins_anew else shanghai(2026, 1, 2))
    assert opens_at(line, at) == (shanghai(2026, 3, 11) if begins_anew else shanghai(2024, 4, 10))


@pytest.mark.parametrize(
    ("first", "between", "days", "last", "begins_anew"),
    [
        (telling(10), telling(60, 10), 49, telling(60), True),  # the new step has not reached all yet
        (telling(10), telling(60, 10), 50, telling(60), False),
        (telling(60), telling(10), 21, telling(40), True),  # who came nearer since then was to be told later
        (telling(60), telling(10), 20, telling(40), False),
    ],
)
def test_a_version_has_told_those_whom_its_steps_reached_while_it_was_in_force(
    first: Program, between: Program, days: int, last: Program, begins_anew: bool
) -> None:
    at = shanghai(2025, 12, 1)
    line = [InForce(BEGUN, first), InForce(at - timedelta(days=days), between), InForce(at, last)]
    assert closes_at(line, BEGUN, BEGUN) == (shanghai(2026, 3, 11) if begins_anew else shanghai(2026, 1, 2))


def test_a_version_that_comes_before_anybody_is_closed_goes_on_where_all_will_be_told() -> None:
    line = [InForce(BEGUN, telling(98, 10)), InForce(BEGUN + timedelta(days=3), telling(60))]
    assert closes_at(line, shanghai(2020, 5, 5), BEGUN) == shanghai(2024, 4, 10)


@pytest.mark.parametrize(
    ("line", "seen", "closes"),
    [
        ([InForce(BEGUN, closing(24))], shanghai(2024, 2, 29, 23, 59), shanghai(2026, 3, 1)),  # to the end of the 28th
        ([InForce(BEGUN, closing(24))], shanghai(2020, 5, 5), shanghai(2024, 3, 1)),  # long away: 60 days' notice
        ([InForce(BEGUN, PLAIN)], shanghai(2020, 5, 5), None),
        # A version that says the same gives no new notice, one that says something else does.
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2025, 1, 1), closing(24))], BEGUN, shanghai(2026, 1, 2)),
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2025, 6, 1), closing(12))], BEGUN, shanghai(2025, 7, 31)),
        # The version in force when the time is over decides, and so does one that comes only later.
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2026, 1, 1), PLAIN)], BEGUN, None),
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2026, 1, 3), PLAIN)], BEGUN, shanghai(2026, 1, 2)),
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2026, 1, 2), PLAIN)], BEGUN, None),
        ([InForce(BEGUN, PLAIN), InForce(shanghai(2026, 6, 1), closing(24))], BEGUN, shanghai(2026, 7, 31)),
        (
            [InForce(BEGUN, PLAIN), InForce(shanghai(2024, 2, 1), closing(24)), InForce(shanghai(2027, 1, 1), PLAIN)],
            BEGUN,
            shanghai(2026, 1, 2),
        ),
        # Not before the version came by whose clock it was over already.
        ([InForce(BEGUN, closing(24)), InForce(shanghai(2026, 1, 2), further_east(24))], BEGUN, shanghai(2026, 1, 2)),
    ],
)
def test_when_a_member_is_closed(line: list[InForce], seen: datetime, closes: datetime | None) -> None:
    assert closes_at(line, seen, seen) == closes


def test_from_when_a_program_closes_anybody() -> None:
    later = shanghai(2025, 1, 1)
    assert opens_at([InForce(BEGUN, closing(24)), InForce(later, closing(24))], later) == shanghai(2024, 3, 1)
    assert opens_at([InForce(BEGUN, closing(24)), InForce(later, closing(12))], later) == shanghai(2025, 3, 2)
    assert opens_at([InForce(BEGUN, PLAIN)], later) is None
    going_on = [InForce(BEGUN, closing(24)), InForce(later, closing(24))]
    assert notice(going_on, later) == Notice(told=BEGUN, over=shanghai(2024, 3, 1), after_months=24)


@pytest.mark.parametrize("planned", [PLAIN, closing(12), closing(24, 90)])
def test_what_is_planned_for_later_puts_off_nothing(planned: Program) -> None:
    line = [InForce(BEGUN, closing(24)), InForce(shanghai(2025, 1, 1), planned)]
    assert opens_at(line, shanghai(2024, 12, 31)) == shanghai(2024, 3, 1)
    assert opens_at(line, shanghai(2023, 12, 31)) is None


def closed(at: datetime, cancels: bool = False) -> Contribution:
    return Contribution(at, at, 0, 0, closes=True, cancels=cancels)


TILL = shanghai(2026, 12, 15)
BEFORE = spent(shanghai(2024, 5, 1), 60_000)


@pytest.mark.parametrize(("program", "tier"), [(STORE, "diamond"), (CLIENTS, "private")])
def test_nothing_from_before_a_closing_counts(program: Program, tier: str) -> None:
    facts = [BEFORE, spent(shanghai(2024, 6, 1), 200_000), closed(TILL)]
    at, just_before = shanghai(2026, 12, 20), shanghai(2026, 12, 14)
    invite = invited(shanghai(2027, 3, 1), tier)
    assert holding(always(program), [*facts, invited(shanghai(2026, 6, 1), tier)], just_before).tier == tier
    assert holding(always(program), [*facts, invited(shanghai(2026, 6, 1), tier)], at).tier == program.tiers[0].id
    assert counting(program, [*facts, BEFORE], at) == (0, 0)
    assert holding(always(program), [*facts, invite], shanghai(2027, 3, 2)).tier == tier
    undone = [*facts, closed(TILL, cancels=True), invited(shanghai(2026, 6, 1), tier)]
    assert holding(always(program), undone, at).tier == tier
    risen = rises(always(program), [*facts, invite], shanghai(2027, 3, 2))
    assert risen[-1] == Rise(program.tiers[0].id, tier, shanghai(2027, 3, 1))


def test_a_closing_that_is_not_known_yet_ends_nothing() -> None:
    late = replace(closed(TILL), known=shanghai(2027, 6, 1))
    assert lives([BEFORE, late], shanghai(2027, 5, 1)) == [[BEFORE]]
    assert lives([BEFORE, late], shanghai(2027, 6, 1)) == [[BEFORE], []]


def test_what_is_at_the_very_moment_of_a_closing_comes_after_it() -> None:
    at_once, later = spent(TILL, 60_000), spent(shanghai(2027, 1, 1), 60_000)
    assert lives([BEFORE, closed(TILL), at_once, later], shanghai(2027, 1, 2)) == [[BEFORE], [at_once, later]]
