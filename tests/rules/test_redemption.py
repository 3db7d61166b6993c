"""What a reward costs whom."""

from __future__ import annotations

from core.program.schema import Price, Reward
from core.rules.redemption import allowed, price, prices, within_limit
from core.rules.refusal import Refusal

FULL, MIXED, LOWER = Price(points=100), Price(points=40, money=300), Price(points=80)
MUG = Reward(
    id="mug",
    name={"en": "Mug"},
    prices=[FULL, MIXED],
    tier_prices={"gold": [LOWER]},
    tiers=["silver", "gold"],
    per_member=2,
)


def test_tier_prices_replace_the_others() -> None:
    assert prices(MUG, "silver") == [FULL, MIXED]
    assert prices(MUG, "gold") == [LOWER]
    assert [price(MUG, "silver", choice) for choice in (0, 1)] == [FULL, MIXED]
    assert price(MUG, "silver", -1) == Refusal("reward-no-such-price", {"price": -1, "prices": 2})
    assert price(MUG, "gold", 1) == Refusal("reward-no-such-price", {"price": 1, "prices": 1})


def test_a_reward_is_for_its_tiers() -> None:
    assert allowed(MUG, "gold") is None
    assert allowed(MUG, "basic") == Refusal("reward-not-for-tier", {"tier": "basic", "tiers": ["silver", "gold"]})
    assert allowed(MUG.model_copy(update={"tiers": []}), "basic") is None


def test_a_member_may_take_so_many() -> None:
    assert within_limit(MUG, 1) is None
    assert within_limit(MUG, 2) == Refusal("reward-limit", {"limit": 2})
    assert within_limit(MUG.model_copy(update={"per_member": None}), 1_000) is None
