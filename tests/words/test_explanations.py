"""Why 37 points: what the rules and services write as data, in words."""

from __future__ import annotations

import ast
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.program.loading import load_file
from core.rules.earning import Basket, Buyer, Grant, Line, judge
from core.words import UnknownWords, entry_name, explain, offer_reason_words, tier_reason_words
from core.words.texts import LANGUAGES, texts
from tests.conftest import FIVE_TIER

PROGRAM = load_file(FIVE_TIER)
ROOT = Path(__file__).parent.parent.parent
AT = datetime(2026, 3, 2, 15, tzinfo=UTC)
LINES = (
    Line(1, "milk", "grocery", 1, 1234, 1234),
    Line(2, "berries", "produce/berries", 2, 333, 400),
    Line(3, "salt", "grocery", 1, 5, 5),
)


def entry(points: int, rule: str, *steps: dict[str, Any], kind: str = "bonus", **inputs: Any) -> dict[str, Any]:
    told = {"rule": rule, "version": 1, "inputs": inputs, "steps": list(steps), "caps": [], "not_applied": []}
    return {"kind": kind, "points": points, "rule": rule, "explanation": told}


def of_grant(grant: Grant) -> dict[str, Any]:
    return {"kind": grant.kind, "points": grant.points, "rule": grant.rule, "explanation": grant.explanation}


def grants(buyer: Buyer, lines: tuple[Line, ...] = LINES, channel: str = "shop") -> dict[str, dict[str, Any]]:
    return {grant.rule: of_grant(grant) for grant in judge(PROGRAM, 1, Basket(AT, channel, lines), buyer)}


def told(entry: dict[str, Any], language: str = "en") -> list[str]:
    return explain(PROGRAM, entry, language, strict=True)


def test_a_purchase_in_english() -> None:
    assert told(grants(Buyer("gold", first_purchase=False))["base"]) == [
        "Grocery, $12.39 (items 1, 3): 1 point for every $1.00 × 1.25 as Gold = 15.4875 points",
        "Fruit and vegetables, $6.66 (item 2): 1 point for every $1.00 × 1.25 as Gold × 1.5 for Fruit and vegetables"
        " = 12.4875 points",
        "Together 27.975, rounded down: 27 points",
        "Not this time: Welcome points for the first purchase – for the first purchase only",
        "Not this time: Double points in the birthday month – in your birthday month only",
        "Not this time: Bonus for a big shop – from $100.00; this was $19.05",
        "Not this time: Fresh food ordered online – for purchases through the web shop, the chat;"
        " this one came through the shop",
    ]


def test_a_purchase_in_chinese() -> None:
    assert told(grants(Buyer("gold", first_purchase=False))["base"], "zh-Hans") == [
        "食品杂货 US$12.39（第 1、3 项）：每 US$1.00 得 1 积分 × 1.25（金卡会员） = 15.4875 积分",
        "蔬菜水果 US$6.66（第 2 项）：每 US$1.00 得 1 积分 × 1.25（金卡会员） × 1.5（蔬菜水果倍率） = 12.4875 积分",
        "合计 27.975，向下取整：27 积分",
        "本次未适用：首次消费奖励（仅限首次消费）",
        "本次未适用：生日月双倍积分（仅限生日当月）",
        "本次未适用：大额消费奖励（需满 US$100.00，本次为 US$19.05）",
        "本次未适用：线上生鲜加赠（限以下渠道的消费：网店、聊天；本次为门店）",
    ]


def test_a_whole_sum_is_not_rounded() -> None:
    lines = (Line(1, "milk", "grocery", 1, 1200, 1200),)
    assert told(grants(Buyer("regular", first_purchase=False), lines)["base"])[:2] == [
        "Grocery, $12.00 (item 1): 1 point for every $1.00 = 12 points",
        "Together: 12 points",
    ]


def test_many_lines_are_counted() -> None:
    lines = tuple(Line(number, "milk", "grocery", 1, 100, 100) for number in range(1, 7))
    assert told(grants(Buyer("regular", first_purchase=False), lines)["base"])[0] == (
        "Grocery, $6.00 (6 items): 1 point for every $1.00 = 6 points"
    )


def test_bonuses_of_a_purchase() -> None:
    given = grants(Buyer("regular", first_purchase=True, birthday=date(1990, 3, 9), invited=False), channel="web")
    assert told(given["first-purchase"]) == [
        "Welcome points for the first purchase: 200 points for a purchase of $19.05"
    ]
    assert told(given["birthday-month"])[-1] == "Together 19.05, rounded down: 19 points"
    assert told(given["online-fresh"])[0] == (
        "Fruit and vegetables, $6.66 (item 2): 0.5 points for every $1.00 = 3.33 points"
    )


def test_both_sides_of_an_invitation() -> None:
    lines = (Line(1, "milk", "grocery", 1, 2500, 2500),)
    given = grants(Buyer("regular", first_purchase=True, invited=True), lines)
    assert told(given["referral_friend"]) == [
        "Points for joining on an invitation: 150 points for a purchase of $25.00"
    ]
    assert told(given["referral_inviter"], "zh-Hans") == ["好友首次消费：300 积分"]


def test_an_inviter_is_not_told_what_the_friend_bought() -> None:
    worth = {"do": "worth", "granted": 300, "worth": 200, "posted": 300, "reversed": 100}
    refunded = entry(-100, "referral_inviter", worth, refund="R1", refunded=400, total=1200)
    rejudged = entry(-300, "referral_inviter", {"do": "rejudged", "due": 0, "posted": 300}, late_purchase="T-7")
    assert told(refunded) == [
        "Your friend returned part of the first purchase: 200 points instead of 300 points. Taken back: 100 points"
    ]
    assert told(refunded, "zh-Hans") == ["好友退还了首次消费的部分商品：应得 200 积分，原得 300 积分，现扣回 100 积分"]
    assert told(rejudged) == ["Your friend's first purchase was judged anew: 0 points instead of 300 points"]
    assert told(rejudged, "zh-Hans") == ["好友的首次消费重新核算：应得 0 积分，原记 300 积分"]


def test_nothing_earned() -> None:
    lines = (Line(1, "stamps", "postal-center", 1, 500, 500),)
    lines_told = told(grants(Buyer("regular", first_purchase=False), lines)["base"])
    assert lines_told[:2] == [
        "This brought no points.",
        "Not this time: Points for shopping – nothing that it is for was bought",
    ]


@pytest.mark.parametrize(
    ("shown", "english", "chinese"),
    [
        (
            entry(2, "check_in", {"do": "check_in", "points": 2, "streak": 7}, day="2026-03-02"),
            "Checked in on Mar 2, 2026, 7 days in a row: 2 points",
            "2026年3月2日签到，已连续 7 天：2 积分",
        ),
        (
            entry(10, "streak", {"do": "streak", "points": 10, "streak": 14, "days": 7}, day="2026-03-02"),
            "7 days in a row are complete on Mar 2, 2026: 10 points extra",
            "2026年3月2日连续签到满 7 天：额外奖励 10 积分",
        ),
        (
            entry(-200, "reward:tote", {"do": "pay_reward", "reward": "tote", "points": 200, "money": 400}),
            "Canvas shopping bag: 200 points, and $4.00 at the till",
            "兑换帆布购物袋：200 积分，到店另付 US$4.00",
        ),
        (
            entry(-600, "reward:tote", {"do": "pay_reward", "reward": "tote", "points": 600, "money": 0}),
            "Canvas shopping bag: 600 points",
            "兑换帆布购物袋：600 积分",
        ),
        (
            entry(600, "reward:tote", {"do": "give_back", "reward": "tote", "points": 600}),
            "Canvas shopping bag was cancelled: 600 points are back where they came from",
            "帆布购物袋已取消：600 积分已退回原处",
        ),
        (
            entry(50, "manual", {"do": "adjust", "points": 50}, reason="Broken eggs"),
            "The shop changed your points. Reason: Broken eggs",
            "门店调整了您的积分。原因：Broken eggs",
        ),
        (
            entry(-9, "expiry", {"do": "lapse", "points": 9, "at": "2026-03-03T05:00:00+00:00"}, lots=[4]),
            "Lapsed: 9 points, good until Mar 2, 2026",
            "已过期：9 积分，有效期至 2026年3月2日",
        ),
        (
            entry(9, "expiry", {"do": "undo_lapse", "points": 9}),
            "Lapsed already: 9 points; that is undone first, so that they are not lost twice",
            "其中 9 积分此前已过期，先予恢复，以免重复扣减",
        ),
        (
            entry(9, "within_balance", {"do": "forgive", "points": 9}),
            "Spent already: 9 points; the shop does not ask for them back",
            "9 积分此前已使用，门店不再追回",
        ),
        (
            entry(
                -4,
                "base",
                {"do": "worth", "granted": 15, "worth": 11, "posted": 15, "reversed": 4},
                refund="R1",
                refunded=400,
                total=1500,
            ),
            "$4.00 of the purchase of $15.00 came back. It had brought 15 points; what was kept is worth 11 points."
            " Taken back: 4 points",
            "该笔消费 US$15.00 中已退 US$4.00。原得 15 积分，留下的商品应得 11 积分，现扣回 4 积分",
        ),
        (
            entry(
                -6,
                "base",
                {"do": "worth", "granted": 15, "worth": 5, "posted": 11, "reversed": 6},
                refund="R2",
                refunded=1000,
                total=1500,
            ),
            "$10.00 of the purchase of $15.00 has come back by now. It had brought 15 points; what was kept is worth"
            " 5 points. Taken back before: 4 points; now: 6 points",
            "该笔消费 US$15.00 中累计已退 US$10.00。原得 15 积分，留下的商品应得 5 积分；此前已扣回 4 积分，"
            "现扣回 6 积分",
        ),
        (
            entry(3, "base", {"do": "rejudged", "due": 18, "posted": 15, "difference": 3}, late_purchase="T-7"),
            "An earlier purchase arrived late (T-7), so this one was judged anew: 18 points instead of 15 points",
            "更早的一笔消费（T-7）补录入账，本次消费重新核算：应得 18 积分，原记 15 积分",
        ),
    ],
)
def test_steps_in_words(shown: dict[str, Any], english: str, chinese: str) -> None:
    assert told(shown) == [english]
    assert told(shown, "zh-Hans") == [chinese]


@pytest.mark.parametrize(
    ("shown", "english", "chinese"),
    [
        (entry(5, "base"), "Points for shopping", "消费积分"),
        (entry(5, "referral_inviter"), "Points for inviting a friend", "邀请好友奖励"),
        (entry(-5, "reward:tote", kind="redemption"), "Canvas shopping bag", "帆布购物袋"),
        (entry(5, "reward:tote", kind="reversal"), "Cancelled: Canvas shopping bag", "已取消：帆布购物袋"),
        (entry(-5, "base", kind="reversal"), "Taken back: Points for shopping", "扣回：消费积分"),
        (entry(5, "expiry", kind="reversal"), "Lapse undone", "撤销过期"),
        (
            entry(5, "base", {"do": "rejudged", "due": 5, "posted": 0}, kind="adjustment"),
            "Judged anew: Points for shopping",
            "重新核算：消费积分",
        ),
        (entry(5, "manual", kind="adjustment"), "Change by the shop", "门店调整"),
        (entry(5, "gone-rule"), "gone-rule", "gone-rule"),
    ],
)
def test_entries_by_name(shown: dict[str, Any], english: str, chinese: str) -> None:
    assert entry_name(PROGRAM, shown, "en", strict=True) == english
    assert entry_name(PROGRAM, shown, "zh-Hans", strict=True) == chinese


def test_unknown_codes_are_loud_or_told_as_they_are() -> None:
    strange = entry(1, "base", {"do": "juggle"})
    assert explain(PROGRAM, strange, "en") == ["juggle"]
    with pytest.raises(UnknownWords, match=r"explain\.juggle"):
        told(strange)


def codes(key: str) -> set[str]:
    """The constant values of that key in every dict that the rules and services write."""
    found = set()
    for room in ("core/rules", "core/services"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Dict):
                    found |= {
                        str(value.value)
                        for name, value in zip(node.keys, node.values, strict=True)
                        if isinstance(name, ast.Constant) and name.value == key and isinstance(value, ast.Constant)
                    }
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_source_has_words(language: str) -> None:
    known = texts(language)
    steps = codes("do")
    assert {"lines", "round", "fixed", "worth", "lapse"} <= steps
    places = ("explain", "stored_value_step")  # of the two books
    said = {each for each in steps for place in places if any(key.startswith(f"{place}.{each}") for key in known)}
    assert sorted(steps - said) == []
    places = ("why_not", "stored_value_step")
    reasons = {each for each in codes("why") if "_" in each}
    assert [each for each in reasons if not any(f"{place}.{each}" in known for place in places)] == []
    assert [each for each in codes("code") if f"offer_reason.{each}" not in known] == []


@pytest.mark.parametrize(
    ("change", "reason", "english", "chinese"),
    [
        (
            ("regular", "silver"),
            {"do": "met", "spend": 60000, "points": 12, "ended": None},
            "From Regular to Silver: $600.00 spent within the period that counts.",
            "由普通会员升为银卡会员：统计期内消费 US$600.00。",
        ),
        (
            ("regular", "silver"),
            {"do": "met", "spend": 100, "points": 900, "ended": None},
            "From Regular to Silver: 900 points earned within the period that counts.",
            "由普通会员升为银卡会员：统计期内获得 900 积分。",
        ),
        (
            ("silver", "gold"),
            {"do": "met", "spend": 150000, "points": 2500, "ended": None, "late_purchase": "T-7"},
            "From Silver to Gold: $1,500.00 spent and 2,500 points earned within the period that counts."
            " (A purchase arrived late: T-7.)",
            "由银卡会员升为金卡会员：统计期内消费 US$1,500.00，获得 2,500 积分。（有一笔消费补录入账：T-7。）",
        ),
        (
            ("gold", "regular"),
            {"do": "not_kept", "spend": 0, "points": 0, "ended": "2026-03-03T05:00:00+00:00"},
            "From Gold to Regular: Gold was held until Mar 2, 2026 and was not reached again.",
            "由金卡会员降为普通会员：金卡会员有效期至 2026年3月2日，期内未再次达标。",
        ),
        (
            ("gold", "silver"),
            {"do": "not_kept", "spend": 0, "points": 0, "ended": "2027-03-03T05:00:00+00:00", "refund": "R1"},
            "From Gold to Silver: what remains is not enough for Gold. (Goods were returned: R1.)",
            "由金卡会员降为银卡会员：余下的消费未达到金卡会员的标准。（有商品退货：R1。）",
        ),
    ],
)
def test_tier_changes_in_words(change: tuple[str, str], reason: dict[str, Any], english: str, chinese: str) -> None:
    assert tier_reason_words(PROGRAM, *change, reason, "en", strict=True) == english
    assert tier_reason_words(PROGRAM, *change, reason, "zh-Hans", strict=True) == chinese


def test_reasons_of_offers_in_words() -> None:
    reason = {"code": "often_bought", "category": "produce", "times": 3}
    assert offer_reason_words(PROGRAM, reason, "en", strict=True) == "You bought Fruit and vegetables 3 times lately"
    assert offer_reason_words(PROGRAM, reason, "zh-Hans", strict=True) == "您近期购买过 3 次蔬菜水果"
