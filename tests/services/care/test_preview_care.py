"""A day foretold: what is held by quiet hours, capped, or yields, by the books as they stand, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import insert

from core.db.chats import chats
from core.rules.messaging import Caps
from core.services.care.preview_care import preview_care
from core.services.deliveries.plan_deliveries import Message, add_content, add_deliveries
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.services.care.test_plan_care import PLAIN
from tests.shopping import dump, enrol_one

CAPS = {"promo": Caps(per_day=1, per_week=2), "care": Caps(per_day=3, per_week=7)}
SALE = """
[[journeys]]
id = "{}"
name = {{ en = "Sale", zh-Hans = "特卖" }}
on = "festival"
date = "03-08"
kind = "promo"
priority = {}
[[journeys.steps]]
at = "{}"
hours = {}
text = {{ en = "Sale!", zh-Hans = "特卖！" }}
"""
DAY = date(2026, 3, 8)


def test_quiet_hours_caps_and_priorities_are_foretold(bare_shop: Shop, clock: FrozenClock) -> None:
    """8 March in Shanghai: 10:00 is 2:00 UTC. Promotion is planned for Ann on the 6th and the 7th."""
    publish(bare_shop, PLAIN + SALE.format("early", 10, "10:00", 48) + SALE.format("late", 80, "15:00", 5))
    ids = [enrol_one(bare_shop, name, language="en", consents=["offers"]) for name in ("Ann", "Bo", "Cy")]
    ann, bo, cy = ids
    with bare_shop.write() as session:
        rows = [
            {"id": 70 + each, "member_id": each, "language": "en", "blocked": False, "seen_at": bare_shop.now()}
            for each in ids
        ]
        session.execute(insert(chats), rows)
        content = add_content(session, "Two for one!")
        planned = [
            Message(
                member_id=ann, source=f"campaign:{each}", occasion="", kind="promo", purpose="offers", priority=0,
                due_at=due, expires_at=due + timedelta(days=1), content_id=content,
            )
            for each, due in enumerate((datetime(2026, 3, 6, 4, tzinfo=UTC), datetime(2026, 3, 7, 4, tzinfo=UTC)))
        ]  # fmt: skip
        add_deliveries(session, planned, bare_shop.now())
    update_member(bare_shop, Caller("chat:1", "quiet"), MemberChange(member_id=cy, quiet_from=840, quiet_until=1320))
    before = dump(bare_shop)
    told = {(each.journey, each.member_id): each for each in preview_care(bare_shop, DAY, CAPS)}
    assert {key: (each.verdict, each.held_until, each.held_by) for key, each in told.items()} == {
        ("early", ann): ("frequency-cap", None, None),
        ("late", ann): ("frequency-cap", None, None),
        ("early", bo): ("held", datetime(2026, 3, 9, 2, tzinfo=UTC), "yielded"),
        ("late", bo): ("sent", None, None),
        ("early", cy): ("held", datetime(2026, 3, 9, 2, tzinfo=UTC), "yielded"),
        ("late", cy): ("quiet-hours", None, None),
    }
    assert dump(bare_shop) == before
