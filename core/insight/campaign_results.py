"""What a campaign brought: what became of its messages, what was done about them, and what was bought because of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import combinations
from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from core.db import result_queries as queries
from core.insight.amendments import AmendmentView, amendments_of
from core.insight.campaigns import CampaignView, Count, campaign, states_of
from core.insight.forecasts import Comparison, comparison
from core.rules.campaigns import WHOLE, Button
from core.rules.lift import Effect, Sample, Verdict, lift, rate_lift
from core.shop import Shop

WINDOW_DAYS = 14
HUNDREDTHS = 100
"""Amounts are added up in hundredths of minor units, so that points may be worth a part of one."""
WindowDays = Annotated[int, Field(ge=1, le=180)]
PointsWorth = Annotated[int, Field(ge=0, le=1_000_000)]


class Group(BaseModel):
    """Members of one side of the lot, and what they did in the window, whether a message reached them or not. spend:
    purchases less what was refunded. discounts: of coupons, any, that they used on these purchases. points: granted in
    the window, less what was taken back. Minor units."""

    members: int = 0
    buyers: int = 0
    purchases: int = 0
    spend: int = 0
    discounts: int = 0
    points: int = 0


class Estimate(BaseModel):
    """low to high covers what is true in 95 % of campaigns; both null where the verdict is too-few."""

    value: int
    low: int | None
    high: int | None


class Lift(BaseModel):
    """What the message brought against those held out. per_thousand: net spend, less reward cost, for 1,000 members;
    total: for all whom it was meant for; minor units. buying: how much larger the share of buyers is, in basis points.
    verdict: more, less, not-conclusive, too-few."""

    per_thousand: Estimate
    total: Estimate
    verdict: Verdict
    buying: Estimate
    buying_verdict: Verdict


class ButtonTaps(BaseModel):
    """members: who tapped it. button: what it carries, such as claim:welcome."""

    button: str
    members: int


class ArmResults(BaseModel):
    """meant: whom the lot gave the message, everybody of them: the base of `lift`. sent: to whom it was delivered.
    tapped: who used a button of it: at least so many read it. claimed, redeemed: coupons."""

    arm: str
    meant: Group
    sent: int
    tapped: int
    buttons: list[ButtonTaps]
    claimed: int
    redeemed: int
    lift: Lift | None


class ArmPair(BaseModel):
    """The first arm against the second."""

    first: str
    second: str
    difference: Lift


class CampaignResults(BaseModel):
    """since, until: the window, half-open; complete: it is over. points_worth: what 100 points are taken to cost, in
    minor units; null: they are counted and cost nothing here. held_out: the measure; control: the standing control
    group, told beside it. lift: null where nobody was held out. arms: with a correction for so many comparisons
    (Bonferroni), and so are pairs. states: of every delivery."""

    campaign: int
    currency: str
    since: datetime
    until: datetime
    complete: bool
    points_worth: int | None
    states: list[Count]
    meant: Group
    held_out: Group
    control: Group
    lift: Lift | None
    arms: list[ArmResults]
    pairs: list[ArmPair]
    forecast: Comparison
    amendments: list[AmendmentView]


@dataclass
class _Side:
    """Members whom the lot put in one place, and the sums of their net spend, in hundredths of minor units."""

    members: int = 0
    buyers: int = 0
    purchases: int = 0
    spend: int = 0
    discounts: int = 0
    points: int = 0
    total: int = 0
    squares: int = 0
    cubes: int = 0

    def add(self, row: Any, points_worth: int) -> None:
        net = HUNDREDTHS * (row.spend - row.discounts) - points_worth * row.points
        self.buyers += row.purchases > 0
        self.purchases += row.purchases
        self.spend += row.spend
        self.discounts += row.discounts
        self.points += row.points
        self.total += net
        self.squares += net * net
        self.cubes += net * net * net

    def group(self) -> Group:
        return Group(**{name: getattr(self, name) for name in Group.model_fields})

    def sample(self) -> Sample:
        return Sample(self.members, self.buyers, self.total, self.squares, self.cubes)


class _Sides:
    """By role (meant, held_out, control) and arm."""

    def __init__(self) -> None:
        self._found: defaultdict[tuple[str, str], _Side] = defaultdict(_Side)

    def of(self, role: str, arm: str) -> _Side:
        return self._found[role, arm]

    def whole(self, role: str) -> _Side:
        mine = [asdict(side) for (its, _), side in self._found.items() if its == role]
        return _Side(**{name: sum(each[name] for each in mine) for name in asdict(_Side())})


def campaign_results(
    shop: Shop,
    session: Session,
    campaign_id: int,
    window_days: int = WINDOW_DAYS,
    points_worth: int | None = None,
) -> CampaignResults:
    """As of now, in so many days after it began. Reads what everybody it was for did in the window.

    Intention to treat: whom the lot gave the message counts, delivered or not. Those who could not be reached when it
    was planned are on neither side. Spend is what tills report, before coupons, as they redeem them.

    points_worth: what 100 points cost, in minor units. Refused: unknown-campaign.
    """
    view, now = campaign(session, campaign_id), shop.now()
    since = max(each for each in (view.plan_from, view.launched_at, view.drafted_at) if each is not None)
    until = since + timedelta(days=window_days)
    sides = _sides(session, view, since, until, points_worth or 0)
    held_out, amended = sides.whole("held_out"), amendments_of(session, view.id)
    return CampaignResults(
        campaign=view.id,
        currency=shop.version_at(session, now).program.program.currency,
        since=since,
        until=until,
        complete=now >= until,
        points_worth=points_worth,
        states=[Count(state=state, reason=reason, count=n) for state, reason, n in states_of(session, view.id)],
        meant=sides.whole("meant").group(),
        held_out=held_out.group(),
        control=sides.whole("control").group(),
        lift=_lift(sides.whole("meant"), held_out),
        arms=_arms(session, view, amended, sides, since, until),
        pairs=_pairs(view, sides),
        forecast=comparison(session, view.id),
        amendments=amended,
    )


def _sides(session: Session, view: CampaignView, since: datetime, until: datetime, points_worth: int) -> _Sides:
    sides = _Sides()
    for role, arm, members in queries.sides(session, view.source):
        sides.of(role, arm).members = members
    for row in queries.doings(session, view.source, since, until):
        sides.of(row.role, row.arm).add(row, points_worth)
    return sides


def _offers(view: CampaignView, amended: Sequence[AmendmentView]) -> list[str]:
    """Those that its buttons claim, or claimed before or after a correction."""
    written = [each.buttons for each in view.contents]
    corrected = [change.after.buttons for each in amended if each.begun_at is not None for change in each.changes]
    buttons = [button for rows in written for row in rows for button in row]
    buttons += [Button.of_row(each) for rows in corrected for row in rows for each in row]
    return sorted({each.claim for each in buttons if each.claim})


def _arms(
    session: Session,
    view: CampaignView,
    amended: Sequence[AmendmentView],
    sides: _Sides,
    since: datetime,
    until: datetime,
) -> list[ArmResults]:
    offers = _offers(view, amended)
    sent = {arm: (count, tapped) for arm, count, tapped in queries.answers(session, view.source)}
    coupons = {arm: counts for arm, *counts in queries.coupons_of(session, view.source, offers, since, until)}
    taps = queries.taps(session, view.source)
    found = []
    for arm in sorted(view.arms):
        delivered, tapped = sent.get(arm, (0, 0))
        claimed, redeemed = coupons.get(arm, (0, 0))
        found.append(
            ArmResults(
                arm=arm,
                meant=sides.of("meant", arm).group(),
                sent=delivered,
                tapped=tapped,
                buttons=[ButtonTaps(button=name, members=count) for its, name, count in taps if its == arm],
                claimed=claimed,
                redeemed=redeemed,
                lift=_lift(sides.of("meant", arm), sides.whole("held_out"), len(view.arms)),
            )
        )
    return found


def _pairs(view: CampaignView, sides: _Sides) -> list[ArmPair]:
    pairs = list(combinations(sorted(view.arms), 2))
    found = []
    for first, second in pairs:
        difference = _lift(sides.of("meant", first), sides.of("meant", second), len(pairs))
        if difference is not None:
            found.append(ArmPair(first=first, second=second, difference=difference))
    return found


def _lift(meant: _Side, held_out: _Side, comparisons: int = 1) -> Lift | None:
    """None: there is nobody to compare."""
    if not meant.members or not held_out.members:
        return None
    spend = lift(meant.sample(), held_out.sample(), comparisons)
    buying = rate_lift(meant.sample(), held_out.sample(), comparisons)
    return Lift(
        per_thousand=_estimate(spend, Fraction(1_000, HUNDREDTHS)),
        total=_estimate(spend, Fraction(meant.members, HUNDREDTHS)),
        verdict=spend.verdict,
        buying=_estimate(buying, Fraction(WHOLE)),
        buying_verdict=buying.verdict,
    )


def _estimate(effect: Effect, times: Fraction) -> Estimate:
    """Rounded to whole units: the difference is exact until here, its bounds are statistics."""
    low, high = (None if each is None else round(each * float(times)) for each in (effect.low, effect.high))
    return Estimate(value=round(effect.difference * times), low=low, high=high)
