"""Chats and members come together, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.db.members import consents
from core.insight.chats import chat_of
from core.insight.members import MemberRef, MemberView, member_in_chat, member_of
from core.rules.refusal import Fact, Refused
from core.services.chats.inbox import get_dialogue, set_dialogue
from core.services.chats.join_chat import (
    Joined,
    Leave,
    NewJoin,
    PayloadJoin,
    PhoneJoin,
    chat_language,
    join_by_payload,
    join_by_phone,
    join_new,
    leave,
    open_chat,
)
from core.services.members.enrol import EnrolForm
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import dump, enrol_one


def person(shop: Shop, member_id: int) -> MemberView:
    with shop.read() as session:
        return member_of(session, MemberRef(id=member_id))


def by_payload(shop: Shop, chat_id: int, payload: str, key: str = "join") -> Joined:
    return join_by_payload(shop, Caller(f"telegram:{chat_id}", key), PayloadJoin(chat_id=chat_id, payload=payload))


def by_phone(shop: Shop, chat_id: int, phone: str, key: str = "join") -> Joined:
    return join_by_phone(shop, Caller(f"telegram:{chat_id}", key), PhoneJoin(chat_id=chat_id, phone=phone))


def as_new(shop: Shop, chat_id: int, key: str = "join", **form: Any) -> Joined:
    return join_new(shop, Caller(f"telegram:{chat_id}", key), NewJoin(chat_id=chat_id, form=EnrolForm(**form)))


def refused(shop: Shop, work: Any) -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        work()
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh", "zh-Hans"), ("zh-hant", "zh-Hans"), ("ZH-CN", "zh-Hans"), ("en-GB", "en"), ("za", "en"), (None, "en")],
)
def test_the_first_language_of_a_chat(code: str | None, language: str) -> None:
    assert chat_language(code) == language


def test_a_chat_keeps_its_language_and_dialogue(club: Shop, clock: FrozenClock) -> None:
    assert open_chat(club, 42, "zh-CN").language == "zh-Hans"
    set_dialogue(club, 42, {"ask": "name"})
    clock.move(hours=1)
    seen = open_chat(club, 42, "en")
    assert (seen.language, seen.member_id, seen.dialogue) == ("zh-Hans", None, {"ask": "name"})


def test_joining_with_the_cards_secret(club: Shop) -> None:
    member_id = enrol_one(club, language="en")
    open_chat(club, 42, "zh")
    secret = person(club, member_id).join_code
    joined = by_payload(club, 42, secret)
    assert (joined.member_id, joined.card_number, joined.new) == (member_id, person(club, member_id).card_number, True)
    with club.read() as session:
        found = member_in_chat(session, 42)
    assert found is not None
    assert (found.id, found.language) == (member_id, "zh-Hans")
    assert not by_payload(club, 42, secret, "again").new


def test_joining_with_ones_phone_however_it_is_written(club: Shop) -> None:
    member_id = enrol_one(club, phone="+1 (212) 555-0123")
    open_chat(club, 42, None)
    assert by_phone(club, 42, "12125550123").member_id == member_id


def test_a_card_belongs_to_one_chat(club: Shop) -> None:
    member_id = enrol_one(club)
    secret = person(club, member_id).join_code
    open_chat(club, 42, None)
    open_chat(club, 43, None)
    by_payload(club, 42, secret, "first")
    facts: dict[str, Fact] = {"card_number": person(club, member_id).card_number}
    assert refused(club, lambda: by_payload(club, 43, secret)) == ("card-in-another-chat", facts)


def test_a_chat_has_one_member(club: Shop) -> None:
    open_chat(club, 42, None)
    as_new(club, 42, "first", name="Ann")
    other = person(club, enrol_one(club, "Bob", phone="+12125550123"))
    reason = ("chat-has-another-member", {"chat_id": 42})
    assert refused(club, lambda: by_payload(club, 42, other.join_code)) == reason
    assert refused(club, lambda: by_phone(club, 42, other.phone or "")) == reason
    assert refused(club, lambda: as_new(club, 42, name="Cy")) == reason


def test_a_new_member_from_the_chat(club: Shop) -> None:
    inviter = person(club, enrol_one(club, "Bob"))
    open_chat(club, 42, "zh-CN")
    consented = ["offers", "care"]
    joined = as_new(
        club,
        42,
        name="安",
        birthday=date(1990, 5, 1),
        store="east",
        invite_code=inviter.invite_code,
        consents=consented,
    )
    ann = person(club, joined.member_id)
    assert (ann.name, ann.language, ann.store, ann.referrer_id) == ("安", "zh-Hans", "east", inviter.id)
    assert (ann.allow_offers, ann.allow_care, ann.allow_statement) == (True, True, False)
    with club.read() as session:
        agreed = session.execute(select(consents.c.purpose).where(consents.c.member_id == ann.id)).scalars()
        assert sorted(agreed) == ["care", "membership", "offers"]
    assert (
        as_new(
            club,
            42,
            name="安",
            birthday=date(1990, 5, 1),
            store="east",
            invite_code=inviter.invite_code,
            consents=consented,
        )
        == joined
    )


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (lambda shop: by_payload(shop, 42, "guess"), ("join-code-unknown", {})),
        (lambda shop: by_phone(shop, 42, "+12125550199"), ("unknown-member", {"phone": "+12125550199"})),
        (lambda shop: by_phone(shop, 42, "call me"), ("phone-invalid", {"phone": "call me"})),
        (
            lambda shop: as_new(shop, 42, name="Ann", invite_code="NOPE"),
            ("unknown-invite-code", {"invite_code": "NOPE"}),
        ),
        (lambda shop: as_new(shop, 99, name="Ann"), ("unknown-chat", {"chat_id": 99})),
    ],
)
def test_joining_refused(club: Shop, work: Any, reason: tuple[str, dict[str, Fact]]) -> None:
    open_chat(club, 42, None)
    assert refused(club, lambda: work(club)) == reason


def test_leaving_parts_the_two_and_nothing_else(club: Shop) -> None:
    open_chat(club, 42, None)
    joined = as_new(club, 42, name="Ann")
    set_dialogue(club, 42, {"ask": "birthday"})
    assert leave(club, Caller("telegram:42", "leave"), Leave(chat_id=42)).member_id == joined.member_id
    with club.read() as session:
        chat = chat_of(session, 42)
    assert chat is not None
    assert (chat.member_id, get_dialogue(club, 42)) == (None, None)
    assert leave(club, Caller("telegram:42", "leave again"), Leave(chat_id=42)).member_id is None
    assert by_payload(club, 42, person(club, joined.member_id).join_code, "back").new
    assert refused(club, lambda: leave(club, Caller("telegram:9", "x"), Leave(chat_id=9)))[0] == "unknown-chat"


def test_a_forgotten_card_opens_nothing(club: Shop) -> None:
    secret = person(club, member_id := enrol_one(club)).join_code
    forget_member(club, Caller("staff:bo", "forget"), Forget(member_id=member_id))
    open_chat(club, 42, None)
    assert refused(club, lambda: by_payload(club, 42, secret)) == ("join-code-unknown", {})
