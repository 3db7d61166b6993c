"""Staff in chat as admins see them."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.staff import StaffView


class StaffPage(BaseModel):
    """next: pass it as `after` for the next ones; null at the end."""

    items: list[StaffView]
    next: str | None


class StaffRevoked(BaseModel):
    """revoked: whether that person worked here until now."""

    name: str
    revoked: bool
