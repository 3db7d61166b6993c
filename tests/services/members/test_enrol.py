from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from core.insight.members import MemberRef, member_of
from core.rules.refusal import Refused
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, publish_program
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import balance_of, dump, enrol_one, proven


def test_a_member_gets_a_card_an_account_and_what_they_agreed_to(small_shop: Shop, clock: FrozenClock) -> None:
    form = EnrolForm(name=" 王芳 ", phone="+86 138 0013 8000", birthday=date(1990, 5, 17), consents=["offers"])
    result = enrol(small_shop, Caller("staff:bo", "k1"), form)
    assert (result.card_number, result.join_payload) == ("000000000001", "token-2")
    with small_shop.read() as session:
        member = member_of(session, MemberRef(phone="+8613800138000"))
    assert (member.id, member.name, member.language, member.tier) == (result.id, "王芳", "en", "basic")
    assert (member.birthday, member.joined_at) == (date(1990, 5, 17), clock.now())
    assert (member.allow_offers, member.allow_care, member.allow_statement) == (True, False, False)
    assert [(row[2], row[3]) for row in dump(small_shop)["consent"]] == [("membership", True), ("offers", True)]
    assert balance_of(small_shop, result.id).active == 0
    proven(small_shop)


def test_sent_twice_is_one_member(small_shop: Shop) -> None:
    form = EnrolForm(name="Ann", phone="+14155552671")
    first = enrol(small_shop, Caller("staff:bo", "k1"), form)
    before = dump(small_shop)
    assert enrol(small_shop, Caller("staff:bo", "k1"), form) == first
    with pytest.raises(Refused) as refused:
        enrol(small_shop, Caller("staff:bo", "k1"), EnrolForm(name="Bob"))
    assert (refused.value.refusal.reason, refused.value.refusal.facts) == ("key-reused", {"key": "k1"})
    assert dump(small_shop) == before


def test_an_old_card_keeps_its_number(small_shop: Shop) -> None:
    result = enrol(small_shop, Caller("staff:bo", "k1"), EnrolForm(name="Ann", card_number="VIP-0042"))
    assert result.card_number == "VIP-0042"


NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"phone": "+14155552671"}, "phone-taken"),
        ({"phone": "12"}, "phone-invalid"),
        ({"card_number": "VIP-0042"}, "card-taken"),
        ({"language": "tlh"}, "language-unknown"),
        ({"birthday": date(2026, 3, 2)}, "birthday-impossible"),
        ({"birthday": date(1905, 12, 31)}, "birthday-impossible"),
        ({"joined_at": NOW + timedelta(seconds=1)}, "joined-in-the-future"),
        ({"invite_code": "NOBODY"}, "unknown-invite-code"),
    ],
)
def test_a_refusal_changes_nothing(small_shop: Shop, form: dict[str, Any], reason: str) -> None:
    enrol_one(small_shop, "Old", phone="+14155552671", card_number="VIP-0042")
    before = dump(small_shop)
    with pytest.raises(Refused) as refused:
        enrol(small_shop, Caller("staff:bo", "k1"), EnrolForm(name="Ann", **form))
    assert refused.value.refusal.reason == reason
    assert dump(small_shop) == before


@pytest.mark.parametrize("form", [{"name": "  "}, {"name": "A" * 101}, {"name": "Ann", "card_number": "a b"}])
def test_a_form_that_cannot_be_right_is_not_taken(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EnrolForm(**form)


def test_who_joined_before_the_lowest_tier_was_renamed_holds_the_new_one(small_shop: Shop, clock: FrozenClock) -> None:
    clock.move(days=1)
    source = SMALL.read_text().replace('id = "basic"', 'id = "starter"')
    publish_program(small_shop, Caller("staff:bo", "publish"), ProgramDraft(source=source))
    ann = enrol_one(small_shop, joined_at=clock.now() - timedelta(days=100))
    with small_shop.read() as session:
        assert member_of(session, MemberRef(id=ann)).tier == "starter"
    proven(small_shop)
