"""A member's settings, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.db.members import consents, members
from core.insight.chats import chat_of
from core.insight.members import MemberRef, MemberView, member_of
from core.rules.refusal import Fact, Refused
from core.services.chats.join_chat import NewJoin, join_new, open_chat
from core.services.members.enrol import EnrolForm
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.shop import Shop
from tests.shopping import dump, enrol_one


def change(shop: Shop, member_id: int, key: str = "change", **given: Any) -> list[str]:
    wish = MemberChange(member_id=member_id, **given)
    return update_member(shop, Caller("telegram:42", key), wish).changed


def person(shop: Shop, member_id: int) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(id=member_id))


def refused(shop: Shop, member_id: int, **given: Any) -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        change(shop, member_id, "refused", **given)
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def test_only_what_is_given_changes(club: Shop) -> None:
    before = person(club, enrol_one(club))
    assert change(club, before.id, style="calm", quiet_from=1_320, quiet_until=480) == [
        "quiet_from",
        "quiet_until",
        "style",
    ]
    expected = before.model_copy(update={"style": "calm", "quiet_from": 1_320, "quiet_until": 480})
    assert person(club, before.id) == expected
    assert change(club, before.id, "again", style="calm") == []
    assert change(club, before.id, "clear", style=None, quiet_from=None, quiet_until=None) == [
        "quiet_from",
        "quiet_until",
        "style",
    ]
    assert person(club, before.id) == before


def test_quiet_hours_are_ones_own_none_or_the_shops(club: Shop) -> None:
    before = person(club, enrol_one(club))
    for key, given, told in (
        ("own", {"quiet_from": 60, "quiet_until": 90}, (60, 90, False)),
        ("none", {"never_quiet": True}, (None, None, True)),
        ("other", {"quiet_from": 70, "quiet_until": 90}, (70, 90, False)),
        ("never", {"never_quiet": True}, (None, None, True)),
        ("shop", {"quiet_from": None, "quiet_until": None}, (None, None, False)),
    ):
        change(club, before.id, key, **given)
        now = person(club, before.id)
        assert (now.quiet_from, now.quiet_until, now.never_quiet) == told
    assert now == before


def test_a_language_is_the_chats_too(club: Shop) -> None:
    open_chat(club, 42, "en")
    joined = join_new(club, Caller("telegram:42", "join"), NewJoin(chat_id=42, form=EnrolForm(name="Ann")))
    change(club, joined.member_id, language="zh-Hans")
    with club.read() as session:
        chat = chat_of(session, 42)
    assert chat is not None
    assert (chat.language, person(club, joined.member_id).language) == ("zh-Hans", "zh-Hans")


def test_the_birthday_is_set_once(club: Shop) -> None:
    member_id = enrol_one(club)
    assert change(club, member_id, birthday=date(1990, 5, 1)) == ["birthday"]
    with club.read() as session:
        row = session.execute(select(members.c.birthday, members.c.birthday_md)).one()
    assert tuple(row) == (date(1990, 5, 1), 501)
    assert change(club, member_id, "same", birthday=date(1990, 5, 1)) == []
    facts: dict[str, Fact] = {"birthday": "1990-05-01"}
    assert refused(club, member_id, birthday=date(1990, 5, 2)) == ("birthday-set-already", facts)


@pytest.mark.parametrize("birthday", [date(2026, 3, 3), date(1905, 12, 31)])
def test_a_birthday_must_be_possible(club: Shop, birthday: date) -> None:
    facts: dict[str, Fact] = {"birthday": birthday.isoformat()}
    assert refused(club, enrol_one(club), birthday=birthday) == ("birthday-impossible", facts)


def test_an_unknown_language_is_refused(club: Shop) -> None:
    facts: dict[str, Fact] = {"language": "fr", "known": ["en", "zh-Hans"]}
    assert refused(club, enrol_one(club), language="fr") == ("language-unknown", facts)


def test_nobodys_settings_are_refused(club: Shop) -> None:
    assert refused(club, 77, style="calm") == ("unknown-member", {"id": 77})


def test_consent_is_kept_with_its_history(club: Shop) -> None:
    member_id = enrol_one(club)
    change(club, member_id, "a", allow_offers=True, allow_care=True)
    change(club, member_id, "b", allow_offers=False, allow_care=True)
    with club.read() as session:
        rows = session.execute(
            select(consents.c.purpose, consents.c.granted, consents.c.source).order_by(consents.c.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("membership", True, "staff:bo"),
        ("offers", True, "telegram:42"),
        ("care", True, "telegram:42"),
        ("offers", False, "telegram:42"),
    ]
    assert (person(club, member_id).allow_offers, person(club, member_id).allow_care) == (False, True)


@pytest.mark.parametrize(
    "given",
    [
        {"quiet_from": 60},
        {"quiet_from": 60, "quiet_until": 60},
        {"quiet_from": 1_440, "quiet_until": 0},
        {"quiet_from": 60, "quiet_until": 90, "never_quiet": True},
        {"style": "grumpy"},
        {"name": "Mallory"},
    ],
)
def test_malformed_changes(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MemberChange(member_id=1, **given)


def test_a_zone_and_a_city_of_ones_own(club: Shop) -> None:
    before = person(club, enrol_one(club, zone="Europe/Berlin"))
    assert (before.zone, before.city) == ("Europe/Berlin", None)
    assert change(club, before.id, zone="America/New_York", city=" Ulm ") == ["city", "zone"]
    assert (person(club, before.id).zone, person(club, before.id).city) == ("America/New_York", "Ulm")
    assert change(club, before.id, "clear", zone=None) == ["zone"]
    assert person(club, before.id).zone is None


def test_a_zone_that_there_is_not(club: Shop) -> None:
    with pytest.raises(ValidationError, match='did you mean "Asia/Shanghai"'):
        MemberChange(member_id=1, zone="Asia/Shanghi")
