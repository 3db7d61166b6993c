"""Proves what goals have brought: it is reckoned anew from the entries that count and held against the books."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import groupby
from typing import NamedTuple

from sqlmodel import Session

from core.db import goal_queries, merge_queries
from core.db.coupons import coupons
from core.db.ledger import entries
from core.insight.goal_facts import Running, facts_of
from core.rules.goals import BEGINNING, NOTHING, Brought, due, net
from core.services.books.goals import Given, brought_by, given_of, running_of
from core.services.books.stored_records import StoredRecords
from core.shop import Shop


class Unproven(NamedTuple):
    """place: `GOAL:PERIOD`, or `sums`."""

    member_id: int
    place: str
    stored: str
    proven: str


def ever_set(shop: Shop, session: Session) -> bool:
    """Whether any version of the program has goals."""
    return any(program.goals for program in StoredRecords(shop, session).all_programs())


def unproven_goals(shop: Shop, session: Session, first: int, last: int) -> Iterator[Unproven]:
    """Of the members from `first` to `last`: what was brought, and the running sums. A coupon that was used by then may
    have stayed; no other."""
    of_these = entries.c.member_id.between(first, last)
    facts = facts_of(session, of_these, BEGINNING)
    written, issued = (
        {member_id: list(own) for member_id, own in groupby(rows, key=lambda row: row.member_id)}
        for rows in (
            goal_queries.brought(session, of_these),
            goal_queries.coupons_brought(session, coupons.c.member_id.between(first, last)),
        )
    )
    for member_id in sorted({*facts, *written, *issued}):
        own = facts.get(member_id, [])
        cards = merge_queries.cards_of(session, member_id) if any(fact.carried for fact in own) else []
        elsewhere = goal_queries.brought(session, entries.c.member_id.in_(cards)) if cards else []
        reached = due(shop.programs(session), own, brought_by(elsewhere))
        given = given_of(written.get(member_id, []), issued.get(member_id, []))
        for span in sorted({*reached, *given}):
            gift = reached[span].gift if span in reached else NOTHING
            stored = given.get(span, Given())
            if not _right(gift, stored):
                told = _told(stored.points, stored.coupons_live), _told(gift.points, gift.coupons)
                yield Unproven(member_id, ":".join(span), *told)
    for row in goal_queries.kept_sums(session, first, last):
        member_id, sums = row.member_id, row.goal_sums
        proven = running_of(net(facts.get(member_id, [])), partial(shop.version_at, session))
        if proven is None or Running.of(sums) != proven:
            yield Unproven(member_id, "sums", json.dumps(sums), json.dumps(proven and proven.stored()))


def _right(gift: Brought, stored: Given) -> bool:
    too_many = any(
        count > max(gift.coupons.get(template, 0), stored.coupons_used.get(template, 0))
        for template, count in stored.coupons_live.items()
    )
    return gift.points == stored.points and gift.coupons == stored.coupons_due and not too_many


def _told(points: int, held: Mapping[str, int]) -> str:
    return ", ".join([f"{points} points", *(f"{count} × {template}" for template, count in sorted(held.items()))])
