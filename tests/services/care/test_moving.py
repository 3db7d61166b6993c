"""Members who change their zone around a day of theirs: each occasion comes exactly once, on both databases.

9:00 on 15 March is 14 March, 19:00 UTC on Kiritimati (UTC+14), 15 March, 1:00 in Shanghai, 19:00 in Honolulu (UTC−10).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from core.db.deliveries import deliveries
from core.services.care.plan_care import plan_care
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.services.care.test_plan_care import PLAIN
from tests.shopping import buy, dump, enrol_one, line

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
KIRITIMATI, HONOLULU, HOME = "Pacific/Kiritimati", "Pacific/Honolulu", None
BEFORE = datetime(2026, 3, 13, 12, tzinfo=UTC)
AFTER = datetime(2026, 3, 17, 12, tzinfo=UTC)


AT = 'at = "09:00"'
WISH = """
[[journeys]]
id = "birthday"
name = { en = "Birthday", zh-Hans = "生日" }
on = "birthday"
[[journeys.steps]]
at = "09:00"
text = { en = "Happy birthday!", zh-Hans = "生日快乐！" }
"""


def moment(written: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{written}:00+00:00")


@pytest.fixture
def cared(bare_shop: Shop, clock: FrozenClock) -> Shop:
    publish(bare_shop, PLAIN + WISH)
    clock.set(BEFORE)
    plan_care(bare_shop)
    return bare_shop


def move(shop: Shop, member: int, zone: str | None) -> None:
    wish = MemberChange(member_id=member, zone=zone)
    update_member(shop, Caller(f"chat:{member}", f"move:{member}:{shop.now().isoformat()}:{zone}"), wish)


def lived(shop: Shop, clock: FrozenClock, lives: dict[int, list[tuple[str, str | None]]], hours: int = 1) -> None:
    """Everybody moves as told (when, to where), and care is planned every so many hours, at half past."""
    moves = sorted((moment(at), member, zone) for member, life in lives.items() for at, zone in life if at)
    at = BEFORE + timedelta(minutes=30)
    while at < AFTER:
        while moves and moves[0][0] <= at:
            when, member, zone = moves.pop(0)
            clock.set(when)
            move(shop, member, zone)
        clock.set(at)
        plan_care(shop)
        at += timedelta(hours=hours)


def wishes(shop: Shop, member: int) -> list[tuple[str, str, str]]:
    """Occasion, when due, and as what it was planned or ended."""
    mine = (deliveries.c.member_id == member, deliveries.c.source == "journey:birthday")
    with shop.read() as session:
        rows = session.execute(select(deliveries).where(*mine)).all()
    return [(row.occasion, f"{row.due_at:%d %H:%M}", row.state) for row in rows]


LIVES: list[tuple[list[tuple[str, str | None]], str]] = [
    # over the date line to the east: there it is 10:00 on the 15th, here it was 10:00 on the 14th
    ([("13T12:10", HONOLULU), ("14T20:00", KIRITIMATI)], "14 20:00"),
    # right before 9:00 on Kiritimati, and right after
    ([("13T12:10", HONOLULU), ("14T18:59", KIRITIMATI)], "14 19:00"),
    ([("13T12:10", HONOLULU), ("14T19:01", KIRITIMATI)], "14 19:00"),
    ([("13T12:10", HONOLULU), ("14T19:31", KIRITIMATI)], "14 19:31"),
    # on the morning itself: on Kiritimati the day is over, in Honolulu it has just begun
    ([("13T12:10", HONOLULU), ("15T18:00", KIRITIMATI)], "15 18:00"),
    # when 9:00 in Honolulu had come already, within the hour before care was planned
    ([("13T12:10", HONOLULU), ("15T19:10", KIRITIMATI)], "15 19:00"),
    # to the west, before and after the wish: the day comes again, the wish does not
    ([("13T12:10", KIRITIMATI), ("14T18:00", HONOLULU)], "15 19:00"),
    ([("13T12:10", KIRITIMATI), ("14T20:00", HONOLULU)], "14 19:00"),
    ([("13T12:10", KIRITIMATI), ("14T20:00", HONOLULU), ("15T18:00", KIRITIMATI)], "14 19:00"),
    # home, where it was 9:00 two hours ago, and where it will be in one
    ([("13T12:10", HONOLULU), ("15T03:00", HOME)], "15 03:00"),
    ([("13T12:10", HONOLULU), ("15T00:00", HOME)], "15 01:00"),
    ([("13T12:10", KIRITIMATI), ("15T03:00", HOME)], "14 19:00"),
    # a slip of the finger, mended before care was planned again: never anywhere but in Honolulu
    ([("13T12:10", HONOLULU), ("15T02:40", KIRITIMATI), ("15T02:41", HONOLULU)], "15 19:00"),
    ([("13T12:10", HONOLULU), ("15T02:40", HOME), ("15T02:41", KIRITIMATI)], "15 02:41"),
]  # fmt: skip


def test_a_step_of_a_series_is_not_lost_either(bare_shop: Shop, clock: FrozenClock) -> None:
    """9:00 on the third day after joining, which is the 16th: at 1:00 UTC in Shanghai, at 19:00 in Honolulu."""
    publish(bare_shop, PLAIN + WISH.replace('on = "birthday"', 'on = "joined"').replace(AT, f"days = 3\n{AT}"))
    clock.set(moment("13T12:00"))
    plan_care(bare_shop)
    ann = enrol_one(bare_shop, "Ann", language="en")
    move(bare_shop, ann, HONOLULU)
    for at, zone in (("16T03:00", HOME), ("16T04:00", HONOLULU), ("16T20:01", KIRITIMATI)):
        clock.set(moment(at))
        plan_care(bare_shop)
        move(bare_shop, ann, zone)
        plan_care(bare_shop)
    with bare_shop.read() as session:
        mine = select(deliveries).where(deliveries.c.member_id == ann).order_by(deliveries.c.id)
        rows = [(row.occasion, f"{row.due_at:%d %H:%M}") for row in session.execute(mine)]
    assert rows == [("joined/3", "16 03:00")]


def test_who_moves_over_the_birthday_is_wished_well_exactly_once(cared: Shop, clock: FrozenClock) -> None:
    born = date(1990, 3, 15)
    ids = [enrol_one(cared, f"M{each}", language="en", birthday=born, joined_at=LONG_AGO) for each in range(len(LIVES))]
    lived(cared, clock, dict(zip(ids, (life for life, _ in LIVES), strict=True)))
    assert [wishes(cared, member) for member in ids] == [[("2026/0", due, "planned")] for _, due in LIVES]
    before = dump(cared)
    plan_care(cared)
    assert dump(cared) == before


def test_once_a_month_is_once_though_the_month_is_another_where_the_member_was(
    bare_shop: Shop, clock: FrozenClock
) -> None:
    """31 March, 11:00 UTC is 1 April on Kiritimati."""
    publish(bare_shop, PLAIN + WISH.replace('on = "birthday"', 'on = "purchase"\nonce = "month"').replace(AT, ""))
    clock.set(moment("31T10:59"))
    ann = enrol_one(bare_shop, "Ann", language="en", joined_at=LONG_AGO)
    move(bare_shop, ann, KIRITIMATI)
    plan_care(bare_shop)
    clock.set(moment("31T11:00"))
    buy(bare_shop, ann, "1", line(1000))
    plan_care(bare_shop)
    move(bare_shop, ann, HOME)
    clock.move(minutes=1)
    plan_care(bare_shop)
    assert [occasion for occasion, *_ in wishes(bare_shop, ann)] == ["2026-03/0"]
