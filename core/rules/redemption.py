"""What a reward costs whom, and whether a member may take it."""

from __future__ import annotations

from core.program.schema import Price, Reward
from core.rules.refusal import Refusal


def prices(reward: Reward, tier: str) -> list[Price]:
    """The alternatives for a member of that tier."""
    return reward.tier_prices.get(tier, reward.prices)


def allowed(reward: Reward, tier: str) -> Refusal | None:
    """Refusal: reward-not-for-tier."""
    if reward.tiers and tier not in reward.tiers:
        return Refusal("reward-not-for-tier", {"tier": tier, "tiers": list(reward.tiers)})
    return None


def within_limit(reward: Reward, taken: int) -> Refusal | None:
    """`taken`: orders of this member that were not cancelled. Refusal: reward-limit."""
    if reward.per_member is not None and taken >= reward.per_member:
        return Refusal("reward-limit", {"limit": reward.per_member})
    return None


def price(reward: Reward, tier: str, choice: int) -> Price | Refusal:
    """The chosen alternative, counted from 0. Refusal: reward-no-such-price."""
    choices = prices(reward, tier)
    if not 0 <= choice < len(choices):
        return Refusal("reward-no-such-price", {"price": choice, "prices": len(choices)})
    return choices[choice]
