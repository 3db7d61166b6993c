"""Prize draws as members see them, and what anybody needs to recompute every play."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row
from sqlmodel import Session

from core.db import prize_draw_queries as queries
from core.db.counters import used
from core.insight.balance import balance
from core.insight.coupons import CouponTerms, coupon_terms
from core.insight.tier import standing
from core.program.prize_draws import Prize, PrizeDraw
from core.program.schema import Program, Words
from core.rules import prize_draws as rules
from core.rules.refusal import Refused
from core.rules.seasons import dated
from core.rules.terms import business_day, start_of_day
from core.shop import Shop


class PrizeView(BaseModel):
    """odds: an exact fraction of the plays. stock_left: None without a limit."""

    id: str
    name: Words
    odds: str
    points: int | None
    coupon: CouponTerms | None
    goods: bool
    stock_left: int | None


class RoundHead(BaseModel):
    """commitment: the SHA-256 of the seed, which is told once the round is closed. closes_at: exclusive."""

    number: int
    commitment: str
    seed: str | None
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    plays: int


class PrizeDrawView(BaseModel):
    """nothing: the part of plays that win no prize and get the consolation (points). running: it can be played now.
    round: the open one; None while there is none."""

    id: str
    name: Words
    text: Words
    price: int
    prizes: list[PrizeView]
    nothing: str
    consolation: int
    since: datetime | None
    until: datetime | None
    tiers: list[str]
    per_day: int | None
    per_member: int | None
    running: bool
    round: RoundHead | None


class MemberPrizeDraw(PrizeDrawView):
    """As one member has it. refused: why it cannot be played now (a refusal's reason), None: it can. played: how often
    the member did."""

    refused: str | None
    facts: dict[str, Any]
    affordable: bool
    played_today: int
    played: int


class PlayView(BaseModel):
    """ticket: from 0. prize: whose ticket it was. withheld: why it could not be given. version: of the program, whose
    odds hold."""

    number: int
    member_id: int
    at: datetime
    digest: str
    ticket: int
    prize: str | None
    withheld: str | None
    version: int


class Odds(BaseModel):
    """The prizes of a version of the program in their order, each with its part of the plays; tickets: their common
    denominator."""

    version: int
    tickets: int
    prizes: dict[str, str]


class RoundView(RoundHead):
    """odds: of every version that judged one of these plays. next: the number to go on after, None at the end."""

    draw: str
    odds: list[Odds]
    items: list[PlayView]
    next: int | None


def counter_of(draw: PrizeDraw, prize: Prize) -> str:
    """The counter that holds how much of a prize's stock is gone."""
    return f"prize:{draw.id}:{prize.id}"


def order_name(draw: PrizeDraw, prize: Prize) -> str:
    """What an order of goods that were won is for; a colon is in no reward's id."""
    return f"{draw.id}:{prize.id}"


def prize_draws(shop: Shop, session: Session) -> list[PrizeDrawView]:
    """In the program's order. Refused: no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    gone = used(session)
    return [PrizeDrawView(**_facts(session, program, draw, now, gone)) for draw in _dated(program, now)]


def prize_draws_of(shop: Shop, session: Session, member_id: int) -> list[MemberPrizeDraw]:
    """As one member has them. Refused: unknown-member, no-program."""
    now = shop.now()
    program = shop.version_at(session, now).program
    if not program.prize_draws:
        return []
    tier = standing(shop, session, member_id).tier
    active = balance(shop, session, member_id).active
    zone, gone = program.program.zone, used(session)
    ever = queries.played(session, member_id)
    today = queries.played(session, member_id, start_of_day(business_day(now, zone), zone))
    views = []
    for draw in _dated(program, now):
        times = (today.get(draw.id, 0), ever.get(draw.id, 0))
        refusal = rules.playable(draw, tier, *times, now)
        views.append(
            MemberPrizeDraw(
                **_facts(session, program, draw, now, gone),
                refused=refusal.reason if refusal else None,
                facts=refusal.facts if refusal else {},
                affordable=draw.price <= active,
                played_today=times[0],
                played=times[1],
            )
        )
    return views


def rounds_of(shop: Shop, session: Session, draw: str) -> list[RoundHead]:
    """Every round there was, the newest first. Refused: prize-draw-unknown."""
    rounds = [RoundHead(**_head(row)) for row in reversed(queries.all_rounds(session, draw))]
    if not rounds and shop.version_at(session, shop.now()).program.prize_draw(draw) is None:
        raise Refused("prize-draw-unknown", draw=draw)
    return rounds


def round_view(shop: Shop, session: Session, draw: str, number: int, after: int = 0, limit: int = 200) -> RoundView:
    """A round and its plays after that number. Refused: prize-draw-round-unknown."""
    row = round_row(session, draw, number)
    plays = queries.plays_of(session, row.id, after, limit + 1)
    versions = sorted({play.program_version for play in plays})
    return RoundView(
        **_head(row),
        draw=draw,
        odds=[_odds(version, draw_played(shop, session, version, draw)) for version in versions],
        items=[_play(play) for play in plays[:limit]],
        next=plays[limit - 1].number if len(plays) > limit else None,
    )


def round_row(session: Session, draw: str, number: int) -> Row[Any]:
    row = queries.round_by_number(session, draw, number)
    if row is None:
        raise Refused("prize-draw-round-unknown", draw=draw, round=number)
    return row


def draw_played(shop: Shop, session: Session, version: int, draw: str) -> PrizeDraw:
    """The prize draw as it was when somebody played it."""
    found = shop.version(session, version).program.prize_draw(draw)
    assert found is not None, f"version {version} was played without knowing {draw}"
    return found


def _dated(program: Program, now: datetime) -> list[PrizeDraw]:
    return [dated(draw, now, program.program.zone) for draw in program.prize_draws]


def _facts(session: Session, program: Program, draw: PrizeDraw, now: datetime, gone: dict[str, int]) -> dict[str, Any]:
    """Everything of a PrizeDrawView."""
    current = queries.open_round(session, draw.id, now)
    return {
        **draw.model_dump(include={"id", "name", "text", "price", "consolation", "since", "until", "tiers"}),
        **draw.model_dump(include={"per_day", "per_member"}),
        "prizes": [_prize(program, draw, prize, gone) for prize in draw.prizes],
        "nothing": str(draw.nothing),
        "running": rules.running(draw, now),
        "round": RoundHead(**_head(current)) if current is not None else None,
    }


def _prize(program: Program, draw: PrizeDraw, prize: Prize, gone: dict[str, int]) -> PrizeView:
    template = program.coupon(prize.coupon) if prize.coupon else None
    taken = gone.get(counter_of(draw, prize), 0)
    return PrizeView(
        id=prize.id,
        name=prize.name,
        odds=str(prize.odds),
        points=prize.points,
        coupon=coupon_terms(template) if template else None,
        goods=prize.goods,
        stock_left=None if prize.stock is None else max(0, prize.stock - taken),
    )


def _head(row: Row[Any]) -> dict[str, Any]:
    """Everything of a RoundHead; the seed of an open round is nobody's business."""
    told = {name: getattr(row, name) for name in RoundHead.model_fields}
    return {**told, "seed": row.seed if row.closed_at is not None else None}


def _odds(version: int, draw: PrizeDraw) -> Odds:
    return Odds(version=version, tickets=draw.tickets, prizes={each.id: str(each.odds) for each in draw.prizes})


def _play(row: Row[Any]) -> PlayView:
    told = {name: getattr(row, name) for name in PlayView.model_fields if name != "version"}
    return PlayView(**told, version=row.program_version)
