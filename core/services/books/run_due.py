"""Time passes: what is due by now is done. The database says what is due; whoever calls only wakes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Table, select
from sqlmodel import Session

from core.db import stored_value
from core.db.ledger import accounts
from core.db.members import members
from core.services.activities.prize_draw_rounds import turn_rounds
from core.services.books.books import Books
from core.services.books.dormancy import wake_for_dormancy
from core.services.books.stored_records import StoredRecords
from core.services.books.year_end import wake_for_year_end
from core.services.care.birthdays import issue_birthday_coupons
from core.services.common import Result
from core.services.isolating import Isolated
from core.services.once import Caller
from core.services.stored_value.purses import open_purse
from core.shop import DatabaseUnavailable, Shop

CHUNK = 200
MAX_ID = 2**63 - 1


class DueReport(Result):
    """accounts: how many were settled (points lapsed, tiers reviewed, dormant members closed). stored_value: in how
    many money lapsed. birthday_coupons: how many were issued. rounds: how many of prize draws were closed and opened.
    failed: for how many members something raised; the log says what, and the others are done."""

    accounts: int
    stored_value: int
    birthday_coupons: int
    rounds: int
    failed: int


def run_due(shop: Shop) -> DueReport:
    """Settle every account that is due, issue the day's birthday coupons and turn the rounds of prize draws. Twice is
    once."""
    wake_for_year_end(shop)
    wake_for_dormancy(shop)
    turned = turn_rounds(shop)
    each = Isolated()
    return DueReport(
        accounts=settle_accounts(shop, each),
        stored_value=lapse_stored_value(shop, each),
        birthday_coupons=issue_birthday_coupons(shop, each),
        rounds=turned.closed + turned.opened,
        failed=len(each.failed),
    )


def settle_accounts(shop: Shop, each: Isolated | None = None) -> int:
    """Lapse points and review tiers that are due by now."""
    caller = _caller(shop)

    def settle(session: Session, due: list[int]) -> int:
        with Books(StoredRecords(shop, session), caller, shop.now) as books:
            return sum(books.find(member_id) is not None for member_id in due)

    return _in_chunks(shop, accounts, settle, each or Isolated())


def lapse_stored_value(shop: Shop, each: Isolated | None = None) -> int:
    """Lapse bonus money whose time is over."""
    caller = _caller(shop)

    def lapse(session: Session, due: list[int]) -> int:
        for member_id in due:
            with open_purse(shop, session, caller, member_id, merged_too=True):
                pass  # opening settles
        return len(due)

    return _in_chunks(shop, stored_value.accounts, lapse, each or Isolated())


def _caller(shop: Shop) -> Caller:
    return Caller("scheduler", f"due:{shop.now().isoformat()}")


def _in_chunks(shop: Shop, of: Table, settle: Callable[[Session, list[int]], int], each: Isolated) -> int:
    """Settle what is due in a table of accounts, a few at a time, so that tills never wait long; where one of them
    raises, one at a time."""

    def together(due: list[int]) -> int:
        with shop.write() as session:
            return settle(session, due)

    settled, below = 0, MAX_ID
    while True:
        with shop.read() as session:
            query = (
                select(of.c.member_id)
                .join(members, members.c.id == of.c.member_id)
                .where(of.c.next_due_at <= shop.now(), members.c.forgotten_at.is_(None))
                .where(of.c.member_id < below, members.c.id < below)  # both, or PostgreSQL begins at the newest member
            )
            due = list(session.execute(query.order_by(of.c.member_id.desc()).limit(CHUNK)).scalars())
        if not due:
            return settled
        try:
            settled += together(due)
        except DatabaseUnavailable:
            raise
        except Exception:  # whoever it is, is found and logged one by one
            settled += sum(each.attempt(member_id, partial(together, [member_id])) for member_id in due)
        below = due[-1]
