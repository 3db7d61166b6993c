"""Rounds of prize draws come and go: one whose time is over is closed, and a draw that runs has an open one."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from core.db import prize_draw_queries as queries
from core.program.prize_draws import PrizeDraw
from core.program.schema import Program
from core.rules.prize_draws import commitment, round_ends, running
from core.rules.seasons import dated
from core.services.common import Result
from core.shop import Shop


class RoundsTurned(Result):
    """How many were closed, and how many opened."""

    closed: int
    opened: int


def turn_rounds(shop: Shop) -> RoundsTurned:
    """Close what is over, which reveals its seed, and open what is missing, which shows its commitment. Twice is once.

    Refused: no-program.
    """
    with shop.reading() as (session, program):
        if not (_over(session, shop.now()) or _missing(session, program, shop.now())):
            return RoundsTurned(closed=0, opened=0)
    with shop.write() as session:
        now = shop.now()
        program = shop.version_at(session, now).program
        closed = sum(queries.close_round(session, round_id, now) for round_id in _over(session, now))
        opened = sum(_open(shop, session, program, draw, now) for draw in _missing(session, program, now))
    return RoundsTurned(closed=closed, opened=opened)


def _over(session: Session, now: datetime) -> list[int]:
    return [row.id for row in queries.open_rounds(session) if row.closes_at <= now]


def _missing(session: Session, program: Program, now: datetime) -> list[PrizeDraw]:
    """Draws that can be played now and have no open round."""
    if not program.prize_draws:
        return []
    have = {row.draw for row in queries.open_rounds(session) if row.closes_at > now}
    draws = [dated(draw, now, program.program.zone) for draw in program.prize_draws]
    return [draw for draw in draws if running(draw, now) and draw.id not in have]


def _open(shop: Shop, session: Session, program: Program, draw: PrizeDraw, now: datetime) -> bool:
    seed = shop.chance.seed()
    values = {
        "draw": draw.id,
        "seed": seed,
        "commitment": commitment(seed),
        "opened_at": now,
        "closes_at": round_ends(program, draw, now),
    }
    return queries.add_round(session, values)
