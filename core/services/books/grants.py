"""A purchase's grants in the books: what each rule should have given, against what it has.

Refunds and late purchases both end here: the grant's worth is worked out anew, and the difference to what the entries
already say is posted as one more entry. So corrections add up exactly, in whatever parts and order they come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.rules.caps import capped_rules
from core.rules.earning import Basket, Grant, Line
from core.rules.expiry import Lapse, active_from, lapses_at, spendable_from, waits
from core.rules.measures import qualifying
from core.rules.reversal import Refunded, granted, worth
from core.services.books.posting import Book, Draft
from core.services.books.records import Records
from core.shop import Version


@dataclass(frozen=True, slots=True)
class Posted:
    """What the books say of one rule's grant for a purchase. brought: points before anything was taken back; steps:
    those that govern it now; main: it carries what qualifies by spend."""

    member_id: int
    rule: str
    first_entry: int
    points: int
    brought: int
    qualifying_spend: int
    measures: dict[str, int]
    qualifies: bool
    main: bool
    steps: Sequence[dict[str, Any]]


def post_grant(
    book: Book,
    version: Version,
    grant: Grant,
    basket: Basket,
    purchase: tuple[int, str],
    measured: tuple[int, dict[str, int]] | None,
) -> None:
    """Write a grant as it is first given. purchase: id and external id; measured: what qualifies, on the main grant."""
    spend, more = measured or (0, {})
    draft = Draft(
        grant.kind,
        grant.points,
        grant.rule,
        grant.explanation,
        basket.occurred_at,
        f"purchase:{purchase[1]}",
        version.id,
        purchase_id=purchase[0],
        qualifies_at=basket.occurred_at if grant.kind == "accrual" else None,
        qualifying_spend=spend,
        qualifying_points=grant.points if grant.kind == "accrual" else 0,
        qualifying_more={"measures": more} if more else None,
    )
    since = spendable_from(version.program, basket.occurred_at, basket.channel, None, book.now)
    book.credit(draft, since, lapses_at(version.program, basket.occurred_at, book.period_until))


def lot_terms(book: Book, version: Version, at: datetime) -> tuple[datetime, Lapse]:
    """When points earned at `at` become spendable, and when they lapse."""
    program = version.program
    return active_from(program, at, book.now), lapses_at(program, at, book.period_until)


def _terms_of(book: Book, version: Version, purchase: Any) -> tuple[datetime, Lapse]:
    """The same for what a purchase brings after all, delivered or not."""
    program, at = version.program, purchase.occurred_at
    delivered_at = book.records.delivered_at(purchase.id) if waits(program, purchase.channel) else None
    since = spendable_from(program, at, purchase.channel, delivered_at, book.now)
    return since, lapses_at(program, at, book.period_until)


def tenders_of(tender: list[dict[str, Any]] | None) -> dict[str, int]:
    """What was paid, by kind."""
    paid: dict[str, int] = {}
    for each in tender or []:
        paid[each["kind"]] = paid.get(each["kind"], 0) + each["amount"]
    return paid


def posted_of(records: Records, purchase_id: int) -> list[Posted]:
    """The grants of a purchase as the entries add up to them, in the order they were given: the main one first."""
    grouped: dict[tuple[int, str], list[Any]] = {}
    for row in records.entries_of(purchase_id):
        grouped.setdefault((row.member_id, row.rule), []).append(row)
    return [
        _posted(member_id, rule, rows, place == 0) for place, ((member_id, rule), rows) in enumerate(grouped.items())
    ]


def regrant(book: Book, version: Version, purchase: Any, old: Posted | None, grant: Grant | None, late: str) -> None:
    """Bring one rule's grant in line with what it is judged to be now that a late purchase has arrived.

    Where only its steps differ, an entry of 0 points says so: later refunds are settled by them.
    """
    lines = book.records.lines_of(purchase.id)
    steps = grant.explanation["steps"] if grant else []
    due = worth(steps, lines, book.records.refunded_of(purchase.id)) if grant else 0
    posted = old.points if old else 0
    if grant and grant.rule in {rule.id for rule in capped_rules(version.program)}:
        due = min(due, posted)  # services/caps.py raises it as far as its caps allow
    if due == posted and (grant is None or steps == (_judged_steps(old) if old else [])):
        return
    base: dict[str, Any] = (
        grant.explanation
        if grant
        else {"rule": old.rule if old else "", "version": version.id, "inputs": {}, "caps": [], "not_applied": []}
    )
    explanation = {
        **base,
        "inputs": {**base["inputs"], "late_purchase": late},
        "steps": [*steps, {"do": "rejudged", "due": due, "posted": posted, "difference": due - posted}],
    }
    accrues = grant.kind == "accrual" if grant else bool(old and old.qualifies)
    draft = Draft(
        "adjustment",
        due - posted,
        grant.rule if grant else old.rule if old else "",
        explanation,
        purchase.occurred_at,
        f"purchase:{purchase.external_id}",
        version.id,
        purchase_id=purchase.id,
        corrects_id=old.first_entry if old else None,
        qualifies_at=purchase.occurred_at if accrues else None,
        qualifying_points=due - posted if accrues else 0,
    )
    if draft.points > 0:
        book.credit(draft, *_terms_of(book, version, purchase))
    else:
        book.take_back(draft, draft.corrects_id)


def _judged_steps(posted: Posted) -> list[dict[str, Any]]:
    return [step for step in posted.steps if step["do"] not in ("rejudged", "recapped")]


def recap(
    book: Book,
    version: Version,
    purchase: Any,
    old: Posted,
    due: int,
    hit: list[dict[str, Any]],
    cause: dict[str, Any],
) -> None:
    """Bring a capped grant to the points due. hit: the caps that it meets; cause: the refund or late purchase."""
    if due == old.points:
        return
    explanation = {
        "rule": old.rule,
        "version": version.id,
        "inputs": {"total": purchase.total, "tier": purchase.tier, **cause},
        "steps": [*_judged_steps(old), {"do": "recapped", "due": due, "posted": old.points}],
        "caps": hit,
        "not_applied": [],
    }
    draft = Draft(
        "adjustment",
        due - old.points,
        old.rule,
        explanation,
        book.now if "refund" in cause else purchase.occurred_at,
        f"purchase:{purchase.external_id}",
        version.id,
        purchase_id=purchase.id,
        corrects_id=old.first_entry,
        qualifies_at=purchase.occurred_at if old.qualifies else None,
        qualifying_points=due - old.points if old.qualifies else 0,
    )
    if draft.points > 0:
        book.credit(draft, *_terms_of(book, version, purchase))
    else:
        recover(book, version, draft, old.first_entry)


def withdraw(book: Book, version: Version, purchase: Any, old: Posted, refund: str, lines: tuple[Line, ...]) -> None:
    """Reverse what a refund, by its external id, takes off one grant."""
    refunded = book.records.refunded_of(purchase.id)
    due = min(worth(old.steps, lines, refunded), old.points)  # a capped grant may have brought less than its steps
    spend, more = _unqualified(version, purchase, old, lines, refunded)
    if due == old.points and not spend and not more:
        return
    step = {"do": "worth", "granted": min(granted(old.steps), old.brought), "worth": due, "posted": old.points}
    explanation = {
        "rule": old.rule,
        "version": version.id,
        "inputs": {"refund": refund, "refunded": refunded.value(lines), "total": purchase.total},
        "steps": [{**step, "reversed": old.points - due}],
        "caps": [],
        "not_applied": [],
    }
    draft = Draft(
        "reversal",
        due - old.points,
        old.rule,
        explanation,
        book.now,
        f"refund:{refund}",
        version.id,
        purchase_id=purchase.id,
        corrects_id=old.first_entry,
        qualifies_at=purchase.occurred_at if old.qualifies else None,
        qualifying_spend=spend,
        qualifying_points=due - old.points if old.qualifies else 0,
        qualifying_more={"measures": more} if more else None,
    )
    recover(book, version, draft, old.first_entry)


def recover(book: Book, version: Version, draft: Draft, own_entry: int) -> None:
    """Take back points of `own_entry`; what was spent of them is owed or let off, as the program has it."""
    owed = book.debt
    book.take_back(draft, own_entry)
    within_balance = version.program.earning.refund_policy == "within_balance"
    if within_balance and book.debt > owed and book.merged_into is None:  # else: carried on first
        forgive(book, version, draft, book.debt - owed)


def _unqualified(
    version: Version, purchase: Any, old: Posted, lines: tuple[Line, ...], refunded: Refunded
) -> tuple[int, dict[str, int]]:
    """What no longer qualifies, as negative amounts: the first measure, and the others that change."""
    if not old.main:
        return 0, {}
    spend, more = qualifying(version.program, lines, tenders_of(purchase.tender), refunded)
    changes = {measure: amount - old.measures.get(measure, 0) for measure, amount in more.items()}
    return spend - old.qualifying_spend, {measure: change for measure, change in changes.items() if change}


def forgive(book: Book, version: Version, draft: Draft, points: int) -> None:
    """Under `within_balance` a refund takes no more than there is: the rest is given back at once, in the open."""
    forgiven = Draft(
        "adjustment",
        points,
        "within_balance",
        {**draft.explanation, "rule": "within_balance", "steps": [{"do": "forgive", "points": points}]},
        book.now,
        draft.source,
        version.id,
    )
    book.credit(forgiven, *lot_terms(book, version, book.now))


def _posted(member_id: int, rule: str, rows: list[Any], main: bool) -> Posted:
    grants = [row for row in rows if row.kind != "reversal"]
    measures: dict[str, int] = {}
    for row in rows:
        for measure, amount in (row.qualifying_more or {}).get("measures", {}).items():
            measures[measure] = measures.get(measure, 0) + amount
    return Posted(
        member_id,
        rule,
        rows[0].id,
        sum(row.points for row in rows),
        sum(row.points for row in grants),
        sum(row.qualifying_spend for row in rows),
        measures,
        rows[0].qualifies_at is not None,
        main,
        grants[-1].explanation["steps"],
    )
