"""Laws of what a purchase brings and of what its refund takes, under every shipped program."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.program.loading import load_file
from core.program.schema import Program
from core.rules.earning import Basket, Buyer, Line, judge
from core.rules.refusal import Refusal
from core.rules.reversal import Refunded, add, split, worth
from tests.rules.stores import PROGRAMS

ALL = {file.stem: load_file(file) for file in sorted(PROGRAMS.glob("*.toml"))}
DAYS = [date(2026, 3, 8), date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)]
every_program = pytest.mark.parametrize("name", ALL)


@st.composite
def bought(draw: st.DrawFn, program: Program) -> tuple[Basket, Buyer]:
    """A basket on one of the days that calendars trip over, and whoever buys it."""
    lines = tuple(
        Line(number, f"sku-{number % 3}", draw(st.sampled_from(program.categories)).id, quantity, price, price + 10)
        for number, (quantity, price) in enumerate(
            draw(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 200_000)), min_size=1, max_size=6)), 1
        )
    )
    day, minute = draw(st.sampled_from(DAYS)), draw(st.integers(0, 24 * 60 - 1))
    at = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=UTC)
    channel = draw(st.sampled_from(["shop", "web", "chat"]))
    tier = draw(st.sampled_from(program.tiers)).id
    buyer = Buyer(tier, draw(st.booleans()), draw(st.sampled_from([None, *DAYS])), draw(st.booleans()))
    return Basket(at, channel, lines), buyer


def told(program: Program, basket: Basket, buyer: Buyer) -> dict[str, Any]:
    return {
        grant.rule: (grant.kind, grant.points, grant.explanation["steps"], grant.to_inviter)
        for grant in judge(program, 1, basket, buyer)
    }


@every_program
@given(data=st.data())
@settings(max_examples=30)
def test_the_order_of_rules_and_categories_does_not_matter(name: str, data: st.DataObject) -> None:
    program = ALL[name]
    basket, buyer = data.draw(bought(program))
    rules = data.draw(st.permutations(program.earning.rules))
    shuffled = program.model_copy(
        update={
            "earning": program.earning.model_copy(update={"rules": rules}),
            "categories": data.draw(st.permutations(program.categories)),
        }
    )
    first = told(program, basket, buyer), told(shuffled, basket, buyer)
    given_by = [{rule: each for rule, each in grants.items() if each[1]} for grants in first]
    assert given_by[0] == given_by[1]


@every_program
@given(data=st.data())
@settings(max_examples=30)
def test_refunds_take_what_was_granted_in_any_parts_whatever_the_rules_are_by_then(
    name: str, data: st.DataObject
) -> None:
    """A grant is settled by its own steps alone: a program that has changed since has no say. Part after part nothing
    comes back that was taken, all of it takes all, and the parts come to what they take at once."""
    basket, buyer = data.draw(bought(ALL[name]))
    grants = judge(ALL[name], 1, basket, buyer)
    left = {grant.rule: grant.points for grant in grants}
    refunded, taken = Refunded({}), dict.fromkeys(left, 0)
    asked = data.draw(st.lists(st.one_of(st.integers(0, 2), st.integers(3, 500_000)), max_size=6))
    for each in [*asked, None]:
        if each is None:
            part: Refunded | Refusal = Refunded({}, basket.total - refunded.value(basket.lines))
        elif each < 3:
            part = split(basket.lines, refunded, [(f"sku-{each}", 1)], None)
        else:
            part = split(basket.lines, refunded, [], each)
        if isinstance(part, Refusal):
            continue
        refunded = add(refunded, part)
        for grant in grants:
            now = worth(grant.explanation["steps"], basket.lines, refunded)
            assert 0 <= now <= left[grant.rule]
            taken[grant.rule] += left[grant.rule] - now
            left[grant.rule] = now
    if basket.total:
        assert taken == {grant.rule: grant.points for grant in grants}
