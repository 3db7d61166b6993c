"""Why a member would stand otherwise: what each rule came to on either side, and the entry that differs most."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from core.program.schema import Program
from core.services.replaying.fold import balance
from core.services.replaying.outcome import Entered, Outcome
from core.services.replaying.report import Affected, Example, RuleSides, Standing
from core.words import explain

MOST_RULES = 5


def affected_member(
    card_number: str, before: Outcome, after: Outcome, programs: tuple[Program, Program], language: str
) -> Affected:
    """programs: the one in force and the draft, for the names of rules and tiers."""
    return Affected(
        member_id=before.member_id,
        card_number=card_number,
        before=_standing(before),
        after=_standing(after),
        rules=rules(before.entries, after.entries)[:MOST_RULES],
        example=_example(before.entries, after.entries, programs, language),
    )


def rules(before: Sequence[Entered], after: Sequence[Entered]) -> list[RuleSides]:
    """Rules whose entries come to something else, the largest difference first."""
    was, would = _by_rule(before), _by_rule(after)
    changed = [
        RuleSides(rule=rule, before=was[rule], after=would[rule]) for rule in {*was, *would} if was[rule] != would[rule]
    ]
    return sorted(changed, key=lambda each: (-abs(each.after - each.before), each.rule))


def _by_rule(entries: Sequence[Entered]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for entry in entries:
        sums[entry.rule] += entry.points
    return sums


def _example(
    before: Sequence[Entered], after: Sequence[Entered], programs: tuple[Program, Program], language: str
) -> Example | None:
    """The largest difference of a rule at one moment; of two equal ones the earlier."""
    was, would = _by_moment(before), _by_moment(after)
    differences = {
        place: sum(each.points for each in would[place]) - sum(each.points for each in was[place])
        for place in {*was, *would}
    }
    place = min(differences, key=lambda each: (-abs(differences[each]), each), default=None)
    if place is None or not differences[place]:
        return None
    at, rule = place
    return Example(
        rule=rule,
        at=at,
        before=sum(each.points for each in was[place]),
        after=sum(each.points for each in would[place]),
        explained_before=_explained(was[place], programs[0], language),
        explained_after=_explained(would[place], programs[1], language),
    )


def _by_moment(entries: Sequence[Entered]) -> defaultdict[tuple[datetime, str], list[Entered]]:
    found: defaultdict[tuple[datetime, str], list[Entered]] = defaultdict(list)
    for entry in entries:
        found[entry.effective_at, entry.rule].append(entry)
    return found


def _explained(entries: Sequence[Entered], program: Program, language: str) -> list[str]:
    """The arithmetic alone: which other rules did not apply is not what differs here."""
    return [
        line
        for entry in entries
        for line in explain(
            program, {**entry._asdict(), "explanation": {**entry.explanation, "not_applied": []}}, language
        )
    ]


def _standing(outcome: Outcome) -> Standing:
    return Standing(
        balance=balance(outcome),
        active=outcome.active,
        pending=outcome.pending,
        debt=outcome.debt,
        lapsed=outcome.lapsed,
        tier=outcome.tier,
        tier_until=outcome.tier_until,
    )
