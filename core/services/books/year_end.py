"""The year-end bonus: granted as a calendar year ends, put right when a late purchase or a refund changes the year."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from core.db.counters import take
from core.db.ledger import accounts
from core.db.members import members
from core.program.schema import YearEnd
from core.rules.contributions import lives, moments
from core.rules.expiry import Lapse, active_from, lapses_at
from core.rules.terms import business_day
from core.rules.tiers import holding, since
from core.rules.year_end import JUST_BEFORE, awaited, begin_of, due, ended, turn_of
from core.services.books.explanations import explanation
from core.services.books.grants import recover
from core.services.books.posting import Book, Draft
from core.shop import Shop, Version


def end_year(book: Book, turn: datetime) -> None:
    """Grant what the year that ends at `turn` brings, or put right what it brought. Idempotent; nothing at a moment
    that ends no year."""
    version = book.records.version_at(turn)
    program = version.program
    year = ended(program, turn)
    if year is None or not program.year_end or (book.merged_at is not None and turn > book.merged_at):
        return
    earliest = min(since(book.records.all_programs(), turn), begin_of(program, year))
    every = book.records.contributions(book.member_id, earliest)
    facts = [
        each for each in every if not each.carried or each.known <= turn
    ]  # a year that was over is each card's own
    known = moments(lives(facts, turn - JUST_BEFORE)[-1], max(turn, book.now))  # a closing at the turn ends no year
    programs = book.records.programs()
    tier = holding(programs, facts, turn - JUST_BEFORE).tier
    until = lapses_at(program, turn, holding(programs, facts, turn).period_until)
    for rule in program.year_end:
        spend, points = due(program, rule, known, year, tier)
        inputs = {"year": year, "spend": spend, "tier": tier, "measure": rule.measure}
        _put_right(book, version, rule, (turn, until), inputs, points)


def mend_years(book: Book, at: datetime) -> None:
    """What qualifies at `at` has changed: put right every year since that is over, and wait for the one that is not."""
    judged = book.judged_until or at
    program = book.records.version_at(judged).program
    turn = turn_of(program, at)
    while turn <= judged:
        end_year(book, turn)
        turn = turn_of(program, turn)
    await_year_end(book, awaited(program, judged))


def await_year_end(book: Book, turn: datetime | None) -> None:
    """Wake the account at that turn of the year."""
    if turn is not None and (book.review_at is None or turn < book.review_at):
        book.review_at = turn
        book.due(turn)


def wake_for_year_end(shop: Shop) -> None:
    """The first time a version with a year-end bonus is in force: wake at the year's end whoever bought before it."""
    with shop.reading() as (session, program):
        version = shop.version_at(session, shop.now())
    if not program.year_end:
        return
    begin, turn = waking(version)
    merged = select(members.c.id).where(members.c.merged_into.is_not(None))
    bought = and_(accounts.c.last_purchase_at >= begin, accounts.c.member_id.not_in(merged))
    with shop.write() as session:
        if take(session, f"year_end:{version.id}", 1):
            in_order = select(accounts.c.member_id).where(bought).order_by(accounts.c.member_id.desc())
            session.execute(in_order.with_for_update(key_share=True)).all()  # as lock_accounts has it
            for column in (accounts.c.review_at, accounts.c.next_due_at):
                later = or_(column.is_(None), column > turn)
                session.execute(update(accounts).where(bought, later).values({column.name: turn}))


def waking(version: Version) -> tuple[datetime, datetime]:
    """From when and until when the calendar year runs in which a version comes into force."""
    program = version.program
    year = business_day(version.effective_at, program.program.zone).year
    return begin_of(program, year), turn_of(program, version.effective_at)


def _put_right(
    book: Book, version: Version, rule: YearEnd, term: tuple[datetime, Lapse], inputs: dict[str, Any], due: int
) -> None:
    """Post what is between the points due and those in the books. term: when the year ended, when its points lapse."""
    name = f"year_end:{rule.id}"
    source = f"{name}:{inputs['year']}"
    entries = (row for row in book.records.entries_from(book.member_id, source) if row.member_id == book.member_id)
    before = [row for row in entries if row.rule == name]  # not what was let off, nor a lapse that was undone for it
    difference = due - sum(row.points for row in before)
    if not difference:
        return
    unmet = "year_end_unmet" if inputs["spend"] < rule.spend else "year_end_other_tier"
    step = {"do": "year_end" if difference > 0 else unmet, "threshold": rule.spend, "points": abs(difference)}
    why = explanation(name, version.id, inputs, step)
    if difference > 0:
        draft = Draft("bonus", difference, name, why, term[0], source, version.id)
        book.credit(draft, active_from(version.program, term[0], book.now), term[1])
        return
    granted = [row.id for row in before if row.kind == "bonus"][-1]
    draft = Draft("reversal", difference, name, why, book.now, source, version.id, corrects_id=granted)
    recover(book, version, draft, granted)
