"""A person leaves a card: to be forgotten, or because somebody else gets it."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from core.db import fact_queries
from core.db.mutes import forget_mutes
from core.services.chats.join_chat import unlink
from core.services.members.enrol import celebrated
from core.services.members.proof import forget_proofs

NOBODY: dict[str, Any] = {"name": "", "phone": None, "birthday": None, **celebrated(None, "solar")}
"""The columns of a card that nobody is known to hold."""
UNSET: dict[str, Any] = {
    "style": None,
    "zone": None,
    "zone_before": None,
    "zone_since": None,
    "city": None,
    "quiet_from": None,
    "quiet_until": None,
    "never_quiet": False,
}
"""The columns of a card whose holder has set nothing yet."""


def leave_card(session: Session, member_id: int) -> None:
    """Their chat ends, and what is known of them, was shown by them and is not wanted by them."""
    unlink(session, member_id)
    fact_queries.forget(session, member_id)
    forget_proofs(session, member_id)
    forget_mutes(session, member_id)
