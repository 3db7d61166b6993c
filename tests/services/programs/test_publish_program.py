"""Publishing a program: what comes into force when, and what is refused because the books need it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from core.db.programs import program_versions
from core.program.loading import ProgramError
from core.rules.refusal import Fact, Refused
from core.services.common import LineIn, MemberRef
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.programs.publish_program import ProgramDraft, ensure_program, publish_program
from core.services.purchases.record_purchase import PurchaseOrder, PurchaseResult, record_purchase
from core.services.purchases.refund import RefundOrder, refund
from core.shop import Shop
from tests.conftest import FIVE_TIER, FrozenClock

SOURCE = FIVE_TIER.read_text(encoding="utf-8")
RENAMED = SOURCE.replace('en = "Regulars Club"', 'en = "The Club"')


def caller(key: str) -> Caller:
    return Caller("staff:ann", key)


def versions(shop: Shop) -> int:
    with shop.read() as session:
        count: int = session.execute(select(func.count()).select_from(program_versions)).scalar_one()
        return count


def refused(shop: Shop, draft: ProgramDraft) -> tuple[str, dict[str, Fact]]:
    before = versions(shop)
    with pytest.raises(Refused) as caught:
        publish_program(shop, caller("refused"), draft)
    assert versions(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def name_in_force(shop: Shop, session: Session) -> str:
    return shop.version_at(session, shop.now()).program.program.name["en"]


def buy(shop: Shop, category: str, price: int) -> None:
    member = enrol(shop, caller(f"enrol:{category}"), EnrolForm(name="Ann Lee"))
    bought(shop, member.id, category, price)


def bought(shop: Shop, member_id: int, category: str, price: int) -> PurchaseResult:
    order = PurchaseOrder(
        external_id=f"T-{category}",
        member=MemberRef(id=member_id),
        occurred_at=shop.now(),
        store="1",
        channel="shop",
        lines=[LineIn(sku="1", category=category, quantity=1, unit_price=price)],
    )
    return record_purchase(shop, caller(f"purchase:T-{category}"), order)


def test_the_first_program_is_published_once(bare_shop: Shop) -> None:
    first = ensure_program(bare_shop, FIVE_TIER)
    assert first is not None
    assert (first.id, first.program, first.effective_at, first.is_new) == (1, "five-tier", bare_shop.now(), True)
    assert ensure_program(bare_shop, FIVE_TIER) is None
    assert versions(bare_shop) == 1


def test_faults_of_the_first_program_name_its_file(bare_shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "club.toml"
    file.write_text(SOURCE.replace("schema = 1", "schema = 2"), encoding="utf-8")
    with pytest.raises(ProgramError, match=r"club\.toml:\d+: schema: "):
        ensure_program(bare_shop, file)
    assert versions(bare_shop) == 0


def test_a_new_version_is_in_force_from_its_moment(shop: Shop, clock: FrozenClock) -> None:
    tomorrow = clock.now() + timedelta(days=1)
    published = publish_program(shop, caller("1"), ProgramDraft(source=RENAMED, effective_at=tomorrow))
    assert (published.id, published.effective_at, published.is_new) == (2, tomorrow, True)
    with shop.read() as session:
        assert name_in_force(shop, session) == "Regulars Club"
        clock.set(tomorrow)
        assert name_in_force(shop, session) == "The Club"


def test_the_text_in_force_is_not_published_again(shop: Shop) -> None:
    same = publish_program(shop, caller("1"), ProgramDraft(source=SOURCE))
    assert (same.id, same.is_new) == (1, False)
    assert versions(shop) == 1


def test_the_same_key_gives_the_same_version(shop: Shop) -> None:
    first = publish_program(shop, caller("1"), ProgramDraft(source=RENAMED))
    assert publish_program(shop, caller("1"), ProgramDraft(source=RENAMED)) == first
    assert versions(shop) == 2


def test_a_faulty_program_is_not_published(shop: Shop) -> None:
    with pytest.raises(ProgramError, match="program:"):
        publish_program(shop, caller("1"), ProgramDraft(source="schema = 1"))
    assert versions(shop) == 1


def test_versions_follow_each_other(shop: Shop, clock: FrozenClock) -> None:
    later = clock.now() + timedelta(days=9)
    publish_program(shop, caller("1"), ProgramDraft(source=RENAMED, effective_at=later))
    other = SOURCE.replace('en = "Regulars Club"', 'en = "A Third"')
    reason, facts = refused(shop, ProgramDraft(source=other))
    assert reason == "program-before-newest"
    assert facts == {"effective_at": clock.now().isoformat(), "newest": later.isoformat()}


def test_what_was_judged_stays_judged(shop: Shop, clock: FrozenClock) -> None:
    then = clock.now() + timedelta(hours=1)
    clock.move(hours=2)
    reason, facts = refused(shop, ProgramDraft(source=RENAMED, effective_at=then))
    assert reason == "program-in-the-past"
    assert facts == {"effective_at": then.isoformat(), "now": clock.now().isoformat()}


def test_the_currency_stays(shop: Shop) -> None:
    draft = ProgramDraft(source=SOURCE.replace('currency = "USD"', 'currency = "EUR"'))
    assert refused(shop, draft) == ("program-currency-changed", {"currency": "EUR", "expected": "USD"})


def without(source: str, table: str) -> str:
    """The source without the table that has this first line, up to the next blank line."""
    head, tail = source.split(table, 1)
    return head + tail.split("\n\n", 1)[1]


WITHOUT_TOYS = without(SOURCE, '[[categories]]\nid = "toys"\n')
WITHOUT_SILVER = without(SOURCE, '[[tiers]]\nid = "silver"\n').replace("silver = 1.1, ", "").replace('"silver", ', "")


def test_a_category_that_was_bought_stays(shop: Shop) -> None:
    buy(shop, "toys/blocks", 1000)
    draft = ProgramDraft(source=WITHOUT_TOYS, drafted_by="staff:bob")
    assert refused(shop, draft) == ("program-category-in-use", {"categories": ["toys"]})


def test_a_category_that_nobody_bought_may_go(shop: Shop) -> None:
    buy(shop, "grocery", 1000)
    assert publish_program(shop, caller("1"), ProgramDraft(source=WITHOUT_TOYS, drafted_by="staff:bob")).id == 2


def test_a_tier_that_is_held_stays(shop: Shop) -> None:
    buy(shop, "grocery", 60_000)
    draft = ProgramDraft(source=WITHOUT_SILVER, drafted_by="staff:bob")
    assert refused(shop, draft) == ("program-tier-in-use", {"tiers": ["silver"], "members": 1})


def test_a_tier_that_nobody_holds_may_go(shop: Shop) -> None:
    buy(shop, "grocery", 1000)
    assert publish_program(shop, caller("1"), ProgramDraft(source=WITHOUT_SILVER, drafted_by="staff:bob")).id == 2


def test_a_tier_below_the_one_held_may_go(shop: Shop, clock: FrozenClock) -> None:
    """Without Silver, who was Silver before Gold falls past it when Gold is taken back."""
    member = enrol(shop, caller("enrol"), EnrolForm(name="Ann Lee"))
    assert bought(shop, member.id, "grocery", 60_000).tier == "silver"
    clock.move(days=1)
    risen = bought(shop, member.id, "deli", 100_000)
    assert risen.tier == "gold"
    clock.move(days=1)
    assert publish_program(shop, caller("1"), ProgramDraft(source=WITHOUT_SILVER, drafted_by="staff:bob")).id == 2
    order = RefundOrder(purchase_id=risen.id, external_id="R-1", amount=100_000)
    assert refund(shop, caller("refund:R-1"), order).tier == "regular"


def test_many_may_publish_at_once(shop: Shop) -> None:
    """Every version is there, in one order, and each text once."""
    sources = [SOURCE.replace('en = "Regulars Club"', f'en = "Club {number % 4}"') for number in range(8)]

    def publish(number: int) -> int:
        return publish_program(shop, caller(f"at-once:{number}"), ProgramDraft(source=sources[number])).id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(publish, range(8)))
    assert versions(shop) == 1 + len(set(ids))
    assert set(ids) == set(range(2, 2 + len(set(ids))))
