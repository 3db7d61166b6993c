"""Every table, for migrations and tests: importing this fills `metadata`."""

from sqlmodel import SQLModel

from core.db import (
    activities,
    amendments,
    benefits,
    campaigns,
    chats,
    coupons,
    deliveries,
    facts,
    idempotency,
    journeys,
    ledger,
    members,
    merges,
    moved_clocks,
    mutes,
    photos,
    prize_draws,
    programs,
    purchases,
    rewards,
    staff,
    stored_value,
    ticks,
)

metadata = SQLModel.metadata

__all__ = [
    "activities",
    "amendments",
    "benefits",
    "campaigns",
    "chats",
    "coupons",
    "deliveries",
    "facts",
    "idempotency",
    "journeys",
    "ledger",
    "members",
    "merges",
    "metadata",
    "moved_clocks",
    "mutes",
    "photos",
    "prize_draws",
    "programs",
    "purchases",
    "rewards",
    "staff",
    "stored_value",
    "ticks",
]
