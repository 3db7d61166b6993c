"""Changing what was sent already, from the table's side: beside the deliveries, in the same turns of the same sender.

To edit a message twice, or to delete it twice, is to do it once. So what nobody has heard of again is asked for again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from core.db import amendment_queries as queries
from core.rules.amending import Closed, Message, Way, way
from core.rules.messaging import PutOff, filled
from core.rules.styles import manner_of
from core.services.deliveries.leaving import Change, Outcome, Outgoing
from core.words.texts import text as words

STRETCH = 2_000
"""Over how many deliveries one turn goes to give messages their rows."""
SKEW = timedelta(seconds=5)
"""How far the clocks of machines that share a database may lie apart: what left within it afterwards is edited too, and
found to be so already."""
TRIES = 8
WITHDRAWN = "amendment.withdrawn"


def claim(session: Session, holder: str, room: int, now: datetime) -> list[Change]:
    """Up to `room`, marked as leaving; those for which nothing is to be asked are put off or ended."""
    if room <= 0:
        return []
    rows = queries.due(session, now, room)
    ways = {row.id: _way(row, now) for row in rows}
    going = [row for row in rows if isinstance(ways[row.id], str)]
    queries.mark(session, [row.id for row in going], holder, now)
    queries.settle(session, [_settled(row, ways[row.id], now) for row in rows if not isinstance(ways[row.id], str)])
    return [_change(row, ways[row.id], now) for row in going]


def plan_more(session: Session, now: datetime) -> None:
    """Give the next stretch of messages their rows, where an amendment lacks any."""
    amendment = queries.planning(session)
    if amendment is None:
        return
    until = min(amendment.planned_to + STRETCH, amendment.plan_until)
    contents = [each["content_id"] for each in amendment.changes] if amendment.kind == "edit" else None
    queries.give_rows(session, amendment, until, contents, amendment.begun_at + SKEW, now)
    status = "planned" if until >= amendment.plan_until else "planning"
    queries.change(session, amendment.id, {"planned_to": until, "status": status})


def record(session: Session, holder: str, outcomes: Sequence[Outcome], now: datetime) -> None:
    """What came of changes; outcomes of messages are none of this."""
    queries.record(session, holder, [_row(each, each.of, now) for each in outcomes if isinstance(each.of, Change)])


def take_back(session: Session, holder: str, known: Sequence[Outgoing | Change]) -> None:
    """Changes that the sender marked and has not in hand."""
    queries.take_back(session, holder, [each.id for each in known if isinstance(each, Change)])


def _way(row: Any, now: datetime) -> Way | Closed | PutOff:
    message = Message(
        kind=row.kind,
        state=row.state,
        known=row.message_id is not None,
        left_at=row.message_left_at,
        here=row.chat_id is not None and row.forgotten_at is None,
        blocked=bool(row.blocked),
        replaced=bool(row.replaced),
        busy=bool(row.busy),
    )
    return way(message, now)


def _settled(row: Any, how: Any, now: datetime) -> dict[str, Any]:
    if isinstance(how, PutOff):
        return {"id": row.id, "state": "planned", "outcome": None, "due_at": how.until, "ended_at": None}
    return {"id": row.id, "state": how.state, "outcome": how.outcome, "due_at": row.due_at, "ended_at": now}


def _change(row: Any, how: Any, now: datetime) -> Change:
    edits = how == "edit"
    said = filled(row.content_text, row.filling or {}) if edits else words(row.chat_language, WITHDRAWN)
    return Change(
        id=row.id,
        delivery_id=row.delivery_id,
        chat_id=row.chat_id,
        message_id=row.message_id,
        way=how,
        text=said or "",  # a correction asks for no word that the message did not have
        photo=bool(row.own_photo or row.content_photo),
        buttons=(row.own_buttons or row.content_buttons or []) if edits else [],
        due_at=row.due_at,
        left_at=now,
        tries=row.tries,
        kind=row.message_kind,
        language=row.chat_language,
        source=row.source,
        purpose=row.purpose,
        explained=edits and row.message_kind != "transactional" and manner_of(row.style).explained,
    )


def _row(outcome: Outcome, of: Change, now: datetime) -> dict[str, Any]:
    error = None if outcome.error is None else outcome.error[:300]
    row = {"id": of.id, "outcome": None, "error": error, "due_at": of.due_at, "tries": of.tries, "ended_at": now}
    if outcome.result == "sent":
        return row | {"state": "done", "outcome": outcome.how}
    if outcome.result in ("blocked", "failed"):
        return row | {"state": outcome.result}
    doubtful = outcome.result == "in_doubt"
    tries = of.tries + (outcome.failure or doubtful)
    if tries >= TRIES:
        return row | {"state": "failed", "tries": tries}
    due = now + timedelta(seconds=2.0**of.tries if doubtful else outcome.wait_s)
    return row | {"state": "planned", "due_at": due, "tries": tries, "ended_at": None}
