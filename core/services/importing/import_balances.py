"""Bring members' points in from another system, each row with the day on which its points lapse (docs/import.md)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

from pydantic import Field
from sqlalchemy import select
from sqlmodel import Session

from core.db.ledger import accounts
from core.insight.members import member_id_of
from core.rules.expiry import Idle, Lapse, bears_from, end_of, lapses_at, moved_on
from core.rules.refusal import Refused
from core.services.books.books import open_book
from core.services.books.explanations import explanation
from core.services.books.posting import Draft
from core.services.books.stored_records import StoredRecords
from core.services.common import EntryOut, ExternalId, Moment, Result
from core.services.importing.cells import Cells
from core.services.importing.outcome import missing
from core.services.importing.reading import Row
from core.services.importing.rows import RowWish, Table, import_rows, member_in, system_in
from core.services.once import Caller
from core.shop import Shop

MOST = 1_000_000_000


class OpeningBalance(RowWish):
    """points: negative for those that the member owes. expires_at: exclusive; as the program has it if left out, for
    points that were earned at earned_at, or now. Where points lapse by inactivity it moves on from there."""

    points: Annotated[int, Field(strict=True, ge=-MOST, le=MOST)]
    expires_at: Moment | None = None
    earned_at: Moment | None = None
    reference: ExternalId


class BalanceOpened(Result):
    """No entry for a row of 0 points."""

    entries: list[EntryOut]


def open_balance(shop: Shop, session: Session, caller: Caller, wish: OpeningBalance) -> BalanceOpened:
    """Points as a lot of their own; points owed are taken from what there is, and the rest is debt.

    Refused: unknown-member, phone-invalid, points-lapsed-already, earned-in-the-future.
    """
    member_id, now = member_id_of(session, wish.member), shop.now()
    lapse = _lapse(shop, session, member_id, wish, now)
    if not wish.points:
        return BalanceOpened(entries=[])
    with open_book(shop, session, caller, member_id) as book:
        draft = _draft(shop.version_at(session, now).id, wish, now)
        entry = book.credit(draft, now, lapse) if wish.points > 0 else book.take_back(draft, None)
    return BalanceOpened(entries=[entry])


def _lapse(shop: Shop, session: Session, member_id: int, wish: OpeningBalance, now: datetime) -> Lapse:
    earned_at = wish.earned_at or now
    if earned_at > now:
        raise Refused("earned-in-the-future", earned_at=earned_at.isoformat(), now=now.isoformat())
    program = shop.version_at(session, now).program
    if wish.expires_at is None:
        of_card = select(accounts.c.period_until).where(accounts.c.member_id == member_id)
        lapse = lapses_at(program, earned_at, session.execute(of_card).scalar_one_or_none())
    else:
        lapse = Idle(wish.expires_at) if program.earning.expires == "inactivity" else wish.expires_at
    until = end_of(lapse)
    if isinstance(lapse, Idle):
        until = moved_on(program, until, StoredRecords(shop, session).activities(member_id, bears_from(program, until)))
    if wish.points > 0 and until <= now:
        raise Refused("points-lapsed-already", expires_at=until.isoformat(), now=now.isoformat())
    return lapse


def _draft(version: int, wish: OpeningBalance, now: datetime) -> Draft:
    earned_at = wish.earned_at.isoformat() if wish.earned_at else None
    inputs = {"system": wish.system, "reference": wish.reference, "earned_at": earned_at}
    step = {"do": "brought_over" if wish.points > 0 else "owed_before", "points": abs(wish.points)}
    why = explanation("imported", version, inputs, step)
    return Draft("adjustment", wish.points, "imported", why, now, f"import:{wish.reference}", version)


def _wish(cells: Cells, row: Row) -> OpeningBalance:
    return OpeningBalance(
        member=member_in(cells, row),
        points=cells.signed(row, "points"),
        expires_at=cells.end(row, "expires_at"),
        earned_at=cells.moment(row, "earned_at"),
        reference=cells.text(row, "reference") or missing(row, "reference"),
        system=system_in(cells, row),
    )


REQUIRED = ["points", "reference"]
BALANCES: Table[OpeningBalance, BalanceOpened] = Table(
    columns=[*REQUIRED, "card_number", "phone", "expires_at", "earned_at", "system"],
    required=REQUIRED,
    wish=_wish,
    key=lambda wish: f"import:balance:{wish.reference}",
    post=open_balance,
    result=BalanceOpened,
    about={
        "points-lapsed-already": "expires_at",
        "earned-in-the-future": "earned_at",
        "key-reused": "reference",
        "external-id-reused": "reference",
    },
)
import_balances = partial(import_rows, BALANCES)
"""Post every balance of the file. A row is known by its reference."""
