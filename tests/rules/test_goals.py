"""What reaching a sum brings: exact sums, spans, and laws that no order of arrival changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load
from core.program.schema import Program
from core.rules.goals import BEGINNING, NOTHING, Brought, Due, Fact, begin, brought, due, end, net
from tests.conftest import SMALL

SOURCE = SMALL.read_text(encoding="utf-8")
AT = datetime(2026, 3, 10, 4, tzinfo=UTC)  # noon in Shanghai
MIDNIGHT = datetime(2026, 3, 31, 16, tzinfo=UTC)  # where April begins there


def with_goal(*lines: str, rounding: str = "down") -> Program:
    head = '\n[[goals]]\nid = "goal"\nname = { en = "Goal", zh-Hans = "达标" }\n'
    source = SOURCE.replace('timezone = "Asia/Shanghai"', f'timezone = "Asia/Shanghai"\nrounding = "{rounding}"')
    return load(source + head + "\n".join(lines), "small")


def of_sum(program: Program, total: int) -> Brought:
    return brought(program, program.goals[0], total)


def points(program: Program, *facts: Fact) -> dict[str, int]:
    """By span."""
    return {period: each.gift.points for (_, period), each in due(lambda _: program, facts).items()}


EACH_ONCE = with_goal('of = "points_earned"', "steps = [{ at = 100, points = 10 }, { at = 300, points = 50 }]")
FULL_STEPS = 'steps = [{ at = 30000, every = 30000, times = 3, points = 20, coupon = "ten-off" }]'
BY_DAY = with_goal('of = "spend"', 'within = "day"', FULL_STEPS)
REBATE = 'steps = [{ at = 100, part = "1/10" }, { at = 1000, part = "1/8" }]'


@pytest.mark.parametrize(("total", "gift"), [(0, 0), (99, 0), (100, 10), (299, 10), (300, 60), (9_999, 60)])
def test_a_milestone_comes_once_with_its_sum(total: int, gift: int) -> None:
    assert of_sum(EACH_ONCE, total).points == gift


@pytest.mark.parametrize(("total", "times"), [(29_999, 0), (30_000, 1), (59_999, 1), (60_000, 2), (120_000, 3)])
def test_cashback_comes_for_each_full_sum(total: int, times: int) -> None:
    gift = of_sum(BY_DAY, total)
    assert (gift.points, gift.coupons) == (20 * times, {"ten-off": times} if times else {})


@pytest.mark.parametrize(
    ("rounding", "total", "gift"), [("down", 99, 0), ("down", 105, 10), ("half_up", 105, 11), ("down", 1_001, 125)]
)
def test_a_rebate_is_an_exact_part(rounding: str, total: int, gift: int) -> None:
    program = with_goal('of = "points_spent"', 'pays = "highest"', REBATE, rounding=rounding)
    assert of_sum(program, total).points == gift


def test_parts_are_rounded_each_and_add_up_where_all_pay() -> None:
    program = with_goal('of = "points_spent"', REBATE)
    assert of_sum(program, 1_001).points == 100 + 125
    assert [step["exact"] for step in of_sum(program, 1_001).steps] == ["1001/10", "1001/8"]


def test_a_purchase_of_the_least_money_is_one_and_one_of_none_is_not() -> None:
    program = with_goal('of = "purchases"', "steps = [{ at = 2, points = 5 }]")
    assert points(program, Fact(AT, 1, 1), Fact(AT, 2, 1)) == {"ever": 5}
    assert points(program, Fact(AT, 1, 1), Fact(AT, 2, 0)) == {"ever": 0}


def test_no_more_than_the_cap() -> None:
    program = with_goal('of = "points_spent"', "cap = 120", REBATE)
    assert of_sum(program, 1_000) == Brought(
        120,
        {},
        (
            {"do": "goal_part", "at": 100, "times": 1, "part": "1/10", "exact": "100", "points": 100},
            {"do": "goal_part", "at": 1_000, "times": 1, "part": "1/8", "exact": "125", "points": 125},
        ),
        ({"cap": "goal", "limit": 120, "points": 120},),
    )
    assert of_sum(program, 200).caps == ()


@pytest.mark.parametrize(
    ("within", "spans"),
    [
        ("purchase", {"1": 5, "2": 5, "3": 0}),
        ("day", {"2026-03-31": 5, "2026-04-01": 5}),
        ("month", {"2026-03": 5, "2026-04": 5}),
        ("year", {"2026": 5}),
        ("ever", {"ever": 5}),
    ],
)
def test_spans_are_the_programs_own(within: str, spans: dict[str, int]) -> None:
    program = with_goal('of = "spend"', f'within = "{within}"', "steps = [{ at = 100, points = 5 }]")
    before = MIDNIGHT - timedelta(microseconds=1)
    facts = [Fact(before, 1, 100), Fact(MIDNIGHT, 2, 100), Fact(MIDNIGHT, 3, 99), Fact(MIDNIGHT, None, spent=5)]
    assert points(program, *facts) == spans
    first = {"purchase": MIDNIGHT, "day": MIDNIGHT, "month": MIDNIGHT}
    year = datetime(2025, 12, 31, 16, tzinfo=UTC)
    assert (
        begin([program], MIDNIGHT + timedelta(hours=1))
        == {
            **first,
            "purchase": MIDNIGHT + timedelta(hours=1),
            "year": year,
            "ever": BEGINNING,
        }[within]
    )


def test_a_measure_counts_alone_and_a_purchase_of_it_once() -> None:
    measures = "steps = [{ at = 2, points = 7 }]\n[[tiering.measures]]\nid = 'all'\n[[tiering.measures]]\nid = 'zone'"
    counted = with_goal('of = "purchases"', 'measure = "zone"', measures)
    facts = [Fact(AT, 1, 500, more={"zone": 20}), Fact(AT, 2, 500, more={"zone": 30}), Fact(AT, 3, 500)]
    assert points(counted, *facts) == {"ever": 7}
    assert points(counted, *facts, Fact(AT, 2, -500, more={"zone": -30})) == {"ever": 0}
    assert points(with_goal('of = "purchases"', measures), *facts, Fact(AT, None, 500)) == {"ever": 7}


def test_it_is_reached_with_the_purchase_that_brings_the_sum() -> None:
    facts = [Fact(AT + timedelta(days=day), day, points=40) for day in range(9)]
    [reached] = due(lambda _: EACH_ONCE, facts).values()
    assert (reached.at, reached.total, reached.gift.points) == (facts[7].at, 360, 60)


def test_a_new_version_takes_nothing_away_and_gives_nothing_twice() -> None:
    """Before and after the change the goal stands at 100; then it is 10 points, after that 30, after that none."""
    richer = with_goal('of = "points_earned"', "steps = [{ at = 100, points = 30 }]")
    none = load(SOURCE, "small")
    changed = [(AT + timedelta(days=10), richer), (AT + timedelta(days=20), none)]

    def program_at(at: datetime) -> Program:
        return next((program for since, program in reversed(changed) if at >= since), EACH_ONCE)

    facts = [Fact(AT + timedelta(days=day), day, points=100) for day in (0, 9, 15, 25)]
    assert [[each.gift.points for each in due(program_at, facts[:count]).values()] for count in range(5)] == [
        [],
        [10],
        [10],
        [30],
        [30],
    ]
    changed.pop(0)
    assert [each.gift.points for each in due(program_at, facts).values()] == [60]


spendings = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 500), st.integers(0, 40)), max_size=8, unique_by=lambda each: each[0]
)
GOALS = [
    EACH_ONCE,
    with_goal('of = "spend"', 'within = "day"', "steps = [{ at = 100, every = 100, points = 3 }]"),
    with_goal('of = "spend"', 'within = "month"', 'pays = "highest"', REBATE),
    with_goal('of = "points_spent"', 'within = "year"', "cap = 9", REBATE),
    with_goal('of = "purchases"', "steps = [{ at = 2, points = 5, coupon = 'ten-off' }, { at = 5, points = 5 }]"),
]


def facts_of(bought: list[tuple[int, int, int]]) -> list[Fact]:
    return [
        Fact(AT + timedelta(hours=hour), hour, spend, points=spend // 3, spent=spent) for hour, spend, spent in bought
    ]


@pytest.mark.parametrize("program", GOALS)
@given(bought=spendings, data=st.data())
def test_the_order_of_arrival_and_the_parts_of_refunds_leave_no_trace(
    program: Program, bought: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Each purchase arrives whole and goes back in two parts, or never came at all: the gifts are the same."""
    back = [each for each in bought if data.draw(st.booleans())]
    kept = [each for each in bought if each not in back]
    parts = []
    for fact in facts_of(back):
        some = data.draw(st.integers(0, fact.spend))
        for share in (some, fact.spend - some):
            parts.append(Fact(fact.at, fact.purchase, -share))
        parts.append(Fact(fact.at, fact.purchase, 0, -fact.points, spent=-fact.spent))
    arrived = data.draw(st.permutations([*facts_of(bought), *parts]))
    left = {span: each.gift for span, each in due(lambda _: program, arrived).items() if each.gift.steps}
    never = {span: each.gift for span, each in due(lambda _: program, facts_of(kept)).items() if each.gift.steps}
    assert left == never


@pytest.mark.parametrize("program", GOALS)
@given(bought=spendings, more=st.integers(1, 500))
def test_more_never_brings_less(program: Program, bought: list[tuple[int, int, int]], more: int) -> None:
    before = points(program, *facts_of(bought))
    after = points(program, *facts_of(bought), *facts_of([(101, more, more)]))
    assert all(after[period] >= gift for period, gift in before.items())


def test_every_permutation_of_a_years_purchases_brings_the_same() -> None:
    facts = facts_of([(1, 60, 0), (30, 300, 0), (70, 90, 0), (99, 500, 0)])
    ends = {tuple(points(BY_DAY, *order).items()) for order in permutations(facts)}
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("within", "ends"),
    [
        ("purchase", None),
        ("day", datetime(2026, 4, 1, 16, tzinfo=UTC)),
        ("month", datetime(2026, 4, 30, 16, tzinfo=UTC)),
        ("year", datetime(2026, 12, 31, 16, tzinfo=UTC)),
        ("ever", None),
    ],
)
def test_a_span_ends_as_the_program_reckons(within: str, ends: datetime | None) -> None:
    program = with_goal('of = "spend"', f'within = "{within}"', "steps = [{ at = 100, points = 5 }]")
    assert end(program, program.goals[0], MIDNIGHT) == ends


def test_a_cap_that_is_just_met_takes_nothing_off() -> None:
    program = with_goal('of = "points_spent"', "cap = 20", 'steps = [{ at = 100, part = "1/10" }]')
    assert (of_sum(program, 209).points, of_sum(program, 209).caps) == (20, ())
    assert of_sum(program, 210).caps == ({"cap": "goal", "limit": 20, "points": 20},)


def test_steps_say_how_often_they_pay() -> None:
    coupons = with_goal('of = "points_earned"', 'steps = [{ at = 10, every = 5, times = 3, coupon = "ten-off" }]')
    assert of_sum(coupons, 9) == Brought(0, {}, ())
    assert of_sum(coupons, 19) == Brought(0, {"ten-off": 2}, ({"do": "goal_coupons", "at": 10, "times": 2},))
    each = with_goal('of = "points_earned"', "steps = [{ at = 10, every = 5, points = 2 }]")
    assert of_sum(each, 25) == Brought(8, {}, ({"do": "goal_points", "at": 10, "times": 4, "points": 8},))


def test_the_first_measure_is_the_spending_and_others_go_by_their_names() -> None:
    measures = "steps = [{ at = 100, points = 7 }]\n[[tiering.measures]]\nid = 'all'\n[[tiering.measures]]\nid = 'zone'"
    fact = Fact(AT, 1, 100, more={"zone": 99})
    for measure, brings in (('measure = "all"', 7), ('measure = "zone"', 0), ("", 7)):
        assert points(with_goal('of = "spend"', measure, measures), fact) == {"ever": brings}


def test_what_adds_nothing_is_no_fact_and_corrections_join_what_they_correct() -> None:
    assert net([Fact(AT), Fact(AT, 3), Fact(AT, 1, more={"zone": 0})]) == []
    late, early = Fact(AT + timedelta(1), 2, 5), Fact(AT, 1, 7, 3, {"zone": 2})
    back = Fact(AT, 1, -7, -1, {"zone": -1}, spent=4)
    other, carried = Fact(AT, None, spent=1), Fact(AT, None, 2, carried=True)
    found = net([late, back, carried, early, other])
    assert [(each.purchase, each.spend, each.points, dict(each.more), each.spent) for each in found] == [
        (None, 0, 0, {}, 1),
        (None, 2, 0, {}, 0),
        (1, 0, 2, {"zone": 1}, 4),
        (2, 5, 0, {}, 0),
    ]
    assert net([early]) == [early]


def test_a_carried_sum_is_a_purchase_of_its_own() -> None:
    program = with_goal('of = "purchases"', "steps = [{ at = 2, points = 5 }]")
    assert points(program, Fact(AT, 1, 10), Fact(AT, None, 10, carried=True)) == {"ever": 5}
    assert points(program, Fact(AT, 1, 10), Fact(AT, None, 0, 10, carried=True)) == {"ever": 0}


def test_of_two_versions_the_more_of_each_kind_counts() -> None:
    """15 points and a coupon under the first, 10 points and two coupons by then under the second: 15 and two."""
    first = with_goal('of = "points_earned"', 'steps = [{ at = 10, points = 15, coupon = "ten-off" }]')
    second = with_goal('of = "points_earned"', 'steps = [{ at = 10, points = 5, every = 90, coupon = "ten-off" }]')

    def program_at(at: datetime) -> Program:
        return first if at < AT + timedelta(days=1) else second

    facts = [Fact(AT, 1, points=60), Fact(AT + timedelta(days=1), 2, points=40)]
    [reached] = due(program_at, facts).values()
    assert (reached.at, reached.total, reached.gift.points, reached.gift.coupons) == (
        AT + timedelta(days=1),
        100,
        15,
        {"ten-off": 2},
    )
    [alone] = due(program_at, facts[:1]).values()
    assert (alone.gift.points, alone.gift.coupons) == (15, {"ten-off": 1})


@pytest.mark.parametrize(
    ("elsewhere", "left"),
    [
        (Brought(0, {}), (60, {"ten-off": 2})),
        (Brought(10, {"ten-off": 1}), (50, {"ten-off": 1})),
        (Brought(60, {"ten-off": 2}), (10, {})),  # what it has reached alone it keeps
        (Brought(49, {}), (11, {"ten-off": 2})),
        (Brought(50, {}), (10, {"ten-off": 2})),
    ],
)
def test_cards_together_bring_what_the_others_have_not(elsewhere: Brought, left: tuple[int, dict[str, int]]) -> None:
    """150 of its own and 200 of another card: 10 points alone, 60 and two coupons together."""
    program = with_goal(
        'of = "points_earned"',
        'steps = [{ at = 100, points = 10 }, { at = 300, every = 50, coupon = "ten-off", points = 25 }]',
    )
    facts = [Fact(AT, 1, points=150), Fact(AT + timedelta(1), None, points=200, carried=True)]
    [reached] = due(lambda _: program, facts, {("goal", "ever"): elsewhere}).values()
    assert (reached.gift.points, reached.gift.coupons) == left
    told = [step["points"] for step in reached.gift.steps if step["do"] == "goal_elsewhere"]
    assert told == ([elsewhere.points] if elsewhere.points and left != (10, {}) else [])


def test_only_the_goals_that_are_asked_for() -> None:
    facts = [Fact(AT, 1, points=100)]
    assert list(due(lambda _: EACH_ONCE, facts, goals={"goal"})) == [("goal", "ever")]
    assert due(lambda _: EACH_ONCE, facts, goals={"other"}) == {}
    assert begin([EACH_ONCE], AT, {"other"}) == AT
    assert begin([EACH_ONCE], AT, {"goal"}) == BEGINNING


CARDS = [Fact(AT, 1, 150), Fact(AT + timedelta(days=1), None, 200, carried=True)]
"""What a card has bought, and what was bought with one that was merged into it."""


@pytest.mark.parametrize(
    ("elsewhere", "points"), [(NOTHING, 22), (Brought(5, {"ten-off": 1}), 17), (Brought(18, {"ten-off": 1}), 5)]
)
def test_what_is_due_with_a_card_beside_others_is_told_whole(elsewhere: Brought, points: int) -> None:
    """Together 5 + 20 points, at most 22; alone 5 points. A coupon for either."""
    steps = "steps = [{ at = 100, points = 5, coupon = 'ten-off' }, { at = 300, points = 20 }]"
    program = with_goal('of = "spend"', 'within = "month"', "cap = 22", steps)
    first = {"do": "goal_points", "at": 100, "times": 1, "points": 5}
    second = {"do": "goal_points", "at": 300, "times": 1, "points": 20}
    told = [{"do": "goal_elsewhere", "points": elsewhere.points}] if elsewhere.points else []
    caps = ({"cap": "goal", "limit": 22, "points": 22},)
    together = Due(program.goals[0], CARDS[1].at, 350, Brought(points, {"ten-off": 1}, (first, second, *told), caps))
    alone = Due(program.goals[0], AT, 150, Brought(5, {"ten-off": 1}, (first,)))
    found = due(lambda _: program, CARDS, {("goal", "2026-03"): elsewhere})
    assert found == {("goal", "2026-03"): alone if points == 5 else together}


def test_a_card_keeps_the_coupon_that_it_reached_alone() -> None:
    """Together they reach the highest step, which has none."""
    steps = "steps = [{ at = 100, points = 5, coupon = 'ten-off' }, { at = 300, points = 20 }]"
    program = with_goal('of = "spend"', 'pays = "highest"', steps)
    [found] = due(lambda _: program, CARDS, {("goal", "ever"): Brought(5, {})}).values()
    assert (found.gift.points, found.gift.coupons) == (15, {"ten-off": 1})


def test_what_was_bought_with_other_cards_alone_and_brings_nothing_is_none_of_this_ones() -> None:
    program = with_goal('of = "spend"', "steps = [{ at = 300, points = 5 }]")
    assert due(lambda _: program, CARDS[1:]) == {("goal", "ever"): Due(program.goals[0], CARDS[1].at, 0, NOTHING)}


def test_corrections_of_what_was_carried_stay_carried() -> None:
    assert net([Fact(AT, None, 200, carried=True), Fact(AT, None, -50, carried=True)]) == [
        Fact(AT, None, 150, carried=True)
    ]


def test_a_year_begins_where_the_shop_is() -> None:
    program = with_goal('of = "spend"', 'within = "year"', "steps = [{ at = 100, points = 5 }]")
    turn = datetime(2025, 12, 31, 16, tzinfo=UTC)  # where 2026 begins in Shanghai
    assert begin([program], turn) == turn
    assert begin([program], turn - timedelta(microseconds=1)) == datetime(2024, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_versions_in_a_span_each_gives_what_it_gives_more_of(turned: bool) -> None:
    """One brings a coupon, the other more points, whichever comes first."""
    coupon = with_goal('of = "spend"', "steps = [{ at = 100, points = 5, coupon = 'ten-off' }]")
    more = with_goal('of = "spend"', "cap = 15", "steps = [{ at = 100, points = 20 }]")
    before, after = (more, coupon) if turned else (coupon, more)
    later = AT + timedelta(days=10)
    found = due(lambda at: after if at >= later else before, [Fact(AT, 1, 150), Fact(later, 2, 10)])
    points = 5 if turned else 20
    told = ({"do": "goal_points", "at": 100, "times": 1, "points": points},)
    caps = () if turned else ({"cap": "goal", "limit": 15, "points": 15},)
    gift = Brought(15, {"ten-off": 1}, told, caps)
    assert found == {("goal", "ever"): Due(after.goals[0], later, 160, gift)}
