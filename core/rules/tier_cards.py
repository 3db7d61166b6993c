"""Cards: won in one business day, raised by the total of a period, never lost.

Without a card the purchases of one business day add up, and the one that reaches a threshold brings the highest card
that the day's sum reaches. With a card, what is bought while holding it adds up over the period. A period runs from
the day of the card to 31 December `period_years` on, the next ones from each 1 January after; the total starts anew
with each, the card stays.

What was bought with a card is never proof of one, even if a refund has taken that card back since: a purchase is a
card holder's if a card was held right before it, as far as was known then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from core.program.schema import Program
from core.program.tiering import Way
from core.rules.contributions import Contribution, Gap, Holding, Moment, ProgramAt, Rise, moments
from core.rules.terms import business_day, days_after, start_of_day

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class _Card:
    """The fold's state: the sums of the day (without a card) or of the period (with one), by measure."""

    tier: str
    met_at: datetime | None = None
    day: date | None = None
    period_until: datetime | None = None
    sums: dict[str | None, int] = field(default_factory=dict)
    met_with: int = 0
    rises: list[Rise] = field(default_factory=list)


def since(_program: Program, _at: datetime) -> datetime:
    """A card can be as old as the books."""
    return BEGINNING


def holding(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> Holding:
    """The card held at a moment."""
    program = program_at(at)
    card = _fold(program_at, contributions, at)
    tier = card.tier if program.rank(card.tier) >= 0 else program.tiers[0].id
    return Holding(tier, None, card.met_at, card.met_with, 0, card.period_until, card.period_until)


def rises(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> list[Rise]:
    """Every card that was won, the first one included."""
    return _fold(program_at, contributions, at).rises


def counting(program: Program, contributions: Iterable[Contribution], at: datetime) -> tuple[int, int]:
    """Without a card the day's sum, with one the period's total; no points."""
    card = _fold(lambda _: program, contributions, at)
    return card.sums.get(None, 0), 0


def to_next(program: Program, contributions: Iterable[Contribution], held: Holding, at: datetime) -> Gap | None:
    """The least that is missing to a higher card: today for those without one, in the period for the others."""
    card = _fold(lambda _: program, contributions, at)
    gaps = [
        Gap(
            tier.id,
            max(0, way.spend - card.sums.get(way.measure, 0)),
            None,
            card.period_until or days_after(at, 1, _zone(program)),
        )
        for tier in program.tiers[program.rank(held.tier) + 1 :]
        for way in tier.ways
        if _open(program, way, held.tier)
    ]
    return min(gaps, key=lambda gap: gap.spend or 0, default=None)


def to_keep(_program: Program, _contributions: Iterable[Contribution], _held: Holding, _at: datetime) -> Gap | None:
    """A card is never lost."""
    return None


def period_end(at: datetime, years: int, zone: ZoneInfo) -> datetime:
    """The end of a period that begins at `at`: the first moment after 31 December so many years on."""
    return start_of_day(date(business_day(at, zone).year + years + 1, 1, 1), zone)


def _fold(program_at: ProgramAt, contributions: Iterable[Contribution], at: datetime) -> _Card:
    """Walk through all that is known at a moment, after finding out who was a card holder before each correction."""
    known = [each for each in contributions if each.at <= at and each.known <= at]
    with_card: dict[datetime, bool] = {}
    for correction in sorted({each.known for each in known if each.known > each.at}):
        _walk(program_at, [each for each in known if each.known < correction], correction, with_card)
    return _walk(program_at, known, at, with_card)


def _walk(program_at: ProgramAt, known: list[Contribution], at: datetime, with_card: dict[datetime, bool]) -> _Card:
    """The card at a moment. with_card: whether one was held right before each moment; what is missing is added."""
    card = _Card(program_at(at).tiers[0].id)
    for moment in moments(known, at):
        program = program_at(moment.at)
        _begin(program, card, moment.at)
        holder = with_card.setdefault(moment.at, card.period_until is not None)
        if moment.invited_to is not None and program.rank(moment.invited_to) > program.rank(card.tier):
            _take(program, card, moment.invited_to, moment.at, 0)
        if holder and card.period_until is None:
            continue
        for measure in _measures(program):
            card.sums[measure] = card.sums.get(measure, 0) + moment.sum(program, measure)
        _rise(program, card, moment)
    _begin(program_at(at), card, at)
    with_card.setdefault(at, card.period_until is not None)
    return card


def _begin(program: Program, card: _Card, at: datetime) -> None:
    """A new business day without a card, or a new period with one, starts the sums anew."""
    zone, years = _zone(program), program.tiering.period_years
    if card.period_until is None:
        if card.day != (today := business_day(at, zone)):
            card.day, card.sums = today, {}
        return
    while card.period_until <= at:
        card.period_until, card.sums = period_end(card.period_until, years, zone), {}


def _rise(program: Program, card: _Card, moment: Moment) -> None:
    for tier in reversed(program.tiers[program.rank(card.tier) + 1 :]):
        for way in tier.ways:
            if _open(program, way, card.tier) and card.sums.get(way.measure, 0) >= way.spend:
                _take(program, card, tier.id, moment.at, card.sums.get(way.measure, 0))
                return


def _take(program: Program, card: _Card, tier: str, at: datetime, met_with: int) -> None:
    """The first card begins a period with an empty total; a higher one goes on in the same."""
    card.rises.append(Rise(card.tier, tier, at))
    card.tier, card.met_at, card.met_with = tier, at, met_with
    if card.period_until is None:
        card.period_until, card.sums = period_end(at, program.tiering.period_years, _zone(program)), {}


def _open(program: Program, way: Way, tier: str) -> bool:
    """Whether a way is open to who holds that tier: a day's sum only to those without a card, a total to the others."""
    without = tier == program.tiers[0].id
    return (way.by == "day") == without and (not way.held or tier in way.held)


def _measures(program: Program) -> set[str | None]:
    asked = {way.measure for tier in program.tiers for way in tier.ways}
    return {None, *asked}


def _zone(program: Program) -> ZoneInfo:
    return program.program.zone
