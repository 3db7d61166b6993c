"""What would happen if a campaign were launched now, and afterwards how that differs from what happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from core.db import campaign_queries as queries
from core.insight.campaigns import CampaignView, campaign, states_of, zone_of
from core.insight.recipients import Page, Recipient, end_of, first_misfit, pages
from core.program.schema import Program
from core.rules.campaigns import finish_times, stars_tenths
from core.rules.messaging import WEEK, Caps, end_of_quiet, first_day_with_room
from core.rules.refusal import Fact
from core.rules.styles import manner_of
from core.rules.terms import business_day
from core.shop import Shop

COUNTED = WEEK + timedelta(days=1)
"""What left longer ago counts for no cap."""
ENDS = {
    "no_chat": ("suppressed", "no-chat"),
    "blocked": ("blocked", None),
    "no_consent": ("suppressed", "no-consent"),
    "control_group": ("held_out", "control"),
    "held_out": ("held_out", "holdout"),
    "expired": ("expired", None),
    "muted": ("suppressed", "muted"),
    "quiet": ("suppressed", "quiet-hours"),
    "capped": ("suppressed", "frequency-cap"),
}
"""What a line of the funnel is as the end of a delivery."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What the shop's settings say about sending."""

    per_second: int = 30
    caps: Caps = field(default_factory=lambda: Caps(1, 3))
    paid: bool = False


class Funnel(BaseModel):
    """Each member of `matched` is in exactly one of the others, but for quiet_now: those of `to_send` for whom it will
    be quiet when it is due, so that it comes when that is over. quiet: for whom that is too late. expired: for whom it
    is due only after the campaign's end."""

    model_config = ConfigDict(frozen=True)

    matched: int
    no_chat: int
    blocked: int
    no_consent: int
    control_group: int
    held_out: int
    expired: int = 0  # forecasts from before there were these lines are kept
    muted: int
    quiet: int = 0
    capped: int
    to_send: int
    quiet_now: int


class Share(BaseModel):
    """So many are to get this content."""

    model_config = ConfigDict(frozen=True)

    arm: str
    language: str
    to_send: int


class ZoneWave(BaseModel):
    """due_at: when its first message leaves. done_at: when its last one has, at the rate of the settings, those held
    through quiet hours with them."""

    model_config = ConfigDict(frozen=True)

    zone: str
    to_send: int
    due_at: datetime
    done_at: datetime


class Misfit(BaseModel):
    """Why it cannot be launched as it is, told of the first member whom it would hit."""

    model_config = ConfigDict(frozen=True)

    reason: str
    facts: dict[str, Fact]


class Forecast(BaseModel):
    """As of `at`, for the campaign with that sha256. stars_tenths: what paid broadcast costs at most, in tenths of a
    Telegram Star; 0 where it is off. misfit: null if every text fits everybody."""

    model_config = ConfigDict(frozen=True)

    campaign: int
    at: datetime
    sha256: str
    funnel: Funnel
    shares: list[Share]
    zones: list[ZoneWave]
    per_second: int
    done_at: datetime | None
    stars_tenths: int
    misfit: Misfit | None


class Difference(BaseModel):
    """item: a line of the funnel, or a state (and reason) that no forecast knows, such as failed."""

    model_config = ConfigDict(frozen=True)

    item: str
    forecast: int
    happened: int


class Comparison(BaseModel):
    """forecast_at: null if none was made before launch; then every forecast is 0."""

    campaign: int
    forecast_at: datetime | None
    items: Sequence[Difference]


def forecast(shop: Shop, session: Session, campaign_id: int, pace: Pace) -> Forecast:
    """Looks at every member of the audience. Refused: unknown-campaign, segment-unknown."""
    view, now = campaign(session, campaign_id), shop.now()
    program = shop.version_at(session, now).program
    tally = _Tally(session, view, program, pace, now)
    for found in pages(shop, session, view, program, now):
        tally.add(found)
    waves = tally.waves()
    misfit = first_misfit(shop, session, view, program)
    return Forecast(
        campaign=view.id,
        at=now,
        sha256=view.sha256,
        funnel=tally.funnel(),
        shares=[Share(arm=arm, language=language, to_send=n) for (arm, language), n in sorted(tally.shares.items())],
        zones=waves,
        per_second=pace.per_second,
        done_at=max((wave.done_at for wave in waves), default=None),
        stars_tenths=stars_tenths(tally.lines["to_send"], pace.per_second, pace.paid),
        misfit=None if misfit is None else Misfit(reason=misfit.reason, facts=misfit.facts),
    )


class _Tally:
    """Counts page after page."""

    def __init__(self, session: Session, view: CampaignView, program: Program, pace: Pace, now: datetime) -> None:
        self._session, self._view, self._program, self._pace, self._now = session, view, program, pace, now
        self.lines: Counter[str] = Counter()
        self.shares: Counter[tuple[str, str]] = Counter()
        self._waves: Counter[tuple[str, datetime]] = Counter()

    def add(self, found: Page) -> None:
        going = [each for each in found.recipients if each.ended is None]
        left = self._left(going)
        self.lines["matched"] += len(found.recipients)
        for each in found.recipients:
            line = self._line(each, left)
            self.lines[line] += 1
            if line == "to_send":
                self._to_send(each)

    def _left(self, going: list[Recipient]) -> Mapping[int, list[datetime]]:
        if self._view.kind != "promo":
            return {}
        return queries.promos_since(self._session, [each.id for each in going], self._now - COUNTED)

    def _line(self, each: Recipient, left: Mapping[int, list[datetime]]) -> str:
        """In the order in which it will be judged."""
        if each.ended is not None:
            return next(name for name, end in ENDS.items() if end == (each.ended.state, each.ended.reason))
        end = end_of(each, self._view)
        if self._due(each) >= end:
            return "expired"
        if self._view.kind != "promo":
            return "to_send"
        if each.row.muted:
            return "muted"
        if self._leaves_at(each) >= end:
            return "quiet"
        return "capped" if self._is_capped(each, left.get(each.id, [])) else "to_send"

    def _is_capped(self, each: Recipient, left: list[datetime]) -> bool:
        """As it will be judged on the day when it leaves, by what has left so far."""
        zone = zone_of(each.row.zone, self._program)
        day = business_day(self._leaves_at(each), zone)
        caps = self._pace.caps.in_manner(manner_of(each.row.style))
        return bool(left) and first_day_with_room([business_day(at, zone) for at in left], caps, day) > day

    def _due(self, each: Recipient) -> datetime:
        return max(each.due_at, self._now)

    def _leaves_at(self, each: Recipient) -> datetime:
        """When it is due, or when it is no longer quiet after that."""
        due = self._due(each)
        if self._view.kind != "promo":
            return due
        return end_of_quiet(each.reach.quiet, zone_of(each.row.zone, self._program), due) or due

    def _to_send(self, each: Recipient) -> None:
        leaves = self._leaves_at(each)
        self.shares[each.content.arm, each.content.language] += 1
        self._waves[str(zone_of(each.row.zone, self._program)), leaves] += 1
        self.lines["quiet_now"] += leaves > self._due(each)

    def funnel(self) -> Funnel:
        return Funnel(**{name: self.lines[name] for name in Funnel.model_fields})

    def waves(self) -> list[ZoneWave]:
        """A zone's messages leave in several waves, where it is quiet for some of them."""
        order = sorted(self._waves, key=lambda wave: (wave[1], wave[0]))
        ends = finish_times([(leaves, self._waves[zone, leaves]) for zone, leaves in order], self._pace.per_second)
        zones: dict[str, ZoneWave] = {}
        for (zone, leaves), end in zip(order, ends, strict=True):
            before = zones.get(zone)
            count = self._waves[zone, leaves] + (before.to_send if before else 0)
            first = before.due_at if before else leaves
            zones[zone] = ZoneWave(zone=zone, to_send=count, due_at=first, done_at=end)
        return list(zones.values())


def comparison(session: Session, campaign_id: int) -> Comparison:
    """The last forecast before launch, against what happened so far. Refused: unknown-campaign."""
    view = campaign(session, campaign_id)
    told = Forecast.model_validate(view.forecast) if view.forecast else None
    happened = Counter({(state, reason): count for state, reason, count in states_of(session, view.id)})
    before = told.funnel.model_dump() if told else {}
    items = [_item("matched", before, sum(happened.values()))]
    items += [_item(name, before, happened.pop(end, 0)) for name, end in ENDS.items()]
    items.append(_item("to_send", before, happened.pop(("sent", None), 0)))
    for (state, reason), count in sorted(happened.items(), key=str):
        items.append(_item(state if reason is None else f"{state}: {reason}", {}, count))
    return Comparison(campaign=view.id, forecast_at=told.at if told else None, items=items)


def _item(name: str, before: Mapping[str, int], happened: int) -> Difference:
    return Difference(item=name, forecast=before.get(name, 0), happened=happened)
