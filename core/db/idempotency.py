"""What was asked for under an idempotency key, and what it gave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from core.db.types import Moment, table_of


class IdempotencyRecord(SQLModel, table=True):
    """Same key and same input hash: the stored result again. Same key, other input: refused."""

    __tablename__ = "idempotency_record"

    key: str = Field(primary_key=True, max_length=200)
    input_hash: str = Field(max_length=64)
    result: dict[str, Any] = Field(sa_type=JSON)
    at: datetime = Field(sa_type=Moment, index=True)


idempotency_records = table_of(IdempotencyRecord)
