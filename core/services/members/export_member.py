"""Everything that is held about a person, for that person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, or_, select
from sqlmodel import Session

from core.db import stored_value
from core.db.activities import check_ins, feedbacks
from core.db.benefits import benefit_movements
from core.db.chats import chats
from core.db.coupons import coupon_events, coupons
from core.db.deliveries import deliveries
from core.db.facts import member_categories, member_facts, member_tags
from core.db.ledger import accounts, allocations, entries, lots, tier_changes
from core.db.members import consents, member_proofs, members, with_holder
from core.db.merge_queries import cards_of
from core.db.merges import member_merges
from core.db.mutes import mutes
from core.db.prize_draws import prize_draw_plays
from core.db.purchases import purchase_deliveries, purchase_lines, purchases, refund_lines, refunds
from core.db.rewards import reward_orders
from core.rules.refusal import Refused
from core.shop import Shop


def export_member(shop: Shop, member_id: int) -> dict[str, Any]:
    """{"exported_at", "merges", "merged_cards", "member", "account", "chats", "consents", "mutes", "tags", "facts",
    "categories", "proofs", "entries", "lots", "allocations", "purchases", "coupons", "reward_orders",
    "benefit_movements", "stored_value", "prize_draw_plays", "check_ins", "feedback", "deliveries", "tier_changes"}:
    rows as they are kept, JSON-able (timestamps ISO 8601 in UTC). Purchases hold their lines, deliveries and refunds,
    refunds their lines, coupons their events; "deliveries" are messages. merged_cards: the same from "member" on, for
    each card that was merged into the member's.

    Refused: unknown-member.
    """
    with shop.read() as session:
        person = _rows(session, members.select().where(members.c.id == member_id, members.c.forgotten_at.is_(None)))
        if not person:
            raise Refused("unknown-member", id=member_id)
        return {
            "exported_at": shop.now().isoformat(),
            "merges": _rows(session, _merges(member_id)),
            "merged_cards": [_books(session, card) for card in cards_of(session, member_id)],
            **_books(session, member_id),
        }


def _merges(member_id: int) -> Select[Any]:
    involved = or_(member_merges.c.keep_id == member_id, member_merges.c.other_id == member_id)
    return member_merges.select().where(involved).order_by(member_merges.c.id)


def _books(session: Session, member_id: int) -> dict[str, Any]:
    """What one card has."""
    of_lots = lots.c.id == allocations.c.lot_id
    taken = select(allocations).join(lots, of_lots).where(lots.c.member_id == member_id).order_by(allocations.c.id)
    return {
        "member": _rows(session, members.select().where(members.c.id == member_id))[0],
        "account": _mine(session, accounts, member_id)[0],
        "chats": _mine(session, chats, member_id),
        "consents": _mine(session, consents, member_id, consents.c.at),
        "mutes": _mine(session, mutes, member_id),
        "tags": _mine(session, member_tags, member_id),
        "facts": _mine(session, member_facts, member_id),
        "categories": _mine(session, member_categories, member_id),
        "proofs": _mine(session, member_proofs, member_id, member_proofs.c.at),
        "entries": _mine(session, entries, member_id, entries.c.recorded_at),
        "lots": _mine(session, lots, member_id),
        "allocations": _rows(session, taken),
        "purchases": [_purchase(session, row) for row in _mine(session, purchases, member_id, purchases.c.occurred_at)],
        "coupons": [
            _with(session, row, "events", coupon_events, "coupon_id") for row in _mine(session, coupons, member_id)
        ],
        "reward_orders": _mine(session, reward_orders, member_id, reward_orders.c.at),
        "benefit_movements": _mine(session, benefit_movements, member_id),
        "stored_value": _stored_value(session, member_id),
        "prize_draw_plays": _mine(session, prize_draw_plays, member_id, prize_draw_plays.c.at),
        "check_ins": _mine(session, check_ins, member_id, check_ins.c.at),
        "feedback": _mine(session, feedbacks, member_id, feedbacks.c.at),
        "deliveries": _mine(session, deliveries, member_id, deliveries.c.planned_at),
        "tier_changes": _mine(session, tier_changes, member_id, tier_changes.c.recorded_at),
    }


def _stored_value(session: Session, member_id: int) -> dict[str, Any]:
    """The books of the money kept with the shop, in the same shape as those of points."""
    taken = select(stored_value.allocations).join(stored_value.lots)
    mine = taken.where(stored_value.lots.c.member_id == member_id).order_by(stored_value.allocations.c.id)
    return {
        "account": next(iter(_mine(session, stored_value.accounts, member_id)), None),
        "entries": _mine(session, stored_value.entries, member_id, stored_value.entries.c.recorded_at),
        "lots": _mine(session, stored_value.lots, member_id),
        "allocations": _rows(session, mine),
    }


def _purchase(session: Session, row: dict[str, Any]) -> dict[str, Any]:
    bought = _with(session, row, "lines", purchase_lines, "purchase_id")
    arrived = _with(session, bought, "deliveries", purchase_deliveries, "purchase_id")
    returned = _with(session, arrived, "refunds", refunds, "purchase_id")
    returned["refunds"] = [_with(session, refund, "lines", refund_lines, "refund_id") for refund in returned["refunds"]]
    return returned


def _with(session: Session, row: dict[str, Any], name: str, table: Table, key: str) -> dict[str, Any]:
    """The row together with the rows of another table that name it."""
    return {**row, name: _rows(session, table.select().where(table.c[key] == row["id"]).order_by(*table.primary_key))}


def _mine(
    session: Session, table: Table, member_id: int, at: ColumnElement[datetime] | None = None
) -> list[dict[str, Any]]:
    """The member's rows. at: when each is from, where those of an earlier holder of the card are left out."""
    mine = table.select().where(table.c.member_id == member_id)
    if at is not None:
        mine = mine.where(with_holder(table.c.member_id, at))
    return _rows(session, mine.order_by(*table.primary_key))


def _rows(session: Session, query: Select[Any]) -> list[dict[str, Any]]:
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in session.execute(query)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
