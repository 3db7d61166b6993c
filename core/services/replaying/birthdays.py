"""The birthday that a purchase was judged with: the member's row may say another since, of another person even.

A member may say their birthday after the purchase, and a card that is handed on gets the new person's. What the books
granted and refused then proves whether it was the month of the birthday.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from core.db.ledger import entries
from core.shop import Version

Birthdays = dict[int, date | None]
"""By purchase."""


def birthdays_then(
    session: Session, published: Sequence[Version], people: Mapping[int, Any], bought: Sequence[Any]
) -> Birthdays:
    """Of the purchases that were not judged with the birthday of the row. people: rows of members by id; bought: rows
    of purchases."""
    rules = {version.id: _birthday_rules(version) for version in published}
    if not any(rules.values()) and not any(person.holder_since for person in people.values()):
        return {}
    zones = {version.id: version.program.program.zone for version in published}
    months = {row.id: row.occurred_at.astimezone(zones[row.program_version]).month for row in bought}
    judged = [row for row in bought if rules[row.program_version]]
    granted = _granted(session, {rule for each in rules.values() for rule in each}, judged)
    suspects = [row.id for row in judged if row.id not in granted and _has(people[row.member_id], months[row.id])]
    refused = _refused(session, suspects)
    then: Birthdays = {}
    for row in bought:
        person, month = people[row.member_id], months[row.id]
        if row.id in granted and not _has(person, month):
            then[row.id] = date(2000, month, 1)  # of the birthday the rules ask no more than the month
        elif row.id in refused or (row.id not in granted and _was_another(person, row)):
            then[row.id] = None
    return then


def _birthday_rules(version: Version) -> set[str]:
    return {rule.id for rule in version.program.earning.rules if rule.when.birthday_month}


def _has(person: Any, month: int) -> bool:
    return person.birthday is not None and person.birthday.month == month


def _was_another(person: Any, row: Any) -> bool:
    return person.holder_since is not None and row.recorded_at < person.holder_since


def _granted(session: Session, rules: Collection[str], judged: Sequence[Any]) -> set[int]:
    """The purchases that a birthday rule gave something for."""
    if not judged:
        return set()
    query = select(entries.c.purchase_id).where(entries.c.purchase_id.in_([row.id for row in judged]))
    return set(session.execute(query.where(entries.c.rule.in_(rules), entries.c.points > 0)).scalars().all())


def _refused(session: Session, suspects: Collection[int]) -> set[int]:
    """Those of which the books say that it was not the month."""
    if not suspects:
        return set()
    query = select(entries.c.purchase_id, entries.c.explanation).where(entries.c.purchase_id.in_(suspects))
    return {
        row.purchase_id
        for row in session.execute(query.where(entries.c.kind == "accrual")).all()
        if any(missed["why"] == "not_birthday_month" for missed in row.explanation["not_applied"])
    }
