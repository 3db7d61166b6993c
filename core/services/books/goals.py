"""Goals: what was reached is given, and what is no longer reached is taken back.

As with gifts and years, what is due is reckoned anew from all that is known and only the difference is written. So a
gift comes once, in whatever order purchases arrive, and goes with the refund of what brought it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.insight.goal_facts import NO_VERSION, NOTHING_COUNTED, Running, fact_of
from core.rules.coupons import window
from core.rules.goal_sums import add, sums_of
from core.rules.goals import BEGINNING, NOTHING, Brought, Due, Fact, Span, begin, due, net
from core.services.books.grants import lot_terms, recover
from core.services.books.posting import Book, Draft
from core.shop import Version


@dataclass(slots=True)
class Given:
    """What the books say that one span has brought: its entries, and its coupons that are not void."""

    entries: list[Any] = field(default_factory=list)
    coupons: list[Any] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(int(row.points) for row in self.entries)

    @property
    def coupons_live(self) -> Mapping[str, int]:
        return Counter(row.template for row in self.coupons)

    @property
    def coupons_used(self) -> Mapping[str, int]:
        return Counter(row.template for row in self.coupons if row.status == "redeemed")

    @property
    def coupons_due(self) -> dict[str, int]:
        """As of the last entry; one that was used may have stayed beyond that."""
        due: dict[str, int] = self.entries[-1].explanation["inputs"]["coupons"] if self.entries else {}
        return due


@dataclass(frozen=True, slots=True)
class CouponMoves:
    """How many of which template are to be issued; which rows are to be made void; which stay, being used."""

    issue: dict[str, int]
    void: list[Any]
    stay: list[Any]

    @property
    def any(self) -> bool:
        return bool(self.issue or self.void)


def reach_goals(book: Book, version: Version) -> None:
    """What the book has counted is new, and happened under that version: bring what it reaches up to date.

    The running sums say whether it reaches anything. Where they cannot, the spans that it lies in are reckoned.
    """
    known, facts = book.running, net(fact_of(draft) for draft in book.counted)
    book.counted.clear()
    if not facts:
        return
    if known is None or known.version not in (NO_VERSION, version.id):
        _settle_goals(book, begin(book.records.all_programs(), facts[0].at))
        return
    sums, near = add(version.program, known.sums, facts)
    if near:
        _settle_goals(book, begin(book.records.all_programs(), facts[0].at, near), near)
    book.keep_sums(Running(version.id, sums))


def mend_goals(book: Book) -> None:
    """What counted before has changed: bring everything up to date, if the shop has ever had goals."""
    if any(program.goals for program in book.records.all_programs()):
        _settle_goals(book, BEGINNING)


def given_of(entries: Sequence[Any], coupons: Sequence[Any]) -> dict[Span, Given]:
    """One member's entries and coupons of goals, by span."""
    given: dict[Span, Given] = {}
    for row in entries:
        given.setdefault(_span(row.source), Given()).entries.append(row)
    for row in coupons:
        given.setdefault(_span(row.source), Given()).coupons.append(row)
    return given


def brought_by(entries: Iterable[Any]) -> dict[Span, Brought]:
    """What goals have brought on other cards, by the entries there, each card's oldest first."""
    brought: dict[Span, Brought] = {}
    cards: dict[int, list[Any]] = {}
    for row in entries:
        cards.setdefault(row.member_id, []).append(row)
    for rows in cards.values():
        for span, given in given_of(rows, []).items():
            known = brought.get(span, NOTHING)
            coupons = Counter(known.coupons) + Counter(given.coupons_due)
            brought[span] = Brought(known.points + given.points, coupons)
    return brought


def _span(source: str) -> Span:
    _, goal, period = source.split(":", 2)
    return goal, period


def running_of(facts: Sequence[Fact], version_at: Callable[[datetime], Version]) -> Running | None:
    """The running sums, by the version under which something counted last, once everything that counts (net, at least
    of the spans of the last) is settled. None where cards that were merged into this one count in those spans: what
    they bring together is reckoned each time."""
    if not facts:
        return NOTHING_COUNTED
    version = version_at(facts[-1].at)
    since = begin([version.program], facts[-1].at)
    if any(fact.carried and fact.at >= since for fact in facts):
        return None
    return Running(version.id, sums_of(version.program, facts))


def _settle_goals(book: Book, since: datetime, goals: Collection[str] | None = None) -> None:
    """The spans that begin at `since` or later. goals: of these alone. Idempotent."""
    records, member_id = book.records, book.member_id
    given = given_of(records.goal_entries(member_id), records.goal_coupons(member_id))
    facts = records.facts(member_id, since)
    cards = records.cards_merged_into(member_id) if any(fact.carried for fact in facts) else []
    elsewhere = brought_by(entry for card in cards for entry in records.goal_entries(card))
    for span, each in due(records.programs(), facts, elsewhere, goals).items():
        _put_right(book, span, each, given.get(span, Given()))
    if goals is None:
        book.keep_sums(running_of(net(facts), records.version_at))


def _put_right(book: Book, span: Span, each: Due, given: Given) -> None:
    """Post what is between what is due and what is in the books."""
    difference = each.gift.points - given.points
    moves = _moves(each.gift.coupons, given)
    if not difference and not moves.any and each.gift.coupons == given.coupons_due:
        return
    version = book.records.version_at(each.at)
    steps = [*each.gift.steps, *_move_coupons(book, version, span, moves)]
    if difference > 0 or (moves.issue and not difference):
        if given.points:
            steps.append({"do": "goal_before", "points": given.points})
        draft = _draft("bonus", difference, span, each, version, steps, each.at)
        book.credit(draft, *lot_terms(book, version, each.at))
        return
    for row, points in _latest(given, -difference):
        version = book.records.version(row.program_version)
        back = [{"do": "goal_back", "points": points}] if points else []
        draft = _draft("reversal", -points, span, each, version, [*steps, *back], book.now, row.id)
        recover(book, version, draft, row.id)
        steps = []


def _latest(given: Given, points: int) -> list[tuple[Any, int]]:
    """Which grants so many points are taken back from, the latest first; the latest alone for 0 points."""
    left = {row.id: row.points for row in given.entries if row.kind == "bonus"}
    for row in given.entries:
        if row.kind == "reversal":
            left[row.corrects_id] += row.points
    grants = [row for row in reversed(given.entries) if row.kind == "bonus"]
    taken = []
    for row in grants:
        part = min(points, left[row.id])
        if part:
            taken.append((row, part))
        points -= part
    return taken or [(grants[0], 0)]


def _moves(wanted: Mapping[str, int], given: Given) -> CouponMoves:
    """From the coupons there are to those that are due; what was used cannot come back."""
    rows, before = given.coupons, given.coupons_due
    held = Counter(row.template for row in rows)
    void, stay = [], []
    for template, count in held.items():
        surplus = max(0, count - wanted.get(template, 0))
        mine = [row for row in reversed(rows) if row.template == template]
        unused = [row for row in mine if row.status == "issued"][:surplus]
        void += unused
        stay += [row for row in mine if row.status == "redeemed"][: surplus - len(unused)]
    missing = {each: min(count - held[each], count - before.get(each, 0)) for each, count in wanted.items()}
    return CouponMoves({each: count for each, count in missing.items() if count > 0}, void, stay)


def _move_coupons(book: Book, version: Version, span: Span, moves: CouponMoves) -> list[dict[str, Any]]:
    """Issue and void them; what was done, as steps."""
    for template, count in moves.issue.items():
        for _ in range(count):
            _issue(book, version, span, template)
    for row in moves.void:
        book.records.void_coupon(row.id, "goal no longer reached", book.now, book.caller.actor)
    counted = {
        "goal_coupon": Counter(moves.issue),
        "goal_coupon_void": Counter(row.template for row in moves.void),
        "goal_coupon_used": Counter(row.template for row in moves.stay),
    }
    return [
        {"do": do, "coupon": template, "count": count}
        for do, coupons in counted.items()
        for template, count in coupons.items()
    ]


def _issue(book: Book, version: Version, span: Span, wanted: str) -> None:
    """By the version that grants it: the program's checks leave nothing that could refuse it."""
    template = version.program.coupon(wanted)
    assert template is not None, f"version {version.id} has a goal with the coupon {wanted} but not the coupon"
    since, until = window(template.validity, book.now, version.program.program.zone)
    values = {
        "template": template.id,
        "member_id": book.member_id,
        "source": f"goal:{span[0]}:{span[1]}",
        "issued_at": book.now,
        "valid_from": since,
        "valid_until": until,
        "program_version": version.id,
    }
    book.records.add_coupon(values, book.now, book.caller.actor)


def _draft(
    kind: str,
    points: int,
    span: Span,
    each: Due,
    version: Version,
    steps: list[dict[str, Any]],
    at: datetime,
    corrects: int | None = None,
) -> Draft:
    rule = f"goal:{span[0]}"
    inputs = {
        "of": each.goal.of,
        "within": each.goal.within,
        "period": span[1],
        "measure": each.goal.measure,
        "total": each.total,
        "coupons": dict(each.gift.coupons),
    }
    why = {
        "rule": rule,
        "version": version.id,
        "inputs": inputs,
        "steps": [{"do": "goal"}, *steps],
        "caps": list(each.gift.caps),
        "not_applied": [],
    }
    return Draft(kind, points, rule, why, at, f"{rule}:{span[1]}", version.id, corrects_id=corrects)
