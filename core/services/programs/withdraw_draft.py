"""A draft that nobody shall publish any more."""

from __future__ import annotations

from sqlmodel import Session

from core.db import program_queries as queries
from core.db.audit_log import note
from core.insight.programs import DraftHead, draft_head
from core.services.common import Wish
from core.services.once import Caller, once
from core.services.programs.publish_draft import DraftId, open_draft
from core.shop import Shop


class DraftWithdrawal(Wish):
    draft: DraftId


def withdraw_draft(shop: Shop, caller: Caller, wish: DraftWithdrawal) -> DraftHead:
    """By whoever drafted it or anybody else. Refused: unknown-draft, draft-published, draft-withdrawn, key-reused."""

    def work(session: Session) -> DraftHead:
        open_draft(session, wish.draft)
        queries.change_draft(session, wish.draft, {"withdrawn_at": shop.now(), "withdrawn_by": caller.actor})
        note(session, shop.now(), caller.actor, "withdraw_draft", f"program_draft:{wish.draft}", {})
        return draft_head(session, wish.draft)

    return once(shop, caller, wish, DraftHead, work)
