"""Who joins a club for a group has shown that they belong: till and staff say what they have seen."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.db.members import member_proofs
from core.rules.refusal import Refused
from core.services.chats.join_chat import NewJoin, join_new, open_chat
from core.services.common import MemberRef
from core.services.importing.import_members import enrol_many
from core.services.members.enrol import EnrolForm, enrol
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.hand_on_card import CardHandOn, Person, hand_on_card
from core.services.members.proof import ProofShown
from core.services.once import Caller
from core.shop import Shop
from core.words.refusals import refusal_words
from tests.conftest import FrozenClock
from tests.rules.stores import PROGRAMS, shanghai
from tests.services.books.test_late_purchases import publish
from tests.shopping import dump, enrol_one

PROOFS = """
[[joining.proofs]]
id = "student-card"
name = { en = "a student card", zh-Hans = "学生证" }

[[joining.proofs]]
id = "letter"
name = { en = "a letter of the school", zh-Hans = "在校证明" }
"""
CARD = ProofShown(kind="student-card", reference="…4711", valid_until=date(2026, 9, 1))


@pytest.fixture
def club(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 9, 1, 12))
    publish(bare_shop, (PROGRAMS / "campus-club.toml").read_text(encoding="utf-8") + PROOFS)
    return bare_shop


def kept(shop: Shop) -> list[tuple[Any, ...]]:
    columns = [member_proofs.c[name] for name in ("member_id", "kind", "reference", "valid_until", "seen_by")]
    with shop.read() as session:
        return [tuple(row) for row in session.execute(select(*columns).order_by(member_proofs.c.id))]


def test_what_was_shown_is_kept_with_who_has_seen_it(club: Shop) -> None:
    ann = enrol_one(club, "Ann", proof=CARD)
    assert kept(club) == [(ann, "student-card", "…4711", date(2026, 9, 1), "staff:bo")]
    [told] = export_member(club, ann)["proofs"]
    assert (told["kind"], told["valid_until"]) == ("student-card", "2026-09-01")
    forget_member(club, Caller("staff:bo", "forget"), Forget(member_id=ann))
    assert kept(club) == []


@pytest.mark.parametrize(
    ("proof", "reason", "told"),
    [
        (None, "proof-missing", "To join this club takes a student card, a letter of the school. Show it in the shop,"
         " and you are enrolled there."),
        (ProofShown(kind="smile"), "proof-unknown", "smile is no proof that this club knows. There is: a student card,"
         " a letter of the school."),
        (ProofShown(kind="letter", valid_until=date(2026, 8, 31)), "proof-over",
         "a letter of the school was good until Aug 31, 2026 only."),
    ],
)  # fmt: skip
def test_nobody_joins_without(club: Shop, proof: ProofShown | None, reason: str, told: str) -> None:
    before = dump(club)
    with pytest.raises(Refused) as refused:
        enrol(club, Caller("till:front", "1"), EnrolForm(name="Ann", proof=proof))
    assert refused.value.refusal.reason == reason
    with club.reading() as (_, program):
        assert refusal_words(program, refused.value.refusal, "en", strict=True) == told
    assert dump(club) == before


def test_nobody_joins_by_themselves_in_the_chat(club: Shop) -> None:
    open_chat(club, 7, "en")
    before = dump(club)
    with pytest.raises(Refused) as refused:
        join_new(club, Caller("telegram:7", "1"), NewJoin(chat_id=7, form=EnrolForm(name="Ann")))
    assert refused.value.refusal.reason == "proof-missing"
    assert dump(club) == before


def test_the_next_holder_of_a_card_shows_their_own(club: Shop) -> None:
    ann = enrol_one(club, "Ann", proof=CARD)
    wish = CardHandOn(member=MemberRef(id=ann), to=Person(name="Bob"))
    with pytest.raises(Refused) as refused:
        hand_on_card(club, Caller("staff:bo", "1"), wish)
    assert refused.value.refusal.reason == "proof-missing"
    assert [row[1] for row in kept(club)] == ["student-card"]
    bob = Person(name="Bob", proof=ProofShown(kind="letter"))
    hand_on_card(club, Caller("staff:cy", "1"), wish.model_copy(update={"to": bob}))
    assert kept(club) == [(ann, "letter", None, None, "staff:cy")]


def test_who_is_imported_was_asked_before(club: Shop) -> None:
    form = EnrolForm(name="Ann", card_number="OLD-1")
    [first] = enrol_many(club, Caller("import", "i"), [form])
    assert [first] == list(enrol_many(club, Caller("import", "i"), [form]))
    assert kept(club) == []


def test_a_club_that_does_not_ask_may_be_told_all_the_same(small_shop: Shop) -> None:
    ann = enrol_one(small_shop, "Ann", proof=ProofShown(kind="letter"))
    assert [(row[0], row[1]) for row in kept(small_shop)] == [(ann, "letter")]
