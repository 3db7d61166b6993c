"""Every play of a prize draw recomputed from the seed of its round."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row
from sqlmodel import Session

from core.db import prize_draw_queries as queries
from core.insight.prize_draws import draw_played, round_row
from core.program.prize_draws import Prize, PrizeDraw
from core.rules import prize_draws as rules
from core.shop import Shop

CHUNK = 1000
MOST_SHOWN = 200


class PlayFault(BaseModel):
    """where: DRAW:ROUND:NUMBER, without a number for the round itself; then member_id is 0. what: commitment, number,
    ticket, prize, stock, paid."""

    what: str
    where: str
    member_id: int
    stored: str
    proven: str


class PrizeCount(BaseModel):
    """prize: null for no prize. expected: the sum of the plays' odds, to two decimals."""

    prize: str | None
    observed: int
    expected: float


class RoundAudit(BaseModel):
    """faults: what does not agree, at most 200 of `found`. p_value: how likely counts at least as far from the odds are
    where the odds are as stated (chi-square); it is information, never a fault."""

    draw: str
    round: int
    closed: bool
    commitment: str
    seed: str | None
    plays: int
    counts: list[PrizeCount]
    p_value: float
    found: int
    faults: list[PlayFault]


def audit_round(shop: Shop, session: Session, draw: str, number: int) -> RoundAudit:
    """Recompute every play of a round. Refused: prize-draw-round-unknown."""
    row = round_row(session, draw, number)
    observed: Counter[str] = Counter()
    expected: defaultdict[str, Fraction] = defaultdict(Fraction)
    for play in _plays(session, row):
        observed[play.prize or ""] += 1
        for prize, odds in _chances(draw_played(shop, session, play.program_version, draw)).items():
            expected[prize] += odds
    faults = list(_faults(shop, session, row))
    counts = [
        PrizeCount(prize=prize or None, observed=observed[prize], expected=round(float(expected[prize]), 2))
        for prize in expected
    ]
    return RoundAudit(
        draw=draw,
        round=number,
        closed=row.closed_at is not None,
        commitment=row.commitment,
        seed=row.seed if row.closed_at is not None else None,
        plays=row.plays,
        counts=counts,
        p_value=rules.p_value(rules.chi_square(observed, expected), len(expected) - 1),
        found=len(faults),
        faults=faults[:MOST_SHOWN],
    )


def faults_of_plays(shop: Shop, session: Session) -> Iterator[PlayFault]:
    """What does not agree, in all rounds that there were."""
    for row in queries.all_rounds(session):
        yield from _faults(shop, session, row)


def _chances(draw: PrizeDraw) -> dict[str, Fraction]:
    """The part of plays by prize, "" for none; what cannot happen is left out."""
    chances = {**{prize.id: prize.odds for prize in draw.prizes}, "": draw.nothing}
    return {prize: odds for prize, odds in chances.items() if odds}


def _plays(session: Session, row: Row[Any]) -> Iterator[Row[Any]]:
    last = 0
    while plays := queries.plays_of(session, row.id, last, CHUNK):
        yield from plays
        last = plays[-1].number


def _faults(shop: Shop, session: Session, row: Row[Any]) -> Iterator[PlayFault]:
    here = f"{row.draw}:{row.number}"
    committed = rules.commitment(row.seed)
    if committed != row.commitment:
        yield PlayFault(what="commitment", where=here, member_id=0, stored=row.commitment, proven=committed)
    given = Counter(queries.given_before(session, row.draw, row.number))
    last = 0
    for play in _plays(session, row):
        for what, stored, proven in _of_play(shop, session, row, play, last, given):
            where = f"{here}:{play.number}"
            yield PlayFault(what=what, where=where, member_id=play.member_id, stored=str(stored), proven=str(proven))
        last = play.number
    if last != row.plays:
        yield PlayFault(what="number", where=here, member_id=0, stored=str(row.plays), proven=str(last))


def _of_play(
    shop: Shop, session: Session, row: Row[Any], play: Row[Any], last: int, given: Counter[str]
) -> Iterator[tuple[str, object, object]]:
    """What is stored and what is proven, where the two differ. last: the number before. given: as _stock."""
    draw = draw_played(shop, session, play.program_version, row.draw)
    ticket = rules.drawn(row.seed, row.draw, row.number, play.number, play.member_id, draw.tickets)
    prize = rules.prize_of(draw, ticket.number)
    pairs = [
        ("number", play.number, last + 1),
        ("ticket", f"{play.ticket} {play.digest}", f"{ticket.number} {ticket.digest}"),
        ("prize", play.prize, prize.id if prize else None),
        ("paid", f"{play.paid} {play.paid_for}", f"{-draw.price} prize_draw:{draw.id}"),
    ]
    yield from (each for each in pairs if each[1] != each[2])
    if prize is not None:
        yield from _stock(prize, play.withheld, given)


def _stock(prize: Prize, withheld: str | None, given: Counter[str]) -> Iterator[tuple[str, object, object]]:
    """given: how many of each prize so far; this one is added to it."""
    there = prize.stock is None or given[prize.id] < prize.stock
    if withheld == "prize-out-of-stock" and there:
        yield "stock", withheld, f"{given[prize.id]} of {prize.stock} were given"
    if withheld is None:
        if not there:
            yield "stock", "given", f"{given[prize.id]} of {prize.stock} were given"
        given[prize.id] += 1
