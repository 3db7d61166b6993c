"""Records as the database stores them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session

from core.db import (
    benefit_queries,
    coupon_queries,
    goal_queries,
    ledger_queries,
    merge_queries,
    purchase_queries,
    reward_queries,
)
from core.db.activities import check_ins
from core.db.benefits import benefit_movements
from core.db.coupons import coupons
from core.db.dormancy_queries import known_at
from core.db.fact_queries import note_stale
from core.db.ledger import accounts, allocations, entries, lots, tier_changes
from core.db.members import members, one_person
from core.db.prepared import Prepared
from core.db.purchases import purchase_deliveries, purchase_lines, purchases, refund_lines, refunds
from core.insight.goal_facts import facts_of
from core.insight.members import MemberRef, member_id_of
from core.insight.tier import contribution
from core.program.schema import Program
from core.rules.contributions import Contribution, ProgramAt
from core.rules.dormancy import InForce
from core.rules.earning import Line
from core.rules.expiry import Activity
from core.rules.goals import Fact
from core.rules.lots import Lot, Take
from core.rules.reversal import Refunded
from core.services.books.records import CODE_LENGTH, Values
from core.shop import Shop, Version

_INSERT_ENTRY = Prepared(insert(entries).returning(entries.c.id))
_INSERT_LOT = Prepared(insert(lots).returning(lots.c.id))
_INSERT_ALLOCATION = Prepared(insert(allocations))
_INSERT_PURCHASE = Prepared(insert(purchases).returning(purchases.c.id))
_INSERT_LINE = Prepared(insert(purchase_lines))
_TAKE_FROM_LOT = Prepared(
    update(lots).where(lots.c.id == bindparam("lot")).values(remaining=lots.c.remaining - bindparam("points_taken"))
)
_WRITE_ACCOUNT = Prepared(update(accounts).where(accounts.c.member_id == bindparam("of_member")))


class StoredRecords:
    """Records in the shop's database, within a session's transaction."""

    def __init__(self, shop: Shop, session: Session) -> None:
        self._shop, self._session = shop, session

    @property
    def session(self) -> Session:
        return self._session

    def version_at(self, at: datetime) -> Version:
        return self._shop.version_at(self._session, at)

    def version(self, number: int) -> Version:
        return self._shop.version(self._session, number)

    def programs(self) -> ProgramAt:
        return self._shop.programs(self._session)

    def all_programs(self) -> list[Program]:
        return self._shop.all_programs(self._session)

    def closes_members(self, version: Version) -> bool:
        return self._shop.closes_members(self._session, version)

    def line(self) -> list[InForce]:
        return [InForce(each.effective_at, each.program) for each in self._shop.line(self._session)]

    def member_id_of(self, ref: MemberRef) -> int:
        return member_id_of(self._session, ref)

    def account(self, member_id: int) -> Any:
        return ledger_queries.lock_account(self._session, member_id)

    def write_account(self, member_id: int, values: Values) -> None:
        _WRITE_ACCOUNT.run(self._session, {"of_member": member_id, **values})

    def add_tier_change(self, values: Values) -> None:
        self._session.execute(insert(tier_changes), values)

    def joined_at(self, member_id: int) -> datetime:
        joined: datetime = self._session.execute(
            select(members.c.joined_at).where(members.c.id == member_id)
        ).scalar_one()
        return joined

    def known_at(self, member_id: int) -> datetime:
        known: datetime = self._session.execute(select(known_at()).where(members.c.id == member_id)).scalar_one()
        return known

    def set_closed(self, member_id: int, closed_at: datetime | None, reopened_at: datetime | None) -> None:
        told = {"closed_at": closed_at, "reopened_at": reopened_at}
        self._session.execute(update(members).where(members.c.id == member_id).values(told))
        note_stale(self._session, member_id)

    def add_entry(self, values: Values) -> int:
        return int(_INSERT_ENTRY.scalar(self._session, values))

    def entries_from(self, member_id: int, source: str) -> Sequence[Any]:
        return ledger_queries.entries_from(self._session, member_id, source)

    def granted_since(self, member_id: int, rule: str, since: datetime | None) -> int:
        return ledger_queries.granted_since(self._session, member_id, rule, since)

    def handed_on_at(self, member_id: int) -> datetime | None:
        return ledger_queries.handed_on_at(self._session, member_id)

    def closings(self, member_id: int) -> Sequence[Any]:
        return ledger_queries.closings(self._session, member_id)

    def lapses_while_closed(self, member_id: int) -> Sequence[Any]:
        return ledger_queries.lapses_while_closed(self._session, member_id)

    def contributions(self, member_id: int, since: datetime) -> list[Contribution]:
        return [contribution(row) for row in ledger_queries.contributions(self._session, member_id, since)]

    def qualifying_sums(self, member_id: int, since: datetime, until: datetime) -> tuple[int, int]:
        return ledger_queries.qualifying_sums(self._session, member_id, since, until)

    def unpaid_debts(self, member_id: int) -> Sequence[Any]:
        return ledger_queries.unpaid_debts(self._session, member_id)

    def add_lot(self, values: Values) -> int:
        return int(_INSERT_LOT.scalar(self._session, values))

    def open_lots(self, member_id: int) -> list[Lot]:
        rows = ledger_queries.open_lots(self._session, member_id)
        return [Lot(row.id, row.remaining, row.activates_at, row.expires_at) for row in rows]

    def lapses_by_inactivity(self, version: Version) -> bool:
        return self._shop.lapses_by_inactivity(self._session, version)

    def idle_ends(self, member_id: int, at: datetime) -> Sequence[Any]:
        return ledger_queries.idle_ends(self._session, member_id, at)

    def empty_idle_lots(self, member_id: int, version: int, end: datetime) -> list[int]:
        return ledger_queries.empty_idle_lots(self._session, member_id, version, end)

    def move_idle_lots(self, member_id: int, version: int, end: datetime, until: datetime) -> None:
        ledger_queries.move_idle_lots(self._session, member_id, version, end, until)

    def activities(self, member_id: int, since: datetime) -> list[Activity]:
        bought = purchase_queries.bought_since(self._session, member_id, since)
        took = reward_queries.taken_since(self._session, member_id, since)
        return [*(Activity(at, "purchase") for at in bought), *(Activity(at, "reward") for at in took)]

    def lot_of_entry(self, entry_id: int) -> Any:
        return ledger_queries.lot_of_entry(self._session, entry_id)

    def takes_of_entry(self, entry_id: int) -> list[Take]:
        return [Take(row.lot_id, row.points) for row in ledger_queries.takes_of_entry(self._session, entry_id)]

    def takes_of_lapse(self, entry_id: int) -> list[Take]:
        return [Take(row.lot_id, row.points) for row in ledger_queries.takes_of_lapse(self._session, entry_id)]

    def lapses_of_lot(self, lot_id: int) -> Sequence[Any]:
        return ledger_queries.lapses_of_lot(self._session, lot_id)

    def add_allocations(self, entry_id: int, takes: Sequence[Take], at: datetime) -> None:
        rows = ({"lot_id": take.lot_id, "entry_id": entry_id, "points": take.points, "at": at} for take in takes)
        _INSERT_ALLOCATION.run(self._session, *rows)

    def take_from_lots(self, takes: Sequence[Take]) -> None:
        _TAKE_FROM_LOT.run(self._session, *({"lot": take.lot_id, "points_taken": take.points} for take in takes))

    def add_purchase(self, values: Values, lines: Sequence[Line]) -> int:
        purchase_id = int(_INSERT_PURCHASE.scalar(self._session, values))
        _INSERT_LINE.run(
            self._session,
            *(
                {
                    "purchase_id": purchase_id,
                    "number": line.number,
                    "sku": line.sku,
                    "category": line.category,
                    "quantity": line.quantity,
                    "unit_price": line.unit_price,
                    "regular_price": line.regular_price,
                }
                for line in lines
            ),
        )
        return purchase_id

    def purchase(self, purchase_id: int) -> Any:
        return purchase_queries.purchase_by_id(self._session, purchase_id)

    def lines_of(self, purchase_id: int) -> tuple[Line, ...]:
        rows = purchase_queries.lines_of(self._session, purchase_id)
        return tuple(
            Line(row.number, row.sku, row.category, row.quantity, row.unit_price, row.regular_price) for row in rows
        )

    def entries_of(self, purchase_id: int) -> Sequence[Any]:
        return purchase_queries.entries_of(self._session, purchase_id)

    def has_earlier(self, member_id: int, at: datetime, external_id: str) -> bool:
        return purchase_queries.has_earlier(self._session, member_id, at, external_id)

    def later_purchases(self, member_id: int, at: datetime, external_id: str) -> Sequence[Any]:
        return purchase_queries.later_purchases(self._session, member_id, at, external_id)

    def purchases_between(self, member_id: int, since: datetime, until: datetime) -> Sequence[Any]:
        return purchase_queries.purchases_between(self._session, member_id, since, until)

    def earned_between(
        self, member_id: int, rules: list[str], since: datetime, at: datetime, external_id: str
    ) -> Mapping[str, int]:
        return purchase_queries.earned_between(self._session, member_id, rules, since, at, external_id)

    def set_judged_tier(self, purchase_id: int, tier: str) -> None:
        purchase_queries.set_judged_tier(self._session, purchase_id, tier)

    def add_refund(self, values: Values, quantities: Mapping[int, int], refunded: int) -> int:
        refund_id = self._session.execute(insert(refunds).returning(refunds.c.id), values).scalar_one()
        rows = [{"refund_id": refund_id, "line_number": line, "quantity": many} for line, many in quantities.items()]
        if rows:
            self._session.execute(insert(refund_lines), rows)
        known = purchases.c.id == values["purchase_id"]
        self._session.execute(update(purchases).where(known).values(refunded=refunded))
        return int(refund_id)

    def refunded_of(self, purchase_id: int) -> Refunded:
        return Refunded(
            purchase_queries.refunded_quantities(self._session, purchase_id),
            purchase_queries.refunded_by_amount(self._session, purchase_id),
        )

    def delivered_at(self, purchase_id: int) -> datetime | None:
        return purchase_queries.delivered_at(self._session, purchase_id)

    def add_delivery(self, values: Values) -> None:
        self._session.execute(insert(purchase_deliveries), values)

    def activate_lots(self, purchase_id: int, member_id: int, at: datetime) -> None:
        ledger_queries.activate_lots(self._session, purchase_id, member_id, at)

    def last_check_in(self, member_id: int) -> Any:
        mine = select(check_ins).where(one_person(check_ins.c.member_id, member_id))
        latest = mine.order_by(check_ins.c.day.desc(), check_ins.c.streak.desc())
        return self._session.execute(latest.limit(1)).one_or_none()

    def add_check_in(self, values: Values) -> None:
        self._session.execute(insert(check_ins).values(**values))

    def rewards_taken(self, member_id: int, reward: str) -> int:
        return reward_queries.taken(self._session, member_id, reward)

    def gifts_of(self, member_id: int) -> Mapping[tuple[str, str], int]:
        return benefit_queries.gifts_of(self._session, member_id, member_id).get(member_id, {})

    def add_benefit_movement(self, values: Values) -> None:
        self._session.execute(insert(benefit_movements).values(**values))

    def facts(self, member_id: int, since: datetime) -> list[Fact]:
        return facts_of(self._session, entries.c.member_id == member_id, since).get(member_id, [])

    def goal_entries(self, member_id: int) -> Sequence[Any]:
        return goal_queries.brought(self._session, entries.c.member_id == member_id)

    def cards_merged_into(self, member_id: int) -> Sequence[int]:
        return merge_queries.cards_of(self._session, member_id)

    def goal_coupons(self, member_id: int) -> Sequence[Any]:
        return goal_queries.coupons_brought(self._session, coupons.c.member_id == member_id)

    def add_coupon(self, values: Values, at: datetime, actor: str) -> None:
        code = self._shop.chance.code(CODE_LENGTH)
        coupon_queries.add_coupon(self._session, {"code": code, **values}, at, actor)

    def void_coupon(self, coupon_id: int, why: str, at: datetime, actor: str) -> None:
        coupon = coupon_queries.coupon_by_id(self._session, coupon_id)
        coupon_queries.mark_void(self._session, coupon, why, at, actor)
