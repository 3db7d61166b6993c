"""Time passes: what is due by now is done. The database says what is due; whoever calls only wakes it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Table, select
from sqlmodel import Session

from core.db import stored_value
from core.db.ledger import accounts
from core.db.members import members
from core.services.birthdays import issue_birthday_coupons
from core.services.books import Books
from core.services.common import Result
from core.services.once import Caller
from core.services.prize_draw_rounds import turn_rounds
from core.services.purses import open_purse
from core.services.records import StoredRecords
from core.services.year_end import wake_for_year_end
from core.shop import Shop

CHUNK = 200


class DueReport(Result):
    """accounts: how many were settled (points lapsed, tiers reviewed). stored_value: in how many money lapsed.
    birthday_coupons: how many were issued. rounds: how many of prize draws were closed and opened."""

    accounts: int
    stored_value: int
    birthday_coupons: int
    rounds: int


def run_due(shop: Shop) -> DueReport:
    """Settle every account that is due, issue the day's birthday coupons and turn the rounds of prize draws. Twice is
    once."""
    wake_for_year_end(shop)
    turned = turn_rounds(shop)
    return DueReport(
        accounts=settle_accounts(shop),
        stored_value=lapse_stored_value(shop),
        birthday_coupons=issue_birthday_coupons(shop),
        rounds=turned.closed + turned.opened,
    )


def settle_accounts(shop: Shop) -> int:
    """Lapse points and review tiers that are due by now."""
    caller = _caller(shop)

    def settle(session: Session, due: list[int]) -> int:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            return sum(books.find(member_id) is not None for member_id in due)

    return _in_chunks(shop, accounts, settle)


def lapse_stored_value(shop: Shop) -> int:
    """Lapse bonus money whose time is over."""
    caller = _caller(shop)

    def lapse(session: Session, due: list[int]) -> int:
        for member_id in due:
            with open_purse(shop, session, caller, member_id):
                pass  # opening settles
        return len(due)

    return _in_chunks(shop, stored_value.accounts, lapse)


def _caller(shop: Shop) -> Caller:
    return Caller("scheduler", f"due:{shop.now().isoformat()}")


def _in_chunks(shop: Shop, of: Table, settle: Callable[[Session, list[int]], int]) -> int:
    """Settle what is due in a table of accounts, a few at a time, so that tills never wait long."""
    settled = 0
    while True:
        with shop.read() as session:
            query = (
                select(of.c.member_id)
                .join(members, members.c.id == of.c.member_id)
                .where(of.c.next_due_at <= shop.now(), members.c.forgotten_at.is_(None))
            )
            due = list(session.execute(query.order_by(of.c.member_id.desc()).limit(CHUNK)).scalars())
        if not due:
            return settled
        with shop.write() as session:
            settled += settle(session, due)
