"""Every table, for migrations and tests: importing this fills `metadata`."""

from sqlmodel import SQLModel

from core.db import (
    activities,
    benefits,
    campaigns,
    chats,
    coupons,
    deliveries,
    idempotency,
    ledger,
    members,
    merges,
    prize_draws,
    programs,
    purchases,
    rewards,
    staff,
    stored_value,
)

metadata = SQLModel.metadata

__all__ = [
    "activities",
    "benefits",
    "campaigns",
    "chats",
    "coupons",
    "deliveries",
    "idempotency",
    "ledger",
    "members",
    "merges",
    "metadata",
    "prize_draws",
    "programs",
    "purchases",
    "rewards",
    "staff",
    "stored_value",
]
