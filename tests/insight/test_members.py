"""A member by any of their names, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.insight.members import MemberRef, inviter, member_in_chat, member_of, phone_number, search
from core.rules.refusal import Refused
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.shop import Shop
from tests.shopping import enrol_one


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+8613800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        (" +86 138-0013-8000 ", "+8613800138000"),
        ("+1 (212) 555-0123", "+12125550123"),
    ],
)
def test_a_phone_however_it_is_written(written: str, e164: str) -> None:
    assert phone_number(written) == e164


@pytest.mark.parametrize("written", ["", "+", "call me", "123", "+999 1", "+86138001380001234567"])
def test_what_is_no_phone(written: str) -> None:
    with pytest.raises(Refused) as caught:
        phone_number(written)
    assert (caught.value.refusal.reason, caught.value.refusal.facts) == ("phone-invalid", {"phone": written})


@pytest.mark.parametrize("named", [{}, {"id": 1, "phone": "+12125550123"}, {"id": 0}, {"name": "Ann"}])
def test_a_member_is_named_in_exactly_one_way(named: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MemberRef(**named)


def test_found_by_id_card_and_phone(club: Shop) -> None:
    member_id = enrol_one(club, card_number="CARD-0001", phone="+12125550123")
    with club.read() as session:
        found = [
            member_of(session, ref)
            for ref in (
                MemberRef(id=member_id),
                MemberRef(card_number=" CARD-0001 "),
                MemberRef(phone="1 212 555 0123"),
            )
        ]
        assert found[0] == found[1] == found[2]
        assert (found[0].name, found[0].tier, found[0].phone) == ("Ann", "basic", "+12125550123")
        assert inviter(session, found[0].invite_code) == found[0]
        assert member_in_chat(session, 42) is None


@pytest.mark.parametrize("named", [{"id": 77}, {"card_number": "NOPE"}, {"phone": "+12125550199"}])
def test_unknown_members_are_refused_with_what_was_given(club: Shop, named: dict[str, Any]) -> None:
    with club.read() as session, pytest.raises(Refused) as caught:
        member_of(session, MemberRef(**named))
    assert (caught.value.refusal.reason, caught.value.refusal.facts) == ("unknown-member", named)


def test_an_unknown_invite_is_refused(club: Shop) -> None:
    with club.read() as session, pytest.raises(Refused, match="unknown-invite-code"):
        inviter(session, "NOPE")


def test_searching(club: Shop) -> None:
    ann = enrol_one(club, "Ann Lee", card_number="CARD-0001", phone="+12125550123")
    anna = enrol_one(club, "Anna 100%", card_number="CARD-0002")
    gone = enrol_one(club, "Ann Gone", card_number="CARD-0003")
    forget_member(club, Caller("staff:bo", "forget"), Forget(member_id=gone))

    def found(text: str) -> list[int]:
        with club.read() as session:
            return [member.id for member in search(session, text)]

    assert found("ann") == [ann, anna]
    assert found("card-00") == [ann, anna]
    assert found("+1212") == [ann]
    assert found("100%") == [anna]
    assert found("%") == [anna]
    assert found("  ") == []


def test_searching_by_a_card_that_was_merged_finds_who_was_kept(club: Shop) -> None:
    ann = enrol_one(club, "Ann Lee", card_number="CARD-0001")
    other = enrol_one(club, "Anne", card_number="OLD-7", phone="+12125550123")
    merge_members(
        club, Caller("staff:bo", "merge"), Merge(keep=MemberRef(id=ann), other=MemberRef(id=other), reason="One person")
    )
    with club.read() as session:
        assert [each.id for text in ("old-7", "+1212555", "card-0001") for each in search(session, text)] == [ann] * 3
