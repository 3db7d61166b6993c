"""Cards and years in words."""

from __future__ import annotations

from typing import Any

import pytest

from core.program.schema import Program
from core.rules.earning import Basket, Buyer, Line, judge
from core.words import explain, tier_reason_words
from tests.rules.stores import CLIENTS, STORE, shanghai

SHOES = Line(1, "shoes", "department/shoes", 1, 33_333, 33_333)


def told(tier: str, day: int, language: str) -> list[str]:
    (grant,) = judge(STORE, 1, Basket(shanghai(2026, 3, day, 12), "shop", (SHOES,)), Buyer(tier, False))
    entry = {"kind": grant.kind, "points": grant.points, "rule": grant.rule, "explanation": grant.explanation}
    return explain(STORE, entry, language, strict=True)


def test_a_member_day_is_told() -> None:
    assert told("silver", 8, "en") == [
        "Department store, CN¥333.33 (item 1): 1 point for every CN¥1.00 × 1.5 as Silver × 2 on a member day"
        " = 999.99 points",
        "Together 999.99, rounded down: 999 points",
    ]
    assert told("silver", 8, "zh-Hans") == [
        "百货 ¥333.33（第 1 项）：每 ¥1.00 得 1 积分 × 1.5（银卡） × 2（会员日） = 999.99 积分",
        "合计 999.99，向下取整：999 积分",
    ]


def test_other_days_are_not_mentioned() -> None:
    assert told("vip", 9, "en") == [
        "Department store, CN¥333.33 (item 1): 1 point for every CN¥1.00 = 333.33 points",
        "Together 333.33, rounded down: 333 points",
    ]


def test_a_purchase_without_a_card_is_told_why() -> None:
    assert told("none", 8, "en") == [
        "This brought no points.",
        "Not this time: Points for shopping – for VIP, Silver, Platinum, Diamond; you were Guest",
    ]


@pytest.mark.parametrize(
    ("program", "change", "reason", "english", "chinese"),
    [
        (
            STORE,
            ("none", "silver"),
            {"do": "met", "spend": 523_000, "points": 0, "ended": None},
            "From Guest to Silver: CN¥5,230.00 counted in one day.",
            "由未持卡顾客升为银卡：单日计入消费 ¥5,230.00。",
        ),
        (
            STORE,
            ("vip", "platinum"),
            {"do": "met", "spend": 5_000_000, "points": 0, "ended": None, "late_purchase": "T-7"},
            "From VIP to Platinum: CN¥50,000.00 counted with the card in its period. (A purchase arrived late: T-7.)",
            "由VIP 卡升为白金卡：本期持卡累计消费 ¥50,000.00。（有一笔消费补录入账：T-7。）",
        ),
        (
            STORE,
            ("vip", "none"),
            {"do": "not_kept", "spend": 0, "points": 0, "ended": None, "refund": "R1"},
            "From VIP to Guest: what remains is not enough for VIP. (Goods were returned: R1.)",
            "由VIP 卡降为未持卡顾客：余下的消费未达到VIP 卡的标准。（有商品退货：R1。）",
        ),
        (
            CLIENTS,
            ("client", "private"),
            {"do": "met", "spend": 20_000_001, "points": 0, "ended": None},
            "From Client to Private client with the turn of the year: CN¥200,000.01 counted in the year that ended.",
            "由顾客升为私享会员：年度更替，上年度消费 ¥200,000.01。",
        ),
        (
            CLIENTS,
            ("private", "client"),
            {"do": "not_kept", "spend": 4_999_999, "points": 0, "ended": "2027-12-31T16:00:00+00:00"},
            "From Private client to Client: CN¥49,999.99 counted in the year that ended, too little to stay.",
            "由私享会员降为顾客：上年度消费 ¥49,999.99，未达到保留标准。",
        ),
        (
            CLIENTS,
            ("private", "client"),
            {"do": "not_kept", "spend": 0, "points": 0, "ended": "2027-12-31T16:00:00+00:00", "refund": "R1"},
            "From Private client to Client: what remains is not enough for Private client. (Goods were returned: R1.)",
            "由私享会员降为顾客：余下的消费未达到私享会员的标准。（有商品退货：R1。）",
        ),
    ],
)
def test_tier_changes_in_words(
    program: Program, change: tuple[str, str], reason: dict[str, Any], english: str, chinese: str
) -> None:
    assert tier_reason_words(program, *change, reason, "en", strict=True) == english
    assert tier_reason_words(program, *change, reason, "zh-Hans", strict=True) == chinese
