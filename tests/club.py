"""A small club with every limit in it, for tests that must count to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.services.books.adjust import Adjustment, adjust
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.shop import Shop

SOURCE = Path(__file__).with_name("club.toml").read_text(encoding="utf-8")


@pytest.fixture
def club(bare_shop: Shop) -> Shop:
    publish(bare_shop, SOURCE)
    return bare_shop


def publish(shop: Shop, source: str) -> None:
    draft = ProgramDraft(source=source, drafted_by="staff:al")
    publish_program(shop, Caller("staff:bo", f"program:{hash(source)}"), draft)


def give(shop: Shop, member_id: int, points: int, key: str = "gift") -> None:
    wish = Adjustment(member=MemberRef(id=member_id), points=points, reason="a gift")
    adjust(shop, Caller("staff:bo", f"{key}:{member_id}:{shop.now().isoformat()}"), wish)
