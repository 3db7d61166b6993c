"""Keys of tills and staff, and the log of what was done with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from core.db.types import Moment, row_id, table_of


class ApiKey(SQLModel, table=True):
    """digest: SHA-256 of a key of 192 random bits; the key itself is shown once. scopes: till, staff, admin."""

    __tablename__ = "api_key"

    id: int | None = row_id()
    name: str = Field(max_length=60)
    digest: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=Moment)
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)


class AuditLog(SQLModel, table=True):
    """Who did what by hand. Append-only."""

    __tablename__ = "audit_log"

    id: int | None = row_id()
    at: datetime = Field(sa_type=Moment)
    actor: str = Field(max_length=60)
    action: str = Field(max_length=40)
    target: str = Field(max_length=120)
    detail: dict[str, Any] = Field(sa_type=JSON)


api_keys = table_of(ApiKey)
audit_logs = table_of(AuditLog)
