"""What a purchase earns: each rule's exact points over the lines it covers, rounded once a rule and purchase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from core.program.schema import EarningRule, Program, Referral, under
from core.rules.caps import NOTHING, Earned, capped

REFERRAL_FRIEND = "referral_friend"
REFERRAL_INVITER = "referral_inviter"
ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Line:
    """number: place in the purchase from 1. Prices in minor units."""

    number: int
    sku: str
    category: str
    quantity: int
    unit_price: int
    regular_price: int

    @property
    def amount(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Basket:
    """A purchase as the rules see it. tenders: what was paid, by kind, as far as the till says; total: what its lines
    come to; minor units."""

    occurred_at: datetime
    channel: str
    lines: tuple[Line, ...]
    tenders: Mapping[str, int] = field(default_factory=dict)
    total: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", sum(line.amount for line in self.lines))


@dataclass(frozen=True, slots=True)
class Buyer:
    """What the rules ask about the member at the time of the purchase."""

    tier: str
    first_purchase: bool
    birthday: date | None = None
    invited: bool = False
    earned: Mapping[str, Earned] = field(default_factory=dict)  # by capped rule


@dataclass(frozen=True, slots=True)
class Grant:
    """Points that one rule gives for one purchase. to_inviter: they go to the member who invited the buyer."""

    kind: str
    rule: str
    points: int
    explanation: dict[str, Any]
    to_inviter: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    points: int
    steps: list[dict[str, Any]]


def judge(program: Program, version: int, basket: Basket, buyer: Buyer) -> list[Grant]:
    """The grants of a purchase. The first accrual rule always has one, even of 0 points: it carries what qualifies
    for the tier, and says of every rule that did not apply why not."""
    judged: list[tuple[EarningRule, _Judged]] = []
    missed: list[dict[str, Any]] = []
    for rule in program.earning.rules:
        result = _apply(program, rule, basket, buyer)
        if isinstance(result, _Judged):
            judged.append((rule, result))
        else:
            missed.append({"rule": rule.id, **result})
    grants = _rule_grants(program, version, basket, buyer, judged, missed)
    return grants + _referral_grants(program.referral, version, basket, buyer)


def whole(exact: Fraction, rounding: str) -> int:
    """Exact points as whole ones: down, or half up."""
    return (exact + Fraction(1, 2)).__floor__() if rounding == "half_up" else exact.__floor__()


def _rule_grants(
    program: Program,
    version: int,
    basket: Basket,
    buyer: Buyer,
    judged: list[tuple[EarningRule, _Judged]],
    missed: list[dict[str, Any]],
) -> list[Grant]:
    main = next(rule for rule in program.earning.rules if rule.entry == "accrual")
    by_rule = {rule.id: (rule, result) for rule, result in judged}
    by_rule.setdefault(main.id, (main, _Judged(0, [])))
    order = [main.id, *(rule.id for rule, result in judged if rule is not main and result.points)]
    inputs = _inputs(basket, buyer)
    return [_grant(version, inputs, *by_rule[each], buyer, missed if each == main.id else []) for each in order]


def _grant(
    version: int,
    inputs: dict[str, Any],
    rule: EarningRule,
    judged: _Judged,
    buyer: Buyer,
    missed: list[dict[str, Any]],
) -> Grant:
    points, hit = capped(rule, judged.points, buyer.earned.get(rule.id, NOTHING))
    told = _explanation(rule.id, version, inputs, judged.steps, missed)
    return Grant(rule.entry, rule.id, points, {**told, "caps": hit})


def _apply(program: Program, rule: EarningRule, basket: Basket, buyer: Buyer) -> _Judged | dict[str, Any]:
    unmet = _unmet(program, rule, basket, buyer)
    if unmet:
        return unmet
    groups = _groups(rule, basket.lines)
    if not groups:
        return {"why": "no_eligible_lines"}
    tender_rate = _tender_rate(rule, basket)
    if not tender_rate:
        return {"why": "tender", "tenders": list(rule.except_tenders)}
    if rule.fixed is not None:
        return _Judged(rule.fixed, [_fixed_step(rule.fixed, groups)])
    assert rule.points is not None
    tier_rate = rule.tier_rates.get(buyer.tier, ONE)
    day_rate = _day_rate(program, rule, basket.occurred_at)
    per_unit = _times(_times(_times(rule.points / rule.per, tier_rate), day_rate), tender_rate)
    how = {"points": str(rule.points), "per": rule.per, "tier_rate": str(tier_rate)}
    if rule.day_rates:
        how["day_rate"] = str(day_rate)
    if tender_rate is not ONE:
        how |= {"tender_rate": str(tender_rate), "tenders": list(rule.except_tenders)}
    total = Fraction(0)
    steps: list[dict[str, Any]] = []
    for (category, rate), lines in groups.items():
        amount = sum(line.amount for line in lines)
        exact = _times(per_unit, rate) * amount
        total += exact
        steps.append(
            {
                "do": "lines",
                "lines": [line.number for line in lines],
                "category": category,
                "amount": amount,
                **how,
                "category_rate": str(rate),
                "exact": str(exact),
            }
        )
    points = whole(total, program.program.rounding)
    steps.append({"do": "round", "mode": program.program.rounding, "exact": str(total), "points": points})
    return _Judged(points, steps)


def _times(points: Fraction, rate: Fraction) -> Fraction:
    """The product; a rate that the program leaves at 1 is not worth multiplying by, fractions being slow."""
    return points if rate is ONE else points * rate


def _day_rate(program: Program, rule: EarningRule, at: datetime) -> Fraction:
    """What the rule's member days multiply by."""
    rate = ONE
    for each in rule.day_rates:
        if at.astimezone(program.program.zone).day in each.days:
            rate *= each.rate
    return rate


def _tender_rate(rule: EarningRule, basket: Basket) -> Fraction:
    """The part of the purchase that was not paid in the ways that the rule leaves out."""
    left_out = min(basket.total, sum(basket.tenders.get(kind, 0) for kind in rule.except_tenders))
    return Fraction(basket.total - left_out, basket.total) if left_out else ONE


def _unmet(program: Program, rule: EarningRule, basket: Basket, buyer: Buyer) -> dict[str, Any] | None:
    """The first condition that does not hold, as data."""
    when = rule.when
    if when.tiers and buyer.tier not in when.tiers:
        return {"why": "tier", "tier": buyer.tier, "tiers": list(when.tiers)}
    if when.channels and basket.channel not in when.channels:
        return {"why": "channel", "channel": basket.channel, "channels": list(when.channels)}
    if basket.total < when.min_spend:
        return {"why": "min_spend", "min_spend": when.min_spend, "spend": basket.total}
    if when.first_purchase and not buyer.first_purchase:
        return {"why": "not_first_purchase"}
    if when.except_first_purchase and buyer.first_purchase:
        return {"why": "first_purchase"}
    if when.birthday_month and not _in_birthday_month(program, basket, buyer):
        return {"why": "not_birthday_month"}
    return None


def _in_birthday_month(program: Program, basket: Basket, buyer: Buyer) -> bool:
    local = basket.occurred_at.astimezone(program.program.zone)
    return buyer.birthday is not None and buyer.birthday.month == local.month


def _groups(rule: EarningRule, lines: Sequence[Line]) -> dict[tuple[str, Fraction], list[Line]]:
    """The lines a rule covers, by root category and category rate."""
    groups: dict[tuple[str, Fraction], list[Line]] = {}
    group_of: dict[str, list[Line] | None] = {}
    for line in lines:
        if line.category not in group_of:
            rate, root = _category_rate(rule, line.category), line.category.split("/", 1)[0]
            group_of[line.category] = None if rate is None else groups.setdefault((root, rate), [])
        group = group_of[line.category]
        if group is not None:
            group.append(line)
    return groups


def _category_rate(rule: EarningRule, category: str) -> Fraction | None:
    """None: the rule does not cover it."""
    if rule.categories and under(category, rule.categories) is None:
        return None
    if under(category, rule.except_categories) is not None:
        return None
    rated = under(category, list(rule.category_rates))
    return rule.category_rates[rated] if rated else ONE


def _fixed_step(points: int, groups: dict[tuple[str, Fraction], list[Line]]) -> dict[str, Any]:
    covered = [line for lines in groups.values() for line in lines]
    return {
        "do": "fixed",
        "lines": sorted(line.number for line in covered),
        "amount": sum(line.amount for line in covered),
        "points": points,
        "exact": str(points),
    }


def _referral_grants(referral: Referral | None, version: int, basket: Basket, buyer: Buyer) -> list[Grant]:
    """Both sides are paid with an invited friend's first purchase."""
    if referral is None or not buyer.invited or not buyer.first_purchase or basket.total < referral.min_spend:
        return []
    inputs = _inputs(basket, buyer)
    step = {"do": "fixed", "lines": [line.number for line in basket.lines], "amount": basket.total}
    sides = [(REFERRAL_FRIEND, referral.friend_points, False), (REFERRAL_INVITER, referral.inviter_points, True)]
    return [
        Grant(
            "bonus",
            rule,
            points,
            _explanation(rule, version, inputs, [{**step, "points": points, "exact": str(points)}], []),
            to_inviter,
        )
        for rule, points, to_inviter in sides
        if points
    ]


def _inputs(basket: Basket, buyer: Buyer) -> dict[str, Any]:
    return {
        "total": basket.total,
        "tier": buyer.tier,
        "channel": basket.channel,
        "first_purchase": buyer.first_purchase,
    }


def _explanation(
    rule: str, version: int, inputs: dict[str, Any], steps: list[dict[str, Any]], missed: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"rule": rule, "version": version, "inputs": inputs, "steps": steps, "caps": [], "not_applied": missed}
