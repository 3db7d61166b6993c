"""Time passes: what is due by now is done. The database says what is due; whoever calls only wakes it."""

from __future__ import annotations

from sqlalchemy import select

from core.db.ledger import accounts
from core.db.members import members
from core.services.birthdays import issue_birthday_coupons
from core.services.books import Books
from core.services.common import Result
from core.services.once import Caller
from core.services.records import StoredRecords
from core.services.year_end import wake_for_year_end
from core.shop import Shop

CHUNK = 200


class DueReport(Result):
    """accounts: how many were settled (points lapsed, tiers reviewed). birthday_coupons: how many were issued."""

    accounts: int
    birthday_coupons: int


def run_due(shop: Shop) -> DueReport:
    """Settle every account that is due and issue the day's birthday coupons. Twice is once."""
    wake_for_year_end(shop)
    return DueReport(accounts=settle_accounts(shop), birthday_coupons=issue_birthday_coupons(shop))


def settle_accounts(shop: Shop) -> int:
    """Lapse points and review tiers that are due by now, in chunks, so that tills never wait long."""
    caller = Caller("scheduler", f"due:{shop.now().isoformat()}")
    settled = 0
    while True:
        with shop.read() as session:
            query = (
                select(accounts.c.member_id)
                .join(members, members.c.id == accounts.c.member_id)
                .where(accounts.c.next_due_at <= shop.now(), members.c.forgotten_at.is_(None))
            )
            due = list(session.execute(query.order_by(accounts.c.member_id.desc()).limit(CHUNK)).scalars())
        if not due:
            return settled
        with shop.write() as session, Books(StoredRecords(shop, session), caller, shop.now()) as books:
            settled += sum(books.find(member_id) is not None for member_id in due)
