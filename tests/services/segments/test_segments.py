"""Segments by name, lists of members, tags, and what a preview says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.db.members import members
from core.insight.segments import Audience, Overlap, audience, preview, segment, segments_after
from core.program.filters import Filter
from core.rules.refusal import Fact, Refused
from core.services.books.run_due import run_due
from core.services.chats.block_chat import block_chat
from core.services.chats.join_chat import PayloadJoin, join_by_payload, open_chat
from core.services.common import MemberRef
from core.services.importing.columns import ColumnMap
from core.services.importing.import_segment import import_segment
from core.services.importing.reading import RefusedRow
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.members.tag_member import TagChange, tag_member
from core.services.once import Caller
from core.services.segments.freeze_segment import SegmentFreeze, freeze_segment
from core.services.segments.refresh_facts import refresh_facts
from core.services.segments.save_segment import SegmentDraft, SegmentEnd, delete_segment, save_segment
from core.shop import Shop
from tests.club import publish
from tests.conftest import FrozenClock
from tests.dormancy import SOURCE as CLOSES
from tests.rules.stores import shanghai
from tests.shopping import buy, dump, enrol_one, line

EVERYBODY = {"fact": "days_since_joined", "is": "at_least", "value": 0}
BOUGHT = {"fact": "purchases", "is": "at_least", "value": 1}
VIP = {"fact": "tag", "is": "any_of", "value": ["vip"]}


def bo(key: str) -> Caller:
    return Caller("staff:bo", key)


def save(shop: Shop, name: str, asked: dict[str, Any], **more: Any) -> None:
    draft = SegmentDraft(name=name, filter=Filter.model_validate(asked), **more)
    save_segment(shop, bo(f"save:{name}:{asked}"), draft)


def freeze(shop: Shop, name: str, into: str) -> int:
    return freeze_segment(shop, bo(f"freeze:{into}"), SegmentFreeze(name=name, into=into)).members


def tag(shop: Shop, member_id: int, word: str, on: bool = True) -> list[str]:
    wish = TagChange(member_id=member_id, tag=word, on=on)
    return tag_member(shop, bo(f"tag:{member_id}:{word}:{on}"), wish).tags


def meant(shop: Shop, **wanted: Any) -> list[int]:
    with shop.read() as session:
        return list(session.execute(audience(shop, session, Audience(**wanted))).scalars())


def refused(shop: Shop, name: str, asked: dict[str, Any], **more: Any) -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        save(shop, name, asked, **more)
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def test_a_saved_segment_is_asked_anew_and_a_frozen_one_never(small_shop: Shop) -> None:
    ann, ben = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Ben")
    buy(small_shop, ann, "1", line(1_000))
    refresh_facts(small_shop)
    save(small_shop, "buyers", BOUGHT)
    assert freeze(small_shop, "buyers", "buyers in March") == 1
    buy(small_shop, ben, "2", line(1_000))
    refresh_facts(small_shop)
    assert meant(small_shop, segment="buyers") == [ann, ben]
    assert meant(small_shop, segment="buyers in March") == [ann]
    assert meant(small_shop, filter=Filter.model_validate({"not": BOUGHT})) == []
    assert meant(small_shop, members=[ben, 99, ann]) == [ann, ben]
    with small_shop.read() as session:
        views = segments_after(session, "", 10)
        assert [(view.name, view.members, view.source) for view in views] == [
            ("buyers", None, "saved"), ("buyers in March", 1, "frozen from buyers"),
        ]  # fmt: skip
        assert [view.name for view in segments_after(session, "buyers", 10)] == ["buyers in March"]


def test_names_are_kept_and_given_up(small_shop: Shop) -> None:
    enrol_one(small_shop)
    refresh_facts(small_shop)
    save(small_shop, "all", EVERYBODY)
    save(small_shop, "all", EVERYBODY)  # the same wish
    assert refused(small_shop, "all", BOUGHT) == ("segment-taken", {"segment": "all"})
    save(small_shop, "all", BOUGHT, replace=True)
    with small_shop.read() as session:
        assert segment(session, "all").filter == Filter.model_validate(BOUGHT)
    with pytest.raises(Refused, match="segment-empty"):
        freeze(small_shop, "all", "nobody")
    save(small_shop, "all", {"any": [EVERYBODY]}, replace=True)
    assert freeze(small_shop, "all", "list") == 1
    assert refused(small_shop, "list", BOUGHT, replace=True)[0] == "segment-frozen"
    delete_segment(small_shop, bo("end"), SegmentEnd(name="list"))
    with pytest.raises(Refused) as caught:
        meant(small_shop, segment="list")
    assert caught.value.refusal.facts == {"segment": "list", "known": ["all"]}


def test_what_the_program_does_not_have(small_shop: Shop) -> None:
    known = ["basic", "silver", "gold"]
    assert refused(small_shop, "x", {"not": {"fact": "tier", "is": "at_least", "value": "glod"}}) == (
        "filter-value-unknown", {"fact": "tier", "value": "glod", "known": known, "meant": 'did you mean "gold"?'},
    )  # fmt: skip
    spent = {"fact": "category_spend", "is": "at_least", "value": 1, "of": "frsh"}
    assert refused(small_shop, "x", spent)[1]["value"] == "frsh"
    assert refused(small_shop, "x", {"fact": "coupon", "is": "any_of", "value": "gift"})[0] == "filter-value-unknown"


def test_a_preview_counts_whom_an_offer_reaches(small_shop: Shop) -> None:
    agreed = {"consents": ["offers"]}
    enrol_one(small_shop, "No consent")
    no_chat = enrol_one(small_shop, "No chat", **agreed)
    reached, blocked = enrol_one(small_shop, "Reached", **agreed), enrol_one(small_shop, "Blocked", **agreed)
    join(small_shop, 1, reached)
    join(small_shop, 2, blocked)
    block_chat(small_shop, 2)
    buy(small_shop, reached, "1", line(1_000))
    tag(small_shop, no_chat, "vip")
    refresh_facts(small_shop)
    save(small_shop, "buyers", BOUGHT)
    save(small_shop, "vip", VIP)
    freeze(small_shop, "vip", "vip list")
    with small_shop.read() as session:
        told = preview(small_shop, session, Filter.model_validate(EVERYBODY))
    assert (told.members, told.reachable) == (4, 1)
    assert (told.closed, told.no_consent, told.no_chat, told.blocked) == (0, 1, 1, 1)
    expected = [("vip list", 1), ("vip", 1), ("buyers", 1)]
    assert told.overlaps == [Overlap(segment=name, members=count) for name, count in expected]
    assert [each.name for each in told.examples] == ["No consent", "No chat", "Reached", "Blocked"]
    assert told.as_of == told.whole_at == small_shop.now()


def test_a_preview_counts_nobody_who_is_closed_as_reached(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, CLOSES)
    gone, chatless, here = (enrol_one(bare_shop, name, consents=["offers"]) for name in ("Gone", "No chat", "Here"))
    enrol_one(bare_shop, "Gone, no consent")
    for chat, each in enumerate((gone, here), 1):
        join(bare_shop, chat, each)
    clock.set(shanghai(2025, 6, 1))
    for number, each in enumerate((chatless, here)):
        buy(bare_shop, each, f"p{number}", line(1_000))
    clock.set(shanghai(2026, 1, 2))
    run_due(bare_shop)
    refresh_facts(bare_shop)
    with bare_shop.read() as session:
        told = preview(bare_shop, session, Filter.model_validate(EVERYBODY))
    assert (told.members, told.reachable) == (4, 1)
    assert (told.closed, told.no_consent, told.no_chat, told.blocked) == (2, 0, 1, 0)


def join(shop: Shop, chat: int, member_id: int) -> None:
    open_chat(shop, chat, "en")
    with shop.read() as session:
        code = session.execute(select(members.c.join_code).where(members.c.id == member_id)).scalar_one()
    join_by_payload(shop, bo(f"join:{chat}"), PayloadJoin(chat_id=chat, payload=code))


def test_cards_from_a_file(small_shop: Shop, tmp_path: Path) -> None:
    ann = enrol_one(small_shop, "Ann", card_number="A-1001")
    ben = enrol_one(small_shop, "Ben", card_number="B-1001")
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=ben), reason="one person")
    merge_members(small_shop, bo("merge"), wish)
    file = tmp_path / "cards.csv"
    file.write_text("card_number\nA-1001\nB-1001\nC-1001\n\n1.0E+11\n")
    rows: list[RefusedRow] = []
    counted = import_segment(small_shop, bo("cards"), "fair", file, ColumnMap(), rows.append, lambda *_: None)
    assert (counted.rows, counted.accepted, counted.refused) == (4, 2, 2)
    assert [(row.line, row.value) for row in rows] == [(4, "C-1001"), (6, "1.0E+11")]
    assert meant(small_shop, segment="fair") == [ann]
    before = dump(small_shop)
    file.write_text("card_number\nC-1001\n")
    with pytest.raises(Refused, match="segment-empty"):
        import_segment(small_shop, bo("none"), "nobody", file, ColumnMap(), rows.append, lambda *_: None)
    assert dump(small_shop) == before


def test_tags_go_with_the_person(small_shop: Shop) -> None:
    ann, ben, cleo = (enrol_one(small_shop, name) for name in ("Ann", "Ben", "Cleo"))
    assert tag(small_shop, ann, "vip") == ["vip"]
    assert tag(small_shop, ben, "vip") == ["vip"]
    assert tag(small_shop, ben, "press") == ["press", "vip"]
    assert tag(small_shop, cleo, "press") == ["press"]
    refresh_facts(small_shop)
    save(small_shop, "press", {"fact": "tag", "is": "any_of", "value": "press"})
    assert freeze(small_shop, "press", "fair") == 2
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=ben), reason="one person")
    merge_members(small_shop, bo("merge"), wish)
    refresh_facts(small_shop)
    assert meant(small_shop, segment="press") == [ann, cleo]
    assert meant(small_shop, segment="fair") == [ann, cleo]
    forget_member(small_shop, bo("forget"), Forget(member_id=cleo))
    assert (meant(small_shop, segment="press"), meant(small_shop, segment="fair")) == ([ann], [ann])
    assert tag(small_shop, ann, "press", on=False) == ["vip"]
    assert tag(small_shop, ann, "none", on=False) == ["vip"]
    with pytest.raises(Refused, match="unknown-member"):
        tag(small_shop, cleo, "vip")
