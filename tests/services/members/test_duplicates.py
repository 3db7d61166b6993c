"""Members who may be one person are found, on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from core.insight.duplicates import Place, duplicates
from core.rules.traits import plain_name, traits
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.shopping import enrol_one

MAY = date(1990, 5, 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann Lee", "lee  ANN"),
        ("Ａｎｎ Ｌｅｅ", "Ann-Lee"),
        ("José Müller", "Jose Muller"),
        ("李 静", "李静"),
        ("Straße", "STRASSE"),
    ],
)
def test_one_name_written_in_two_ways(one: str, other: str) -> None:
    assert plain_name(one) == plain_name(other)


def test_names_that_differ_stay_apart() -> None:
    assert plain_name("李静") != plain_name("静李")
    assert plain_name("Ann Lee") != plain_name("Ann Li")


def test_traits_of_one_form() -> None:
    assert traits("0012-345a", "Ann", "+8613800138000", MAY) == {
        "card": "12345A",
        "person": "ann 1990-05-01",
        "phone": "800138000",
    }
    assert traits("000", "  ", None, MAY) == {}


def found(shop: Shop, after: Place | None = None, limit: int = 50) -> list[tuple[int, int, int, tuple[str, ...]]]:
    with shop.read() as session:
        return [
            (each.first.id, each.second.id, each.score, tuple(each.shared))
            for each in duplicates(session, after, limit)
        ]


def test_the_likeliest_come_first_and_pages_go_on(small_shop: Shop) -> None:
    ann = enrol_one(small_shop, "Ann Lee", birthday=MAY, card_number="0001-77", phone="+86 138 0013 8000")
    lee = enrol_one(small_shop, "LEE, Ann", birthday=MAY, card_number="000177")
    other = enrol_one(small_shop, "Bob", card_number="9000", phone="+1 380 013 8000")
    named = enrol_one(small_shop, "ann lee")
    assert found(small_shop) == [(ann, lee, 100, ("card", "person")), (ann, other, 50, ("phone",))]
    update_member(small_shop, Caller("x", "b"), MemberChange(member_id=named, birthday=MAY))
    every = [
        (ann, lee, 100, ("card", "person")),
        (ann, named, 60, ("person",)),
        (lee, named, 60, ("person",)),
        (ann, other, 50, ("phone",)),
    ]
    assert found(small_shop) == every
    paged = []
    after = None
    while page := found(small_shop, after, 1):
        paged += page
        after = Place(score=page[0][2], first=page[0][0], second=page[0][1])
    assert paged == every


def test_merged_and_forgotten_members_are_none(small_shop: Shop) -> None:
    ann, lee, third = (enrol_one(small_shop, name, birthday=MAY) for name in ("Ann Lee", "Lee Ann", "ANN LEE"))
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=lee), reason="one person")
    merged = merge_members(small_shop, Caller("x", "m"), wish)
    assert found(small_shop) == [(ann, third, 60, ("person",))]
    unmerge_members(small_shop, Caller("x", "u"), Unmerge(merge_id=merged.id, reason="no"))
    assert len(found(small_shop)) == 3
    forget_member(small_shop, Caller("x", "f"), Forget(member_id=third))
    assert found(small_shop) == [(ann, lee, 60, ("person",))]


def test_what_many_share_tells_nothing(small_shop: Shop) -> None:
    for number in range(1, 22):
        enrol_one(small_shop, "Te" + "-" * number + "st", birthday=date(1910, 1, 1))
    assert found(small_shop) == []
