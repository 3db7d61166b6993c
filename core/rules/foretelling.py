"""What will become of messages that fall due one after another: when each goes out, or why it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from core.rules.messaging import KINDS, PACE, Caps, Coming, Due, Ended, Go, Left, PutOff, Reach, judge


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that falls due at a moment."""

    at: datetime
    due: Due


@dataclass(frozen=True, slots=True)
class Fate:
    """at: when it goes out, or ends. held: why it does not at once: quiet-hours, frequency-cap or yielded; the first of
    them, where there are several; None: it does, or ends for another reason."""

    decision: Go | Ended
    at: datetime
    held: str | None


def foretell(
    waiting: Sequence[Waiting], reach: Reach, left: Sequence[Left], caps: Mapping[str, Caps], zone: ZoneInfo
) -> list[Fate]:
    """Of each message to one member, in the order given, judged as they will be when they leave. left: what went out
    before them."""
    pending = {place: each.at for place, each in enumerate(waiting)}
    before, held, fates = list(left), dict[int, str](), dict[int, Fate]()
    while pending:
        now = min(pending.values())
        turn = [place for place, at in pending.items() if at <= now]
        for place in sorted(turn, key=lambda each: _rank(waiting[each])):
            due = waiting[place].due
            coming = [_coming(waiting[other].due, at) for other, at in pending.items() if other != place]
            decision = judge(due, reach, before, coming, caps, zone, now)
            if isinstance(decision, PutOff):
                pending[place] = decision.until
                if decision.until - now > PACE and decision.reason is not None:
                    held.setdefault(place, decision.reason)
                continue
            del pending[place]
            fates[place] = Fate(decision, now, held.get(place))
            if isinstance(decision, Go):
                before.append(Left(due.kind, now))
    return [fates[place] for place in range(len(waiting))]


def _rank(each: Waiting) -> tuple[int, int, datetime]:
    """The order in which messages that are due at once are judged."""
    return [str(kind) for kind in KINDS].index(each.due.kind), -each.due.priority, each.at


def _coming(due: Due, at: datetime) -> Coming:
    return Coming(due.kind, due.source, due.priority, at)
