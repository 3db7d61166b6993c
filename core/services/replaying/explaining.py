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
    changed = rules(before.entries, after.entries)[:MOST_RULES]
    return Affected(
        member_id=before.member_id,
        card_number=card_number,
        before=_standing(before),
        after=_standing(after),
        rules=changed,
        example=_example(changed[0].rule, before.entries, after.entries, programs, language) if changed else None,
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
    rule: str, before: Sequence[Entered], after: Sequence[Entered], programs: tuple[Program, Program], language: str
) -> Example:
    """The largest difference of a rule at one moment; of two equal ones the earlier."""
    was, would = _by_moment(rule, before), _by_moment(rule, after)
    sums = {at: (_sum(was[at]), _sum(would[at])) for at in {*was, *would}}
    at = min(sums, key=lambda each: (-abs(sums[each][1] - sums[each][0]), each))
    told, would_tell = _explained(was[at], programs[0], language), _explained(would[at], programs[1], language)
    return Example(
        rule=rule,
        at=at,
        before=sums[at][0],
        after=sums[at][1],
        explained_before=[line for line in told if line not in would_tell],
        explained_after=[line for line in would_tell if line not in told],
    )


def _by_moment(rule: str, entries: Sequence[Entered]) -> defaultdict[datetime, list[Entered]]:
    found: defaultdict[datetime, list[Entered]] = defaultdict(list)
    for entry in entries:
        if entry.rule == rule:
            found[entry.effective_at].append(entry)
    return found


def _sum(entries: Sequence[Entered]) -> int:
    return sum(entry.points for entry in entries)


def _explained(entries: Sequence[Entered], program: Program, language: str) -> list[str]:
    """The arithmetic alone: which other rules did not apply is not what differs here."""
    arithmetic = [entry._replace(explanation={**entry.explanation, "not_applied": []}) for entry in entries]
    return [line for entry in arithmetic for line in explain(program, entry, language)]


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
