"""What SQL finds for a filter is what the definition says, on both databases."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.facts import member_categories, member_facts, member_tags
from core.db.members import members
from core.db.segment_queries import condition, meant
from core.program.filters import FACTS, OPERATORS, STAGES, STYLES, Filter
from core.rules.segments import matches
from core.shop import Shop

TIERS = ["basic", "silver", "gold", "gone"]
CATEGORIES = ["grocery", "fresh"]
TAGS = ["vip", "press"]
SOURCES = ["campaign:1", "journey:birthday"]
TEXTS = {
    "tier": TIERS, "stage": STAGES, "style": STYLES, "category": CATEGORIES, "tag": TAGS, "coupon": ["ten-off", "gift"],
    "received": SOURCES, "acted_on": SOURCES, "city": ["Ulm", "Bonn"], "store": ["North"], "last_store": ["South"],
    "language": ["en", "zh-Hans"], "zone": ["Europe/Berlin"],
}  # fmt: skip
PEOPLE = 40

Facts = dict[str, Any]


def a_person(number: int, chance: Random, now: datetime) -> tuple[Facts, dict[str, Any]]:
    """A row of member_fact, and what is known besides."""

    def perhaps(value: Any) -> Any:
        return value if chance.random() < 0.7 else None

    bought = [each for each in CATEGORIES if chance.random() < 0.5]
    row: Facts = {"member_id": number, "as_of": now, "categories": f",{','.join(bought)},"}
    for column in member_facts.columns:
        fact = FACTS.get(column.name)
        if column.name in row:
            continue
        if column.name.endswith("_at"):
            row[column.name] = now - timedelta(hours=chance.randrange(24 * 6))
        elif fact is not None and fact.kind == "yes":
            row[column.name] = chance.random() < 0.5
        elif column.name in TEXTS:
            row[column.name] = chance.choice(TEXTS[column.name])
        else:
            row[column.name] = chance.randrange(1, 6)
        if column.nullable:
            row[column.name] = perhaps(row[column.name])
    more: dict[str, Any] = {
        "category": bought,
        "category_purchases": {each: chance.randrange(3) for each in bought},
        "category_spend": {each: chance.randrange(6) for each in bought},
        "days_since_category": {each: now - timedelta(hours=chance.randrange(100)) for each in bought},
    }
    for name in ("tag", "coupon", "received", "acted_on"):
        more[name] = [each for each in TEXTS[name] if chance.random() < 0.4]
    return row, more


def keep(shop: Shop, people: list[tuple[Facts, dict[str, Any]]], now: datetime) -> None:
    """Member 1's coupons and messages are another member's, who was merged into member 1."""
    other = PEOPLE + 1
    with shop.write() as session:
        everybody = [(row["member_id"], None) for row, _ in people] + [(other, 1)]
        for number, into in everybody:
            session.execute(insert(members), {
                "id": number, "card_number": str(number), "name": "", "language": "en", "joined_at": now,
                "join_code": f"j{number}", "invite_code": f"i{number}", "merged_into": into, "allow_offers": False,
                "allow_care": False, "allow_statement": False,
            })  # fmt: skip
        for row, more in people:
            number = row["member_id"]
            card = other if number == 1 else number
            session.execute(insert(member_facts), row)
            for category in more["category"]:
                values = {"member_id": number, "category": category, "last_at": more["days_since_category"][category]}
                sums = {each: more[f"category_{each}"][category] for each in ("purchases", "spend")}
                session.execute(insert(member_categories), values | sums)
            for tag in more["tag"]:
                session.execute(insert(member_tags), {"member_id": number, "tag": tag, "at": now, "actor": "staff:bo"})
            for place, template in enumerate(TEXTS["coupon"]):
                held = template in more["coupon"]  # else it has lapsed
                session.execute(insert(coupons), {
                    "code": f"{number}-{place}", "template": template, "member_id": card, "status": "issued",
                    "source": "staff:bo", "issued_at": now, "valid_from": now, "program_version": 1,
                    "valid_until": now + timedelta(days=1 if held else 0),
                })  # fmt: skip
            for source in SOURCES:
                sent, tapped = (source in more[name] for name in ("received", "acted_on"))
                session.execute(insert(deliveries), {
                    "member_id": card, "source": source, "occasion": "1", "kind": "promo", "purpose": "offers",
                    "state": "sent" if sent else "expired", "due_at": now, "expires_at": now, "text": "", "tries": 0,
                    "doubts": 0, "planned_at": now, "tapped_at": now if tapped else None,
                })  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn) -> Any:
    name = draw(st.sampled_from(sorted(FACTS)))
    fact = FACTS[name]
    operator = draw(st.sampled_from(OPERATORS[fact.kind]))
    number = st.integers(max(fact.low, -1), min(fact.high, 7))
    value: st.SearchStrategy[Any]
    if operator == "known":
        value = st.none()
    elif operator == "between":
        value = st.tuples(number, number).map(sorted)
    elif fact.kind in ("number", "days"):
        value = number
    elif fact.kind == "day":
        value = st.integers(-8, 1).map(lambda days: (date(2026, 3, 2) + timedelta(days=days)).isoformat())
    elif fact.kind == "yes":
        value = st.booleans()
    elif operator in ("at_least", "at_most"):
        value = st.sampled_from(TIERS)
    else:
        value = st.lists(st.sampled_from(TEXTS[name]), min_size=1, max_size=2)
    asked = {"fact": name, "is": operator, "value": draw(value)}
    return asked | ({"of": draw(st.sampled_from(CATEGORIES))} if fact.of else {})


filters = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


def test_the_sql_finds_whom_the_definition_means(small_shop: Shop) -> None:
    now = small_shop.now()
    chance = Random(2026)
    people = [a_person(number, chance, now) for number in range(1, PEOPLE + 1)]
    keep(small_shop, people, now)
    with small_shop.read() as session:
        program = small_shop.version_at(session, now).program

    @settings(
        max_examples=80, deadline=None, phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck)
    )
    @given(filters)
    def agree(asked: Any) -> None:
        filter_ = Filter.model_validate(asked)
        assert Filter.model_validate(filter_.plain()) == filter_
        expected = [row["member_id"] for row, more in people if matches(filter_, row | more, program, now)]
        with small_shop.read() as session:
            assert list(session.execute(meant(condition(filter_, program, now))).scalars()) == expected

    agree()


def test_as_far_as_json_goes_a_number_may_be_asked(small_shop: Shop) -> None:
    with small_shop.read() as session:
        program = small_shop.version_at(session, small_shop.now()).program
        numbers = [(name, fact) for name, fact in FACTS.items() if fact.kind in ("number", "days")]
        for name, fact in numbers:
            of = {"of": "grocery"} if fact.of else {}
            asked = Filter.model_validate({"fact": name, **of, "is": "between", "value": [fact.low, fact.high]})
            found = meant(condition(asked, program, small_shop.now()))
            assert session.execute(found).all() == [], name
