"""A closing that nobody would hear of before is told with line and mend."""

from __future__ import annotations

import pytest

from core.program.faults import ProgramError
from core.program.loading import load
from tests.program.club import SOURCE

GOOD = """
[dormancy]
after_months = 24

[[journeys]]
id = "closing"
name = { en = "Before closing", zh-Hans = "关闭前提醒" }
on = "dormant"
months = 24
[[journeys.steps]]
days = -28
text = { en = "Until {closes_on}.", zh-Hans = "至 {closes_on}。" }
"""
FIRST = SOURCE.count("\n")


def test_a_closing_that_is_told_of_is_right() -> None:
    program = load(SOURCE + GOOD, "club")
    assert program.dormancy is not None
    assert (program.dormancy.after_months, program.dormancy.notice_days) == (24, 30)


@pytest.mark.parametrize(
    ("was", "wrong", "line", "key", "message", "mend"),
    [
        (
            'on = "dormant"\nmonths = 24', 'on = "joined"', 3, "dormancy.after_months",
            'nobody would hear of it before: no journey is on = "dormant" with months = 24',
            "add one that has a step with days = -28",
        ),
        (
            "\nmonths = 24", "\nmonths = 36", 9, "journeys[closing].months",
            "it can never fire: members are closed after 24 months", "write months = 24",
        ),
        (
            "\nmonths = 24", "\nmonths = 12", 9, "journeys[closing].months",
            "its {closes_on} is not the day: members are closed after 24 months", "write months = 24",
        ),
        (
            "days = -28", "days = -28\ntext = { en = \"Now.\", zh-Hans = \"今。\" }\n[[journeys.steps]]\ndays = 3", 14,
            "journeys[closing].steps[2].days", "it can never fire: the member is closed by then", "write days = -3",
        ),
        (
            "days = -28", "days = 0", 10, "journeys[closing].steps", "no step comes before the member is closed",
            "add a step with days = -28",
        ),
        (
            "days = -28", "days = -29", 2, "dormancy.notice_days",
            "who has been away for longer would be closed without having heard of it: days = -29 is over by then",
            "write notice_days = 31, or more",
        ),
        (
            "\nmonths = 24", '\nmonths = 24\nholdout = "1/20"', 10, "journeys[closing].holdout",
            "whom its holdout leaves out would be closed without having heard of it",
            "remove it, or add a journey without audience, holdout and once",
        ),
        (
            "\nmonths = 24", '\nmonths = 24\naudience = { fact = "tier", is = "at_least", value = "gold" }', 10,
            "journeys[closing].audience", "whom its audience leaves out would be closed without having heard of it",
            "remove it, or add a journey without audience, holdout and once",
        ),
        (
            "\nmonths = 24", '\nmonths = 24\nonce = "ever"', 10, "journeys[closing].once",
            "whom its once leaves out would be closed without having heard of it",
            "remove it, or add a journey without audience, holdout and once",
        ),
        (
            "\nmonths = 24", '\nmonths = 24\nkind = "promo"', 10, "journeys[closing].kind",
            "whom its kind leaves out would be closed without having heard of it",
            "remove it, or add a journey without audience, holdout and once",
        ),
        ("after_months = 24", "after_months = 0", 3, "dormancy.after_months", "", ""),
        ("after_months = 24", "after_month = 24", 3, "dormancy.after_month", "", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_line_and_mend(
    was: str, wrong: str, line: int, key: str, message: str, mend: str
) -> None:
    with pytest.raises(ProgramError) as raised:
        load(SOURCE + GOOD.replace(was, wrong, 1), "club")
    told = {fault.key: fault for fault in raised.value.faults}
    assert key in told, told
    assert told[key].line == FIRST + line
    if message:
        assert (told[key].message, told[key].mend) == (message, mend)


@pytest.mark.parametrize("limit", ["total = 500", "per_member = 1", ""])
def test_a_notice_that_comes_with_a_coupon_of_which_everybody_can_have_one_is_right(limit: str) -> None:
    coupon = f"""
[[coupons]]
id = "back"
name = {{ en = "Back", zh-Hans = "回来" }}
discount = {{ kind = "amount", amount = 500 }}
validity = {{ days = 30 }}
{limit}
"""
    source = SOURCE + GOOD.replace("days = -28", 'days = -28\ncoupon = "back"') + coupon
    if not limit:
        assert load(source, "club").dormancy is not None
        return
    with pytest.raises(ProgramError) as raised:
        load(source, "club")
    (fault,) = raised.value.faults
    assert (fault.key, fault.line) == ("journeys[closing].steps", FIRST + 10)
    assert fault.message == "who cannot have its coupon any more would be closed without having heard of it"
    assert fault.mend == "add a step without a coupon"
