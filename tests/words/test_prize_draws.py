"""What a play was, as the member reads it in both languages."""

from __future__ import annotations

import pytest

from core.program.loading import load
from core.words import entry_name, explain
from tests.services.activities.test_prize_draws import DRAWS
from tests.words.test_explanations import entry

PROGRAM = load(DRAWS, "club")
ABOUT = {"draw": "spring", "tier": "basic", "round": 3, "number": 42, "commitment": "c"}
TICKET = {"do": "draw_ticket", "digest": "d1", "ticket": 1, "last": 7, "prizes": {"bear": "1/8"}}


def said(points: int, *steps: dict[str, object], kind: str = "redemption") -> list[list[str]]:
    booked = entry(points, "prize_draw:spring", *steps, kind=kind, **ABOUT)
    return [
        [entry_name(PROGRAM, booked, language, strict=True), *explain(PROGRAM, booked, language, strict=True)]
        for language in ("en", "zh-Hans")
    ]


@pytest.mark.parametrize(
    ("outcome", "english", "chinese"),
    [
        ({"do": "no_prize", "odds": "1/2"}, "No prize has that ticket (1/2 of all plays)",
         "该号码未中奖（占全部参与的 1/2）"),
        ({"do": "prize", "prize": "bear", "odds": "1/8"}, "It wins: Bear (1/8 of all plays)",
         "中奖：小熊（占全部参与的 1/8）"),
        ({"do": "prize_withheld", "prize": "bear", "odds": "1/8", "why": "prize-out-of-stock", "stock": 4},
         "It would win Bear (1/8 of all plays), but all 4 are gone",
         "该号码对应小熊（占全部参与的 1/8），但 4 份已全部送完"),
        ({"do": "prize_withheld", "prize": "gone", "odds": "1/8", "why": "coupon-limit-total", "stock": None},
         "It would win gone (1/8 of all plays), but its coupon cannot be given any more",
         "该号码对应gone（占全部参与的 1/8），但其优惠券已无法发放"),
    ],
)  # fmt: skip
def test_a_play_is_told(outcome: dict[str, object], english: str, chinese: str) -> None:
    assert said(-10, {"do": "pay_play", "points": 10}, TICKET, outcome) == [
        [
            "Spring prize draw",
            "One play: 10 points",
            "Ticket 1 of 0 to 7, drawn by play 42 of round 3. Proof: d1",
            english,
        ],
        ["春季抽奖", "参与一次：10 积分", "第 3 轮第 42 次参与，抽中 0 至 7 号中的 1 号。凭证：d1", chinese],
    ]


def test_what_was_won_is_told() -> None:
    assert said(0, {"do": "pay_play", "points": 0})[0][1:] == ["One play, free of charge"]
    assert said(100, {"do": "prize_points", "prize": "hundred", "points": 100, "odds": "1/8"}, kind="bonus") == [
        ["Spring prize draw", "You won A hundred: 100 points (play 42 of round 3)"],
        ["春季抽奖", "您抽中一百分：100 积分（第 3 轮第 42 次）"],
    ]
    assert said(1, {"do": "consolation", "points": 1}, kind="bonus") == [
        ["Spring prize draw", "No prize this time; 1 point as a consolation (play 42 of round 3)"],
        ["春季抽奖", "本次未中奖，安慰奖 1 积分（第 3 轮第 42 次）"],
    ]
