"""Journeys that cannot be meant are told with line and mend."""

from __future__ import annotations

import pytest

from core.program.faults import Fault, ProgramError
from core.program.loading import load
from tests.program.club import SOURCE

GOOD = """
[[journeys]]
id = "wishes"
name = { en = "Wishes", zh-Hans = "祝福" }
on = "anniversary"
[[journeys.steps]]
at = "09:00"
text = { en = "A year more, {name|friend}!", zh-Hans = "周年快乐！" }

[[coupons]]
id = "two-days"
name = { en = "Two days", zh-Hans = "两天" }
discount = { kind = "amount", amount = 500 }
validity = { days = 2 }

[[coupons]]
id = "january"
name = { en = "January", zh-Hans = "一月" }
discount = { kind = "amount", amount = 500 }
validity = { since = 2027-01-01T00:00:00-05:00, until = 2027-02-01T00:00:00-05:00 }
"""
FIRST = SOURCE.count("\n")
ON, AT = 'on = "anniversary"', 'at = "09:00"'


def faults(source: str) -> list[Fault]:
    try:
        load(source, "club")
    except ProgramError as error:
        return error.faults
    return []


def test_it_is_right_as_it_is() -> None:
    assert load(SOURCE + GOOD, "club").journeys[0].steps[0].clock.hour == 9


FAULTS = [
    (ON, 'on = "aniversary"', (5, "on", '"aniversary" is not known here', 'did you mean "anniversary"?')),
    (ON, f"{ON}\nnth = 2", (6, "nth", 'nth does nothing on "anniversary"', 'remove it, or write on = "purchase"')),
    (ON, 'on = "stage"', (2, "", 'on "stage" it must say which', 'add stage = "silent"')),
    (ON, 'on = "festival"', (2, "", "it names no day, or two", 'write festival = "mid_autumn" or date = "10-18"')),
    (AT, "days = 0\nat = 9", (8, "steps[1].at", "9 is no text", 'put it in quotes: "9"')),
    (AT, 'at = "9:00"', (7, "steps[1].at", '"9:00" cannot be used', 'write hours and minutes, as in "09:30"')),
    (
        f"{ON}\n[[journeys.steps]]",
        'on = "joined"\n[[journeys.steps]]\ndays = -1',
        (7, "steps[1].days", "it can never fire: nobody knows of it before", "write days = 0 or more"),
    ),
    (
        f"{ON}\n[[journeys.steps]]",
        'on = "coupon_expires"\n[[journeys.steps]]\ndays = 1',
        (7, "steps[1].days", "it can never fire: it is over by then", "write days = -1"),
    ),
    (
        f"{ON}\n[[journeys.steps]]",
        'on = "points_expire"\n[[journeys.steps]]\ndays = -366',
        None,
    ),
    (ON, 'on = "day"\nonce = "month"', (5, "on", "it would fire for everybody every day", "add an audience, and once")),
    (
        ON,
        'on = "day"\naudience = { fact = "stage", is = "one_of", value = "silent" }',
        (5, "on", "it would fire for the same members every day", 'add once = "month"'),
    ),
    (
        ON,
        f'{ON}\naudience = {{ fact = "tier", is = "at_least", value = "golden" }}',
        (6, "audience", 'there is no tier "golden"', 'did you mean "gold"?'),
    ),
    (
        ON,
        f'{ON}\naudience = {{ fact = "teir", is = "at_least", value = "gold" }}',
        (6, "audience", "a table cannot be used", "there is no fact 'teir'; did you mean \"tier\"?"),
    ),
    ("{name|friend}", "{nmae}", (8, "steps[1].text.en", "nothing fills {nmae}", 'did you mean "name"?')),
    (
        "{name|friend}",
        "{amount}",
        (8, "steps[1].text.en", "nothing fills {amount}", "known here: name, card, tier, points, shop, years"),
    ),
    (
        "{name|friend}",
        "{Name}",
        (8, "steps[1].text.en", "a brace stands alone", "write placeholders as {name}, in small letters"),
    ),
    (', zh-Hans = "周年快乐！"', "", (8, "steps[1].text", 'there is no text in "zh-Hans"', 'add zh-Hans = "…"')),
    (AT, 'opens = "coupons"', (6, "steps[1]", "a button is what stands on it and what it opens", None)),
    (AT, 'opens = "review"', (7, "steps[1].opens", "there is no purchase to review", None)),
    (
        f"{ON}\n[[journeys.steps]]\n{AT}",
        'on = "purchase"\n[[journeys.steps]]\nopens = "review"\nbutton = { en = "Say", zh-Hans = "说" }',
        (8, "steps[1].button", "its stars are its buttons", "remove button"),
    ),
    (AT, 'coupon = "fiv"', (7, "steps[1].coupon", 'there is no coupon template "fiv"', 'did you mean "five"?')),
    (
        AT,
        'coupon = "two-days"\nhours = 25',
        (
            7,
            "steps[1].coupon",
            "the coupon lasts 2 days, and the message may arrive 25 hours late",
            "write hours = 24, or a longer validity",
        ),
    ),
    (
        AT,
        'coupon = "january"',
        (7, "steps[1].coupon", "the coupon is valid at one time only, and this may be any", None),
    ),
    (
        f"{ON}\n[[journeys.steps]]\n{AT}",
        'on = "festival"\nfestival = "mid_autumn"\n[[journeys.steps]]\ncoupon = "january"',
        (8, "steps[1].coupon", "the coupon is never valid when it would be given", None),
    ),
    (
        f"{ON}\n[[journeys.steps]]\n{AT}",
        'on = "festival"\ndate = "01-31"\n[[journeys.steps]]\nhours = 14\ncoupon = "january"',
        None,
    ),
    (
        f"{ON}\n[[journeys.steps]]\n{AT}",
        'on = "festival"\ndate = "01-31"\n[[journeys.steps]]\nhours = 15\ncoupon = "january"',
        (
            9,
            "steps[1].coupon",
            "the coupon is over on 2027-02-01, and the message may arrive 15 hours late",
            "write fewer hours, or let the coupon last longer",
        ),
    ),
    (
        f"{ON}\n[[journeys.steps]]",
        'on = "dormant"\nmonths = 1\n[[journeys.steps]]\ndays = -32',
        (
            8,
            "steps[1].days",
            "it can never fire: what it is about begins 31 days before at most",
            "write days = -31 or nearer",
        ),
    ),
    (
        f"{ON}\n[[journeys.steps]]",
        'on = "month"\n[[journeys.steps]]\ndays = -1',
        (7, "steps[1].days", "the month that it tells of is not over by then", "write days = 0 or more"),
    ),
    (
        ON,
        'on = "stage"\nstage = "silent"\n'
        'audience = { all = [{ fact = "stage", is = "one_of", value = ["active", "lost"] }] }',
        (7, "audience", 'it can never fire: the audience leaves out who is "silent"', None),
    ),
    (
        ON,
        'on = "stage"\nstage = "silent"\n'
        'audience = { any = [{ fact = "stage", is = "one_of", value = ["active", "lost"] }] }',
        None,
    ),
    (
        ON,
        'on = "reward_in_reach"\nreward = "tote"\nonce = "month"\nmissing = 200',
        (8, "missing", "it would fire for everybody: the reward costs 200 points", "write fewer than 200"),
    ),
    (ON, 'on = "reward_in_reach"\nreward = "tote"\nonce = "month"\nmissing = 199', None),
    (
        "{name|friend}",
        "<b>{name|friend}",
        (
            8,
            "steps[1].text.en",
            'Telegram takes this for no HTML, near "<b>"',
            "close what is open, and write &lt; &gt; &amp; for < > &",
        ),
    ),
    (
        AT,
        'opens = "coupons"\nbutton = { en = "For {name}", zh-Hans = "礼券" }',
        (8, "steps[1].button.en", "what stands on a button is not filled", "write it without placeholders"),
    ),
    (ON, f'{ON}\nends = ["coupon_used"]', (6, "ends", "no coupon comes before its last step", None)),
    (ON, f'{ON}\nholdout = "2/3"', (6, "holdout", '"2/3" cannot be used', None)),
]


@pytest.mark.parametrize(("written", "instead", "told"), FAULTS)
def test_a_fault(written: str, instead: str, told: tuple[int, str, str, str | None] | None) -> None:
    found = faults(SOURCE + GOOD.replace(written, instead))
    if told is None:
        assert found == []
        return
    line, key, message, mend = told
    assert [(each.line - FIRST, each.key, each.message) for each in found] == [
        (line, f"journeys[wishes].{key}".removesuffix("."), message)
    ]
    assert mend is None or found[0].mend == mend


def test_a_birthday_coupon_is_given_in_one_place() -> None:
    source = SOURCE + GOOD.replace("anniversary", "birthday").replace(AT, 'coupon = "five"')
    assert [each.message for each in faults(source)] == ["[birthday] gives a coupon already"]
    assert faults(source.replace('[birthday]\ncoupon = "five"', "")) == []


@pytest.mark.parametrize(
    ("on", "old", "new"),
    [
        ("points_expire", "[earning]", '[earning]\nexpires = "never"'),
        ("tier_lost", "[tiering]", '[tiering]\nkind = "cards"'),
    ],
)
def test_what_cannot_happen_in_this_program(on: str, old: str, new: str) -> None:
    source = (SOURCE if old in SOURCE else f"{SOURCE}\n{old}\n").replace(old, new)
    found = faults(source + GOOD.replace("anniversary", on))
    assert any(each.message.startswith("it can never fire") for each in found)


@pytest.mark.parametrize(
    ("at", "hours", "kind", "key"),
    [
        ("22:00", 10, "care", "at"),
        ("22:00", 11, "care", None),
        ("07:00", 1, "care", "at"),
        ("07:01", 1, "care", None),
        ("22:00", 10, "transactional", None),
    ],
)
def test_what_is_over_before_the_shops_quiet_hours(at: str, hours: int, kind: str, key: str | None) -> None:
    """A message of 22:00 that is worth sending for ten hours is stale at 8:00, when the quiet hours end."""
    quiet = '\n[messages]\nquiet_hours = { since = "22:00", until = "08:00" }\n'
    journey = GOOD.replace(ON, f'{ON}\nkind = "{kind}"').replace(AT, f'at = "{at}"\nhours = {hours}')
    told = [(each.key, each.message) for each in faults(SOURCE + quiet + journey)]
    message = 'it can never be sent in the shop\'s quiet hours, which last until "08:00"'
    assert told == ([(f"journeys[wishes].steps[1].{key}", message)] if key else [])
