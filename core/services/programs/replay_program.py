"""What a draft would have done to every member, had it judged the shop's real history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction

from sqlalchemy import select

from core.db.members import members
from core.program.loading import load
from core.program.schema import AmountOff, Program
from core.rules.refusal import Refused
from core.services.programs.publishing import sha256
from core.services.replaying.explaining import affected_member
from core.services.replaying.fold import Fold
from core.services.replaying.outcome import Outcome
from core.services.replaying.replay import explained, outcomes
from core.services.replaying.report import ReplayReport, Sides
from core.shop import Shop, Version

Pair = tuple[Outcome, Outcome]
SHOWN_EVERY = 500


def replay_program(
    shop: Shop,
    source: str,
    since: datetime | None = None,
    language: str = "en",
    show: Callable[[int], None] = lambda done: None,
) -> ReplayReport:
    """since: the draft judges from then on; None: all of the history. language: of the examples' arithmetic. show: how
    many members are done. Nothing is written.

    Raises ProgramError for a faulty text. Refused: no-program, program-currency-changed.
    """
    draft = load(source, "draft")
    with shop.read() as session:
        version = shop.version_at(session, shop.now())
    expected = version.program.program.currency
    if draft.program.currency != expected:
        raise Refused("program-currency-changed", currency=draft.program.currency, expected=expected)
    fold = folded(draft, outcomes(shop, draft, since), show)
    most = explained(shop, draft, since, fold.affected())
    report = report_of(fold, version, sha256(source), since, shop.now())
    cards = _card_numbers(shop, list(most))
    programs = (version.program, draft)
    report.affected = [
        affected_member(cards[each], *most[each], programs, language) for each in fold.affected() if each in most
    ]
    return report


def folded(draft: Program, pairs: Iterable[Pair], show: Callable[[int], None] = lambda done: None) -> Fold:
    fold = Fold(draft)
    for before, after in pairs:
        fold.add(before, after)
        if fold.members % SHOWN_EVERY == 0:
            show(fold.members)
    return fold


def report_of(fold: Fold, version: Version, digest: str, since: datetime | None, at: datetime) -> ReplayReport:
    """Everything but the affected members."""
    active, pending = fold.sums["active"], fold.sums["pending"]
    liability = Sides(before=active.before + pending.before, after=active.after + pending.after)
    return ReplayReport(
        program=fold.draft.program.id,
        version=version.id,
        sha256=digest,
        since=since,
        at=at,
        members=fold.members,
        different=fold.different,
        not_replayed=fold.not_replayed,
        gaining=fold.gaining,
        losing=fold.losing,
        unchanged=fold.members - fold.gaining.members - fold.losing.members,
        tiers=fold.moves(),
        **fold.sums,
        liability=liability,
        money=_money(liability, version.program, fold.draft),
        notices=fold.notices,
        unpaid=fold.unpaid(),
        refused=dict(sorted(fold.refused.items())),
        affected=[],
    )


def _money(liability: Sides, old: Program, new: Program) -> Sides | None:
    worth_before, worth_after = point_worth(old), point_worth(new)
    if worth_before is None or worth_after is None:
        return None
    return Sides(before=int(liability.before * worth_before), after=int(liability.after * worth_after))


def point_worth(program: Program) -> Fraction | None:
    """The most that a point takes off, in minor units: over the rewards that are coupons for an amount, and all their
    prices. None where there is none."""
    discounts = [(reward, program.coupon(reward.coupon)) for reward in program.rewards if reward.coupon]
    worths = [
        Fraction(template.discount.amount - price.money, price.points)
        for reward, template in discounts
        if template is not None and isinstance(template.discount, AmountOff)
        for prices in [reward.prices, *reward.tier_prices.values()]
        for price in prices
        if price.points
    ]
    return max((worth for worth in worths if worth > 0), default=None)


def _card_numbers(shop: Shop, member_ids: list[int]) -> dict[int, str]:
    query = select(members.c.id, members.c.card_number).where(members.c.id.in_(member_ids))
    with shop.read() as session:
        return {row.id: row.card_number for row in session.execute(query)}
