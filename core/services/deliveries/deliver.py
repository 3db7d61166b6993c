"""Sending, from the table's side: mark what leaves, then let it leave, then record what came of it.

A row is `sending`, on disk, before its request leaves. So whoever takes over from a sender that died knows which rows
may have arrived: exactly those still `sending`. They are in doubt; everything else was never sent, or was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from core.db import amendment_queries, leaving_queries, sending_queries
from core.insight.mutes import name_of_kind
from core.program.schema import Program
from core.rules.messaging import (
    KINDS,
    Caps,
    Coming,
    Decision,
    Due,
    Ended,
    Go,
    Left,
    PutOff,
    Reach,
    filled,
    judge,
    kind_of_source,
    quiet_hours,
    sent_again,
)
from core.rules.styles import manner_of
from core.services.deliveries import amend
from core.services.deliveries.leaving import Change, Outcome, Outgoing
from core.services.deliveries.senders import Lead, end_past_leads, keep_lead, take_lead, wait_of
from core.services.deliveries.still import no_longer
from core.services.run_ticks import tally
from core.shop import Shop

CARE = Caps(per_day=3, per_week=7)
CLAIM = 200
"""How many rows are looked at in one turn, at most."""
TRIES = 8
"""After so many failures of Telegram's own a message is given up."""
COUNTED = timedelta(days=8)
"""Seven days in any zone lie within it."""
NEVER_ANSWERED = "the sender ended before Telegram answered"
DOUBTED = "an earlier request was not answered"
PURPOSES = ("offers", "care", "statement")


@dataclass(frozen=True, slots=True)
class Policy:
    """caps: of promo; care: of care. resend_doubtful: whether a transactional message in doubt goes out once more."""

    caps: Caps
    resend_doubtful: bool = True
    care: Caps = CARE

    @property
    def by_kind(self) -> dict[str, Caps]:
        return {"promo": self.caps, "care": self.care}


@dataclass(frozen=True, slots=True)
class Turn:
    """leads: False when another process has taken over, and nothing more may leave. wait_until: real time."""

    leads: bool
    outgoing: list[Outgoing | Change]
    wait_until: datetime | None = None


def begin(shop: Shop, lead: Lead, policy: Policy, at: datetime, until: datetime) -> Turn | None:
    """Take the lead, or None. What the sender before left open, or that of a bot which the shop had before, is in doubt
    from now on."""
    with shop.write() as session:
        amendment_queries.hold_senders(session)
        if not take_lead(session, lead, at, until):
            return None
        end_past_leads(session, at)
        for row in sending_queries.abandoned(session, at):
            sending_queries.record(session, row.sent_by, [_doubtful(row, NEVER_ANSWERED, policy, shop.now())])
        amendment_queries.take_up(session, at, shop.now())
        return Turn(True, [], wait_of(session, lead.bot_id))


def turn(
    shop: Shop,
    lead: Lead,
    outcomes: Sequence[Outcome],
    room: int,
    policy: Policy,
    until: datetime,
    known: Sequence[Outgoing | Change] | None = None,
) -> Turn:
    """One transaction: record what came of earlier messages, keep the lead, and mark up to `room` that leave next.

    until: to when the lead is kept. The outcomes are recorded also when the lead is lost. known: after a turn that
    failed, whatever the sender still has in hand: that turn may have been committed, and what it marked never left.
    """
    with shop.write() as session:
        _record(shop, session, lead, outcomes, policy)
        kept = keep_lead(session, lead, until)
        if kept is None:
            certain = [each.of.id for each in outcomes if isinstance(each.of, Outgoing) and each.result != "in_doubt"]
            amendment_queries.known_again(session, certain, shop.now())  # whoever took over held them for in doubt
            return Turn(False, [])
        if known is not None:
            sending_queries.take_back(session, lead.holder, [each.id for each in known if isinstance(each, Outgoing)])
            amend.take_back(session, lead.holder, known)
        return Turn(True, _leaving(shop, session, lead, room, policy), kept.wait_until)


def any_due(shop: Shop) -> bool:
    """Whether a turn would find something."""
    with shop.read() as session:
        now = shop.now()
        return leaving_queries.any_due(session, KINDS, now) or amendment_queries.any_due(session, now)


def _leaving(shop: Shop, session: Session, lead: Lead, room: int, policy: Policy) -> list[Outgoing | Change]:
    """Half of what may leave is for changes of earlier messages, while messages want the other half: what is wrong and
    was sent is put right soon, and nothing urgent waits for it."""
    now = shop.now()
    amend.plan_more(session, now)
    half = (room + 1) // 2
    changes = amend.claim(session, lead.holder, half, now)
    going = _claim(shop, session, lead, room - len(changes), policy)
    if len(changes) == half:
        changes += amend.claim(session, lead.holder, room - len(changes) - len(going), now)
    return [*changes, *going]


def _claim(shop: Shop, session: Session, lead: Lead, room: int, policy: Policy) -> list[Outgoing]:
    now = shop.now()
    looked_at, going = 0, list[Outgoing]()
    while len(going) < room and looked_at < CLAIM:
        rows = leaving_queries.due(session, KINDS, now, min(room - len(going), CLAIM - looked_at))
        if not rows:
            break
        looked_at += len(rows)
        going += _mark(shop, session, lead, rows, policy, now)
    return going


def _mark(shop: Shop, session: Session, lead: Lead, rows: list[Any], policy: Policy, now: datetime) -> list[Outgoing]:
    """Those that may leave, marked; the others are put off or ended."""
    program = shop.version_at(session, now).program
    decisions = _judge(session, program, rows, policy.by_kind, now)
    going = [row for row in rows if isinstance(decisions[row.id], Go)]
    sending_queries.mark(session, {row.id: row.chat_id for row in going}, lead.holder, now)
    sending_queries.put_off(session, {key: each.until for key, each in decisions.items() if isinstance(each, PutOff)})
    ends = {key: (each.state, each.reason) for key, each in decisions.items() if isinstance(each, Ended)}
    sending_queries.end_unsent(session, ends, now)
    _count(shop, session, lead, ends.values())
    return [_outgoing(program, row, now) for row in going]


def _judge(
    session: Session, program: Program, rows: list[Any], caps: Mapping[str, Caps], now: datetime
) -> dict[int, Decision]:
    """What becomes of each. The higher priority is judged first; what it takes of the caps, the others do not get."""
    here = program.program.zone
    known = _known(session, rows, now)
    overtaken = no_longer(session, [row for row in rows if row.still], now)
    merged = [row.id for row in rows if row.merged_into is not None]
    overtaken |= dict.fromkeys(leaving_queries.told_already(session, merged), "merged")
    decisions: dict[int, Decision] = {}
    for row in sorted(rows, key=lambda row: (KINDS.index(row.kind), -row.priority, row.due_at, row.id)):
        mine = known[row.member_id]
        coming = [each for key, each in mine.coming.items() if key != row.id]
        zone = ZoneInfo(row.zone) if row.zone else here
        decision: Decision = Ended("suppressed", "cancelled")
        if not row.cancelled:
            decision = judge(_due(row), _reach(program, row, mine.muted), mine.left, coming, caps, zone, now)
        if isinstance(decision, Go) and row.id in overtaken:
            decision = Ended("suppressed", overtaken[row.id])
        if isinstance(decision, Go) and _text(row) is None:
            decision = Ended("failed", "placeholder-unfilled")
        if isinstance(decision, Ended) and row.left_at is not None:
            decision = Ended("in_doubt")  # it left before, and was never answered for
        if not isinstance(decision, PutOff):
            mine.coming.pop(row.id, None)
        if isinstance(decision, Go):
            mine.left.append(Left(row.kind, now))
        decisions[row.id] = decision
    return decisions


@dataclass(slots=True)
class _Known:
    """What bears on a member's messages besides their own rows."""

    left: list[Left] = field(default_factory=list)
    coming: dict[int, Coming] = field(default_factory=dict)
    muted: frozenset[str] = frozenset()


def _known(session: Session, rows: list[Any], now: datetime) -> dict[int, _Known]:
    """By member, in one question for all; a second one if any of them has muted something."""
    known = {row.member_id: _Known() for row in rows}
    lowest = min(row.priority for row in rows)
    for each in leaving_queries.left_or_coming(session, known, now - COUNTED, now + timedelta(days=2), lowest):
        mine = known[each.member_id]
        if each.left_at is not None:
            mine.left.append(Left(each.kind, each.left_at))
        else:
            mine.coming[each.id] = Coming(each.kind, each.source, each.priority, each.due_at)
    muting = {row.member_id for row in rows if row.mutes}
    for each in leaving_queries.muted_by(session, muting) if muting else ():
        known[each.member_id].muted |= {each.kind}
    return known


def _due(row: Any) -> Due:
    return Due(row.kind, row.purpose, row.expires_at, row.source, row.priority)


def _reach(program: Program, row: Any, muted: frozenset[str]) -> Reach:
    return Reach(
        here=row.chat_id is not None and row.forgotten_at is None,
        closed=row.closed_at is not None,
        blocked=bool(row.blocked),
        agreed=frozenset(purpose for purpose in PURPOSES if getattr(row, f"allow_{purpose}")),
        quiet=quiet_hours(row, program.messages),
        style=row.style,
        muted=muted,
    )


def _text(row: Any) -> str | None:
    text: str = row.content_text if row.own_text is None else row.own_text
    return text if row.own_text is not None else filled(text, row.filling or {})


def _outgoing(program: Program, row: Any, now: datetime) -> Outgoing:
    return Outgoing(
        id=row.id,
        member_id=row.member_id,
        chat_id=row.chat_id,
        kind=row.kind,
        text=_text(row) or "",
        photo=row.own_photo or row.content_photo,
        buttons=row.own_buttons or row.content_buttons or [],
        due_at=row.due_at,
        left_at=now,
        tries=row.tries,
        doubts=row.doubts,
        language=row.chat_language,
        source=row.source,
        name=name_of_kind(program, kind_of_source(row.source), row.chat_language),
        purpose=row.purpose,
        explained=row.kind != "transactional" and manner_of(row.style).explained,
    )


def _record(shop: Shop, session: Session, lead: Lead, outcomes: Sequence[Outcome], policy: Policy) -> None:
    now = shop.now()
    rows = [_row(each, each.of, policy, now) for each in outcomes if isinstance(each.of, Outgoing)]
    sending_queries.record(session, lead.holder, rows)
    amend.record(session, lead.holder, outcomes, now)
    sending_queries.block_chats(session, [each.of.chat_id for each in outcomes if each.result == "blocked"])
    for old, new in _moves(outcomes):
        sending_queries.move_chat(session, old, new)
    changes = [each.result for each in outcomes if isinstance(each.of, Change) and each.result != "again"]
    ended = [row["state"] for row in rows if row["ended_at"] is not None]
    _count(shop, session, lead, [(state, None) for state in (*ended, *changes)])


def _count(shop: Shop, session: Session, lead: Lead, ends: Iterable[tuple[str, str | None]]) -> None:
    """Add to what the scheduler's runs show of sending: by state, and what was not sent by its reason."""
    states = Counter(reason or state for state, reason in ends)
    sent, failed = states.pop("sent", 0), states.pop("failed", 0)
    if sent or failed or states:
        tally(shop, session, lead.holder, sent, failed, states)


def _moves(outcomes: Iterable[Outcome]) -> list[tuple[int, int]]:
    return [(each.of.chat_id, each.moved_to) for each in outcomes if each.moved_to is not None]


def _row(outcome: Outcome, of: Outgoing, policy: Policy, now: datetime) -> dict[str, Any]:
    result = outcome.result
    if result == "in_doubt":
        return _doubtful(of, outcome.error, policy, now)
    if result == "sent":
        return _values(of, "sent", now, message_id=outcome.message_id)
    error, tries = _said(of, outcome.error), of.tries + outcome.failure
    if result != "again" or tries >= TRIES:
        end = "in_doubt" if of.doubts else "failed" if result == "again" else result
        return _values(of, end, now, error=error, tries=tries)
    due = max(of.due_at, now + timedelta(seconds=outcome.wait_s))
    again = {"due_at": due, "left_at": of.left_at if of.doubts else None, "ended_at": None}
    return _values(of, "planned", now, error=error, tries=tries) | again


def _said(of: Outgoing, error: str | None) -> str | None:
    """What Telegram says to a second request leaves the first one in doubt."""
    return f"{DOUBTED}; then: {error}" if of.doubts else error


def _doubtful(of: Any, error: str | None, policy: Policy, now: datetime) -> dict[str, Any]:
    if sent_again(of.kind, of.doubts, policy.resend_doubtful):
        return _values(of, "planned", now, error=error) | {"ended_at": None, "doubts": of.doubts + 1}
    return _values(of, "in_doubt", now, error=error)


def _values(
    of: Any,
    state: str,
    now: datetime,
    *,
    error: str | None = None,
    message_id: int | None = None,
    tries: int | None = None,
) -> dict[str, Any]:
    return {
        "id": of.id,
        "state": state,
        "reason": None,
        "error": None if error is None else error[:300],
        "message_id": message_id,
        "due_at": of.due_at,
        "left_at": of.left_at,
        "ended_at": now,
        "tries": of.tries if tries is None else tries,
        "doubts": of.doubts,
    }
