"""Noting what somebody did by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from core.db.staff import audit_logs


def note(session: Session, at: datetime, actor: str, action: str, target: str, detail: dict[str, Any]) -> None:
    values = {"at": at, "actor": actor, "action": action, "target": target, "detail": detail}
    session.execute(insert(audit_logs).values(values))
