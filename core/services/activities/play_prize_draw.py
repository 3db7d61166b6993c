"""A member plays for a prize."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Row
from sqlmodel import Session

from core.db import prize_draw_queries as queries
from core.db import reward_queries
from core.db.counters import give_back, take
from core.insight.members import member_id_of
from core.insight.prize_draws import counter_of, order_name
from core.program.prize_draws import Prize, PrizeDraw
from core.rules import prize_draws as rules
from core.rules.expiry import lapses_at
from core.rules.refusal import Refused
from core.rules.seasons import dated
from core.rules.terms import business_day, days_after, start_of_day
from core.services.activities.prize_draw_rounds import turn_rounds
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Book, Draft
from core.services.common import EntryOut, MemberRef, Result, Wish
from core.services.once import Caller, once
from core.services.rewards.issue_coupon import grant_coupon
from core.services.rewards.redeem_reward import CODE_LENGTH
from core.shop import Shop, Version

NO_LIMIT = 2**62
"""Prizes are counted even where there is no limit: a later version may set one."""


class PlayWish(Wish):
    """price, commitment: what the member was shown, if anything; where one has changed the play is refused."""

    member: MemberRef
    draw: Annotated[str, Field(min_length=1, max_length=40)]
    price: int | None = None
    commitment: Annotated[str, Field(max_length=64)] | None = None


class Played(Result):
    """number: of the play in its round. ticket: one of 0 … tickets − 1, from the digest. prize: whose ticket it was,
    null: nobody's. withheld: why the prize could not be given, so that the play got the consolation. points: what came
    in. order_code: to be fetched with at the till until fetch_until (exclusive)."""

    draw: str
    round: int
    number: int
    commitment: str
    digest: str
    ticket: int
    tickets: int
    prize: str | None
    withheld: str | None
    price: int
    points: int
    balance: int
    coupon_code: str | None
    order_code: str | None
    fetch_until: datetime | None
    entries: list[EntryOut]


def play_prize_draw(shop: Shop, caller: Caller, wish: PlayWish) -> Played:
    """Price, play, prize in one commit. Once a ticket is drawn the play is refused for want of points alone, and its
    number is then the next one's. It cannot be taken back.

    Refused: unknown-member, prize-draw-unknown, prize-draw-not-yet, prize-draw-over, prize-draw-not-for-tier,
    prize-draw-limit, prize-draw-limit-day, prize-draw-changed, prize-draw-between-rounds, points-short.
    """
    turn_rounds(shop)

    def work(session: Session) -> Played:
        with open_book(shop, session, caller, member_id_of(session, wish.member)) as book:
            before = len(book.written)
            play = _draw(shop, session, book, wish)
            withheld, coupon = _hand_out(shop, session, book, play)
            paid = book.spend(_payment(book, play, withheld))
            given = play.prize if withheld is None else None
            won = _credit(book, play, given)
            order = _order(shop, session, book, play, given, paid) if given and given.goods else None
            queries.add_play(session, _row(book, play, withheld, paid))
        return Played(
            draw=play.draw.id,
            round=play.round.number,
            number=play.number,
            commitment=play.round.commitment,
            digest=play.ticket.digest,
            ticket=play.ticket.number,
            tickets=play.draw.tickets,
            prize=play.prize.id if play.prize else None,
            withheld=withheld,
            price=play.draw.price,
            points=won,
            balance=book.balance,
            coupon_code=coupon.code if coupon is not None else None,
            order_code=order.code if order is not None else None,
            fetch_until=order.fetch_until if order is not None else None,
            entries=book.written[before:],
        )

    return once(shop, caller, wish, Played, work)


@dataclass(frozen=True, slots=True)
class _Play:
    """prize: whose ticket it was."""

    version: Version
    draw: PrizeDraw
    round: Row[Any]
    number: int
    ticket: rules.Ticket
    prize: Prize | None


def _draw(shop: Shop, session: Session, book: Book, wish: PlayWish) -> _Play:
    """The next number of the round and its ticket. Refused: as play_prize_draw."""
    version = shop.version_at(session, book.now)
    draw, zone = version.program.prize_draw(wish.draw), version.program.program.zone
    if draw is None:
        raise Refused("prize-draw-unknown", draw=wish.draw)
    draw = dated(draw, book.now, zone)
    today = queries.played(session, book.member_id, start_of_day(business_day(book.now, zone), zone))
    ever = queries.played(session, book.member_id)
    refusal = rules.playable(draw, book.tier, today.get(draw.id, 0), ever.get(draw.id, 0), book.now)
    if refusal is not None:
        raise Refused(refusal.reason, **refusal.facts)
    current = queries.open_round(session, draw.id, book.now)
    if current is None:
        raise Refused("prize-draw-between-rounds", draw=draw.id)
    if wish.price not in (None, draw.price) or wish.commitment not in (None, current.commitment):
        raise Refused("prize-draw-changed", draw=draw.id, points=draw.price, commitment=current.commitment)
    number = queries.next_play(session, current.id)
    if number is None:
        raise Refused("prize-draw-between-rounds", draw=draw.id)
    ticket = rules.drawn(current.seed, draw.id, current.number, number, book.member_id, draw.tickets)
    return _Play(version, draw, current, number, ticket, rules.prize_of(draw, ticket.number))


def _hand_out(shop: Shop, session: Session, book: Book, play: _Play) -> tuple[str | None, Row[Any] | None]:
    """Take the prize out of stock and issue its coupon: why that could not be, and the coupon.

    The counters of prizes come before those of coupons, here and everywhere.
    """
    prize, counter = play.prize, counter_of(play.draw, play.prize) if play.prize else ""
    if prize is None:
        return None, None
    if not take(session, counter, NO_LIMIT if prize.stock is None else prize.stock):
        return "prize-out-of-stock", None
    if prize.coupon is None:
        return None, None
    try:
        return None, grant_coupon(shop, session, book, prize.coupon, _source(play))
    except Refused as refused:
        give_back(session, [counter])
        return refused.refusal.reason, None


def _source(play: _Play) -> str:
    """`prize_draw:spring:3:42`: the draw, the round, the play."""
    return f"prize_draw:{play.draw.id}:{play.round.number}:{play.number}"


def _inputs(book: Book, play: _Play) -> dict[str, Any]:
    return {
        "draw": play.draw.id,
        "tier": book.tier,
        "round": play.round.number,
        "number": play.number,
        "commitment": play.round.commitment,
    }


def _payment(book: Book, play: _Play, withheld: str | None) -> Draft:
    """What the play costs, and how its ticket came about."""
    rule, version, prize = f"prize_draw:{play.draw.id}", play.version.id, play.prize
    ticket = {
        "do": "draw_ticket",
        "digest": play.ticket.digest,
        "ticket": play.ticket.number,
        "last": play.draw.tickets - 1,
        "prizes": {each.id: str(each.odds) for each in play.draw.prizes},
    }
    outcome: dict[str, Any] = {"do": "no_prize", "odds": str(play.draw.nothing)}
    if prize is not None:
        outcome = {"do": "prize", "prize": prize.id, "odds": str(prize.odds)}
    if prize is not None and withheld is not None:
        outcome |= {"do": "prize_withheld", "why": withheld, "stock": prize.stock}
    pay = {"do": "pay_play", "points": play.draw.price}
    why = explanation(rule, version, _inputs(book, play), pay, ticket, outcome)
    return Draft("redemption", -play.draw.price, rule, why, book.now, _source(play), version)


def _credit(book: Book, play: _Play, given: Prize | None) -> int:
    """The points that were won, or those of the consolation."""
    rule, version = f"prize_draw:{play.draw.id}", play.version
    points = play.draw.consolation if given is None else given.points or 0
    if not points:
        return 0
    step: dict[str, Any] = {"do": "consolation", "points": points}
    if given is not None:
        step = {"do": "prize_points", "prize": given.id, "odds": str(given.odds), "points": points}
    step |= {"digest": play.ticket.digest, "ticket": play.ticket.number, "last": play.draw.tickets - 1}
    why = explanation(rule, version.id, _inputs(book, play), step)
    draft = Draft("bonus", points, rule, why, book.now, _source(play), version.id)
    return book.credit(draft, book.now, lapses_at(version.program, book.now, book.period_until)).points


def _order(shop: Shop, session: Session, book: Book, play: _Play, prize: Prize, paid: EntryOut) -> Row[Any]:
    values = {
        "code": shop.chance.code(CODE_LENGTH),
        "member_id": book.member_id,
        "reward": order_name(play.draw, prize),
        "points": 0,
        "money": 0,
        "status": "open",
        "fetch_until": days_after(book.now, prize.claim_days, play.version.program.program.zone),
        "entry_id": paid.id,
        "coupon_id": None,
    }
    return reward_queries.add_order(session, values, book.now)


def _row(book: Book, play: _Play, withheld: str | None, paid: EntryOut) -> dict[str, Any]:
    return {
        "round_id": play.round.id,
        "number": play.number,
        "draw": play.draw.id,
        "member_id": book.member_id,
        "at": book.now,
        "ticket": play.ticket.number,
        "digest": play.ticket.digest,
        "prize": play.prize.id if play.prize else None,
        "withheld": withheld,
        "entry_id": paid.id,
        "program_version": play.version.id,
    }
