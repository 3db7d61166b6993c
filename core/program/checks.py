"""What the parts of a program ask of each other.

The checks read the file's data before it is a Program, so that these faults are told together with those of shape;
what does not have its shape they pass over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core.program.amount_checks import AMOUNT_CHECKS
from core.program.benefit_checks import BENEFIT_CHECKS
from core.program.bonus_checks import BONUS_CHECKS
from core.program.dormancy_checks import DORMANCY_CHECKS
from core.program.earning_checks import EARNING_CHECKS
from core.program.faults import Finding, Path, did_you_mean, step
from core.program.find import Data, find, ids, texts_of
from core.program.goal_checks import GOAL_CHECKS
from core.program.journey_arrival_checks import ARRIVAL_CHECKS
from core.program.journey_checks import JOURNEY_CHECKS
from core.program.mending import show
from core.program.message_checks import MESSAGE_CHECKS
from core.program.prize_draw_checks import PRIZE_DRAW_CHECKS
from core.program.reach_checks import REACH_CHECKS
from core.program.season_checks import SEASON_CHECKS, at_one_time
from core.program.stored_value_checks import STORED_VALUE_CHECKS
from core.program.tier_checks import check_tiers
from core.program.word_checks import check_words

_NOUNS = {
    "categories": "category",
    "joining.proofs": "proof",
    "tiers": "tier",
    "tiering.measures": "measure",
    "earning.rules": "earning rule",
    "coupons": "coupon template",
    "rewards": "reward",
    "offers": "offer",
    "activities": "activity",
    "year_end": "year-end bonus",
    "goals": "goal",
    "benefits": "benefit",
    "discounts": "discount",
    "member_prices": "member price",
    "prize_draws": "prize draw",
    "journeys": "journey",
}
_REFERENCES = {
    "tiers.*.ways.*.from.*": "tiers",
    "tiers.*.ways.*.measure": "tiering.measures",
    "tiering.measures.*.categories.*": "categories",
    "tiering.measures.*.except_categories.*": "categories",
    "earning.rules.*.when.tiers.*": "tiers",
    "earning.rules.*.tier_rates.?": "tiers",
    "earning.rules.*.categories.*": "categories",
    "earning.rules.*.except_categories.*": "categories",
    "earning.rules.*.category_rates.?": "categories",
    "coupons.*.categories.*": "categories",
    "rewards.*.tiers.*": "tiers",
    "rewards.*.tier_prices.?": "tiers",
    "rewards.*.coupon": "coupons",
    "offers.*.coupon": "coupons",
    "offers.*.tiers.*": "tiers",
    "offers.*.categories.*": "categories",
    "birthday.coupon": "coupons",
    "year_end.*.measure": "tiering.measures",
    "year_end.*.tiers.*": "tiers",
    "goals.*.measure": "tiering.measures",
    "goals.*.steps.*.coupon": "coupons",
    "benefits.*.tiers.*": "tiers",
    "benefits.*.daily.measure": "tiering.measures",
    "benefits.*.gifts.*.tier": "tiers",
    "benefits.*.gifts.*.from.*": "tiers",
    "discounts.*.tier_percents.?": "tiers",
    "discounts.*.categories.*": "categories",
    "discounts.*.except_categories.*": "categories",
    "member_prices.*.tiers.*": "tiers",
    "prize_draws.*.tiers.*": "tiers",
    "prize_draws.*.prizes.*.coupon": "coupons",
    "journeys.*.reward": "rewards",
    "journeys.*.steps.*.coupon": "coupons",
}
_OF_PARTS = (
    *AMOUNT_CHECKS,
    *BENEFIT_CHECKS,
    *BONUS_CHECKS,
    *DORMANCY_CHECKS,
    *EARNING_CHECKS,
    *GOAL_CHECKS,
    *JOURNEY_CHECKS,
    *ARRIVAL_CHECKS,
    *MESSAGE_CHECKS,
    *PRIZE_DRAW_CHECKS,
    *REACH_CHECKS,
    *SEASON_CHECKS,
    *STORED_VALUE_CHECKS,
)
BUILT_IN = (
    "check_in",
    "streak",
    "referral_friend",
    "referral_inviter",
    "expiry",
    "manual",
    "invitation",
    "handover",
    "within_balance",
    "forgotten",
    "imported",
    "merged",
    "carried",
    "dormancy",
    "reopened",
)
"""What the books call the grants and takings that no earning rule makes."""


def check(data: Data) -> list[Finding]:
    """Every cross-check's findings."""
    checks = (_unique_ids, _references, check_words, check_tiers, _rules, _windows, _rewards, _streaks, _birthday)
    return [finding for one in (*checks, *_OF_PARTS) for finding in one(data)]


def _unique_ids(data: Data) -> Iterator[Finding]:
    for nouns, noun in _NOUNS.items():
        seen: set[str] = set()
        for path, written in texts_of(data, f"{nouns}.*.id"):
            if written in seen:
                yield Finding(path, f"there are two of {show(written)}", f"give each {noun} an id of its own")
            seen.add(written)


def _references(data: Data) -> Iterator[Finding]:
    for pattern, nouns in _REFERENCES.items():
        known = ids(data, nouns)
        for path, written in texts_of(data, pattern):
            root = written.split("/", 1)[0] if nouns == "categories" else written
            if root not in known:
                listed = f"known are {', '.join(known)}" if known else f"add it to [[{nouns}]]"
                yield Finding(path, f"there is no {_NOUNS[nouns]} {show(root)}", did_you_mean(root, known, listed))


def _rules(data: Data) -> Iterator[Finding]:
    rules = [(path, rule) for path, rule in find(data, "earning.rules.*") if isinstance(rule, dict)]
    if rules and all(rule.get("entry") == "bonus" for _, rule in rules):
        yield Finding(("earning", "rules"), "every rule is a bonus", 'leave out entry = "bonus" in the main one')
    for path, rule in rules:
        if rule.get("id") in BUILT_IN:
            yield Finding(
                (*path, "id"), f"{show(rule['id'])} is what the books call something else", "choose another id"
            )
        yield from _points_or_fixed(path, rule)
        yield from _reach(path, rule)


def _points_or_fixed(path: Path, rule: dict[str, Any]) -> Iterator[Finding]:
    if "points" in rule and "fixed" in rule:
        yield Finding((*path, "fixed"), "the rule has both points and fixed", "keep one of the two")
    elif "points" not in rule and "fixed" not in rule:
        yield Finding(path, "the rule gives nothing", "add points = 1 (for each per) or fixed = 200 (for a purchase)")
    elif "fixed" in rule:
        for key in ("per", "tier_rates", "category_rates", "day_rates"):
            if key in rule:
                yield Finding((*path, key), f"{key} does nothing beside fixed", "remove it, or write points for fixed")
    for key in ("points", "fixed"):
        if rule.get(key) == 0:
            yield Finding((*path, key), "the rule gives 0 points", "write how many, or remove the rule")


def _reach(path: Path, rule: dict[str, Any]) -> Iterator[Finding]:
    """Parts of a rule that can never count."""
    covered, left_out = _texts(rule.get("categories")), _texts(rule.get("except_categories"))
    for place, category in enumerate(left_out):
        if category in covered:
            message = f"{show(category)} is also under categories"
            yield Finding((*path, "except_categories", place), message, "keep it in one of the two")
    for category in rule["category_rates"] if isinstance(rule.get("category_rates"), dict) else ():
        if any(_lies_under(category, each) for each in left_out):
            message = f"the rule leaves {show(category)} out"
            yield Finding((*path, "category_rates", category), message, "remove it here or under except_categories")
    when = rule.get("when")
    tiers = _texts(when.get("tiers")) if isinstance(when, dict) else []
    for tier in rule["tier_rates"] if tiers and isinstance(rule.get("tier_rates"), dict) else ():
        if tier not in tiers:
            message = f"the rule is not for {show(tier)}"
            yield Finding((*path, "tier_rates", tier), message, "remove it, or add the tier to when.tiers")


def _windows(data: Data) -> Iterator[Finding]:
    for pattern in ("coupons.*.validity", "offers.*", "member_prices.*"):
        for path, part in find(data, pattern):
            since, until = _moment(part, "since"), _moment(part, "until")
            if since and until and since >= until:
                message = f"{show(until)} is not after since, {show(since)}"
                yield Finding((*path, "until"), message, "write the first moment at which it is over")
    for path, offer in find(data, "offers.*"):
        validity = _validity(data, offer)
        starts, ends = _moment(offer, "since"), _moment(offer, "until")
        opens, closes = _moment(validity, "since"), _moment(validity, "until")
        if (starts and closes and starts >= closes) or (ends and opens and ends <= opens):
            message = f"{show(step(offer, 'coupon'))} is never valid while the offer runs"
            yield Finding((*path, "coupon"), message, "move the dates of the offer or of the coupon")


def _rewards(data: Data) -> Iterator[Finding]:
    for pattern in ("rewards.*.prices.*", "rewards.*.tier_prices.?.*"):
        for path, price in find(data, pattern):
            if isinstance(price, dict) and price.get("points") == 0 and not price.get("money"):
                yield Finding(
                    path, "the reward would be free", "write what it costs; an offer gives a coupon for nothing"
                )
    for path, prices in [*find(data, "rewards.*.prices"), *find(data, "rewards.*.tier_prices.?")]:
        for place, price in enumerate(prices if isinstance(prices, list) else ()):
            if price in prices[:place]:
                yield Finding((*path, place), "the price is there twice", "remove one of the two")
    for path, reward in find(data, "rewards.*"):
        tiers = _texts(step(reward, "tiers"))
        for tier in step(reward, "tier_prices") or () if tiers else ():
            if tier not in tiers:
                message = f"the reward is not for {show(tier)}"
                yield Finding((*path, "tier_prices", tier), message, "remove it, or add the tier to tiers")


def _streaks(data: Data) -> Iterator[Finding]:
    seen: set[int] = set()
    for path, days in find(data, "check_in.streaks.*.days"):
        if isinstance(days, int) and days in seen:
            yield Finding(path, f"there are two streaks of {days} days", "keep one")
        seen.add(days if isinstance(days, int) else 0)


def _birthday(data: Data) -> Iterator[Finding]:
    wanted = step(step(data, "birthday"), "coupon")
    for path, template in find(data, "coupons.*"):
        if wanted is None or step(template, "id") != wanted:
            continue
        if at_one_time(template.get("validity")):
            message = f"{show(wanted)} is valid at one time only, birthdays are all year round"
            yield Finding(("birthday", "coupon"), message, "give the coupon validity = { days = 30 }")
        if "per_member" in template:
            message = "a member could have no more birthdays than that"
            yield Finding((*path, "per_member"), message, "remove it: the coupon is issued once a year anyway")


def _validity(data: Data, offer: Any) -> Any:
    wanted = step(offer, "coupon")
    return next(
        (step(each, "validity") for _, each in find(data, "coupons.*") if wanted and step(each, "id") == wanted), None
    )


def _moment(part: Any, key: str) -> datetime | None:
    value = step(part, key)
    return value if isinstance(value, datetime) and value.tzinfo else None


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _lies_under(path: str, root: str) -> bool:
    return path == root or path.startswith(root + "/")
