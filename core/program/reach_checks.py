"""Parts of a program that can never do anything: rewards nobody can reach, rules that cover or give nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find, ids
from core.program.mending import show

LONGEST_MONTH = 31
_OTHER_SOURCES = ("check_in", "referral", "activities", "year_end", "goals", "prize_draws")
"""What else brings points, without a cap that could be added up here."""


def _rewards_of_coupons(data: Data) -> Iterator[Finding]:
    """A reward that promises more of a coupon than there is."""
    for path, reward in find(data, "rewards.*"):
        coupon = next((each for _, each in find(data, "coupons.*") if _same_id(each, step(reward, "coupon"))), None)
        for own, of_coupon in (("per_member", "per_member"), ("stock", "total")):
            wanted, most = step(reward, own), step(coupon, of_coupon)
            if isinstance(wanted, int) and isinstance(most, int) and wanted > most:
                message = f"{wanted} are more than {of_coupon} = {most} of the coupon {show(reward['coupon'])}"
                yield Finding((*path, own), message, f"write at most {own} = {most}, or raise that of the coupon")


def _rewards_without_points(data: Data) -> Iterator[Finding]:
    """A card is never lost, so that points are there from the lowest card that earns any, and no sooner."""
    if step(step(data, "tiering"), "kind") != "cards" or any(data.get(source) for source in _OTHER_SOURCES):
        return
    tiers = ids(data, "tiers")
    rules = [rule for _, rule in find(data, "earning.rules.*") if isinstance(rule, dict)]
    earning = [tier for tier in tiers if any(_is_for(rule, tier) for rule in rules)]
    if not earning:
        return
    for path, reward in find(data, "rewards.*"):
        named = [tier for tier in _texts(step(reward, "tiers")) if tier in tiers]
        if named and max(map(tiers.index, named)) < tiers.index(earning[0]):
            message = f"nobody can reach it: points are earned from {show(earning[0])} up"
            yield Finding((*path, "tiers"), message, f"add {show(earning[0])}, or let {show(named[-1])} earn")


def _is_for(rule: dict[str, Any], tier: str) -> bool:
    named = _texts(step(rule.get("when"), "tiers"))
    return not named or tier in named


def _rewards_above_caps(data: Data) -> Iterator[Finding]:
    """Where every rule is capped and points lapse, there is a most that a member can hold."""
    most = _most_at_once(data)
    for path, reward in find(data, "rewards.*") if most is not None else ():
        asked = [points for prices in _price_lists(reward) for _, points in find({"all": prices}, "all.*.points")]
        if asked and all(isinstance(points, int) and points > (most or 0) for points in asked):
            message = f"nobody can reach it: with their caps the rules bring {most} points at most before they lapse"
            yield Finding((*path, "prices"), message, "lower the price, or raise the caps")


def _most_at_once(data: Data) -> int | None:
    """None: there is no such limit, or it cannot be told."""
    earning, months = step(data, "earning"), step(step(data, "earning"), "expires_months") or 12
    lapses = isinstance(earning, dict) and earning.get("expires", "months") == "months" and isinstance(months, int)
    rules = [rule for _, rule in find(data, "earning.rules.*")]
    if not lapses or any(data.get(source) for source in _OTHER_SOURCES):
        return None
    by_month = [_cap_of_month(rule) for rule in rules]
    return (months + 1) * sum(each or 0 for each in by_month) if rules and None not in by_month else None


def _cap_of_month(rule: Any) -> int | None:
    month, day = step(rule, "cap_per_month"), step(rule, "cap_per_day")
    if isinstance(month, int):
        return month
    return LONGEST_MONTH * day if isinstance(day, int) else None


def _price_lists(reward: Any) -> list[Any]:
    by_tier = step(reward, "tier_prices")
    return [step(reward, "prices"), *(by_tier.values() if isinstance(by_tier, dict) else ())]


def _covered(data: Data) -> Iterator[Finding]:
    """A category that is left out together with the one above it."""
    for pattern in ("earning.rules.*", "discounts.*"):
        for path, part in find(data, pattern):
            left_out = _texts(step(part, "except_categories"))
            for place, category in enumerate(_texts(step(part, "categories"))):
                above = next((each for each in left_out if category.startswith(each + "/")), None)
                if above is not None:
                    message = f"{show(category)} lies under {show(above)}, which except_categories leaves out"
                    yield Finding((*path, "categories", place), message, "remove it here or there")


def _twins(data: Data) -> Iterator[Finding]:
    """Two rules that are one: whoever wrote them meant something else."""
    seen: list[tuple[Any, dict[str, Any]]] = []
    for path, rule in find(data, "earning.rules.*"):
        if not isinstance(rule, dict):
            continue
        does = {key: value for key, value in rule.items() if key not in ("id", "name")}
        twin = next((other for other, same in seen if same == does), None)
        if does and twin is not None:
            message = f"it gives the same as {show(twin)} for the same purchases, once more"
            yield Finding(path, message, "change one of the two, or remove it")
        seen.append((rule.get("id"), does))


def _nothing(data: Data) -> Iterator[Finding]:
    """What gives or takes off nothing."""
    for path, rule in find(data, "earning.rules.*"):
        yield from _above_cap(path, rule)
    for path, cap in find(data, "coupons.*.discount.cap"):
        if cap == 0:
            yield Finding(path, "the coupon takes nothing off", "write the most that it takes off, or remove cap")
    referral = step(data, "referral")
    if step(referral, "inviter_points") == 0 and step(referral, "friend_points") == 0:
        yield Finding(("referral", "inviter_points"), "nobody is paid", "write how many points, or remove [referral]")
    check_in = step(data, "check_in")
    if step(check_in, "points") == 0 and not step(check_in, "streaks"):
        yield Finding(("check_in", "points"), "a check-in gives nothing", "write how many, or remove [check_in]")


def _above_cap(path: Path, rule: Any) -> Iterator[Finding]:
    fixed = step(rule, "fixed")
    for key in ("cap_per_day", "cap_per_month"):
        cap = step(rule, key)
        if isinstance(fixed, int) and isinstance(cap, int) and fixed > cap:
            message = f"the {fixed} of one purchase are more than that"
            yield Finding((*path, key), message, f"write {key} = {fixed} or more")


def _same_id(part: Any, wanted: Any) -> bool:
    return isinstance(wanted, str) and step(part, "id") == wanted


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


REACH_CHECKS = (
    _rewards_of_coupons,
    _rewards_without_points,
    _rewards_above_caps,
    _covered,
    _twins,
    _nothing,
)
