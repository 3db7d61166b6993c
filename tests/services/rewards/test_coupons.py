"""Coupons from issue to till and back, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.db.counters import used
from core.db.coupons import coupon_events
from core.db.staff import audit_logs
from core.insight.coupons import CouponOut, coupon, coupons
from core.rules.refusal import Fact, Refused
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.common import LineIn, MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from core.services.rewards.redeem_coupon import (
    CouponCheck,
    CouponRedeemed,
    CouponRollback,
    CouponUse,
    redeem_coupon,
    rollback_coupon,
    validate_coupon,
)
from core.shop import Shop
from tests.club import SOURCE, publish
from tests.conftest import FrozenClock
from tests.dormancy import SOURCE as CLOSES
from tests.rules.stores import shanghai
from tests.shopping import buy, dump, enrol_one, line

FOOD = [line(10_000, "food")]


def issue(shop: Shop, member_id: int, template: str = "three", key: str = "issue") -> CouponOut:
    wish = CouponIssue(member=MemberRef(id=member_id), template=template, source="staff:bo")
    return issue_coupon(shop, Caller("staff:bo", key), wish)


def use(
    shop: Shop, code: str, external_id: str | None = "R1", lines: list[LineIn] = FOOD, **more: Any
) -> CouponRedeemed:
    wish = CouponUse(code=code, external_id=external_id, lines=lines, **more)
    return redeem_coupon(shop, Caller("till:1", f"redeem:{code}:{external_id}:{len(dump(shop)['coupon_event'])}"), wish)


def check(
    shop: Shop, code: str, external_id: str | None = "R1", lines: list[LineIn] = FOOD, **more: Any
) -> CouponCheck:
    return validate_coupon(shop, CouponUse(code=code, external_id=external_id, lines=lines, **more))


def undo(shop: Shop, code: str, external_id: str = "R1", key: str = "undo") -> CouponOut:
    return rollback_coupon(shop, Caller("till:1", key), CouponRollback(code=code, external_id=external_id))


def refused_use(shop: Shop, code: str, *args: Any, **more: Any) -> tuple[str, dict[str, Fact]]:
    """Redeeming is refused, validating says the same, and nothing changed."""
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        use(shop, code, *args, **more)
    checked = check(shop, code, *args, **more)
    assert (checked.valid, checked.discount, checked.reason, checked.facts) == (
        False,
        0,
        caught.value.refusal.reason,
        caught.value.refusal.facts,
    )
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def refused(shop: Shop, work: Any) -> tuple[str, dict[str, Fact]]:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        work()
    assert dump(shop) == before
    return caught.value.refusal.reason, caught.value.refusal.facts


def stands(shop: Shop, code: str) -> CouponOut:
    with shop.read() as session:
        return coupon(shop, session, code)


def test_an_issued_coupon_says_what_it_is_worth(club: Shop, clock: FrozenClock) -> None:
    given = issue(club, enrol_one(club), "tenth")
    assert given.model_dump(exclude={"code"}) == {
        "template": "tenth",
        "name": {"en": "10 % off food", "zh-Hans": "食品九折"},
        "terms": {},
        "discount": {"kind": "percent", "percent": 1000, "cap": 500},
        "min_spend": 2000,
        "categories": ["food"],
        "stacking": "together",
        "status": "issued",
        "valid_from": clock.now(),
        "valid_until": datetime.fromisoformat("2026-03-09T00:00:00+08:00"),
        "source": "staff:bo",
        "used_on": None,
        "saved": None,
    }
    assert issue_again(club, given) == given


def issue_again(shop: Shop, given: CouponOut) -> CouponOut:
    return issue(shop, 1, given.template)


def test_issuing_by_hand_is_noted(club: Shop) -> None:
    member_id = enrol_one(club)
    given = issue(club, member_id)
    with club.read() as session:
        noted = session.execute(select(audit_logs).where(audit_logs.c.action == "issue_coupon")).one()
    assert (noted.actor, noted.target, noted.detail["code"]) == ("staff:bo", f"member:{member_id}", given.code)


@pytest.mark.parametrize(
    ("template", "reason", "facts"),
    [
        ("nothing", "coupon-template-unknown", {"template": "nothing"}),
        ("over", "coupon-lapsed", {"valid_until": "2026-02-01T00:00:00+08:00"}),
        ("ten", "coupon-limit-per-member", {"limit": 1}),
    ],
)
def test_issuing_refused(club: Shop, template: str, reason: str, facts: dict[str, Fact]) -> None:
    member_id = enrol_one(club)
    issue(club, member_id, "ten", key="first")
    assert refused(club, lambda: issue(club, member_id, template)) == (reason, facts)


def test_issuing_to_nobody_is_refused(club: Shop) -> None:
    assert refused(club, lambda: issue(club, 77)) == ("unknown-member", {"id": 77})


def test_the_eleventh_of_ten_is_refused(club: Shop) -> None:
    for number in range(10):
        issue(club, enrol_one(club, f"M{number}"), "ten", key=f"issue:{number}")
    late = enrol_one(club, "late")
    assert refused(club, lambda: issue(club, late, "ten")) == ("coupon-limit-total", {"limit": 10})


def test_redeeming_takes_the_discount_once(club: Shop) -> None:
    code = issue(club, enrol_one(club), "tenth").code
    lines = [line(1_000, "food/fruit", 3), line(9_999, "toys")]
    assert check(club, code, lines=lines) == CouponCheck(valid=True, discount=300)
    assert use(club, code, lines=lines) == CouponRedeemed(code=code, discount=300, external_id="R1")
    assert (stands(club, code).status, stands(club, code).used_on, stands(club, code).saved) == ("redeemed", "R1", 300)


def test_the_same_purchase_again_gets_the_same_answer(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    first = use(club, code)
    with club.read() as session:
        events = session.execute(select(coupon_events)).all()
    again = redeem_coupon(club, Caller("till:1", "another key"), CouponUse(code=code, external_id="R1", lines=FOOD))
    assert again == first
    assert check(club, code) == CouponCheck(valid=True, discount=300)
    with club.read() as session:
        assert session.execute(select(coupon_events)).all() == events


def test_the_same_number_with_other_lines_is_refused(club: Shop) -> None:
    code = issue(club, enrol_one(club), "tenth").code
    use(club, code, lines=[line(9_000, "food")])
    for other in ([line(2_000, "food")], [line(9_000, "food"), line(1, "toys")]):
        assert refused_use(club, code, lines=other) == ("external-id-reused", {"external_id": "R1"})
    undo(club, code)
    assert use(club, code, lines=[line(2_000, "food")]).discount == 200
    assert check(club, code, lines=[line(2_000, "food")]).discount == 200
    assert refused_use(club, code, lines=[line(9_000, "food")])[0] == "external-id-reused"


def test_a_code_may_be_typed_in_lower_case(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    assert use(club, f" {code.lower()} ").code == code


def test_a_used_coupon_is_refused_on_another_purchase(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    use(club, code)
    assert refused_use(club, code, "R2") == ("coupon-used", {})


def test_redeeming_needs_the_number_of_the_purchase(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    assert check(club, code, None) == CouponCheck(valid=True, discount=300)
    assert refused(club, lambda: use(club, code, None)) == ("external-id-missing", {})


def test_an_unknown_code_is_refused(club: Shop) -> None:
    assert refused_use(club, "NOPE") == ("coupon-unknown", {"code": "NOPE"})


def test_anothers_coupon_is_refused(club: Shop) -> None:
    code, other = issue(club, enrol_one(club)).code, enrol_one(club, "Bob")
    assert refused_use(club, code, member=MemberRef(id=other)) == ("coupon-of-another-member", {"code": code})
    assert refused_use(club, code, member=MemberRef(id=99)) == ("unknown-member", {"id": 99})


def test_a_coupon_does_not_go_onto_anothers_purchase(club: Shop) -> None:
    ann, bob = enrol_one(club), enrol_one(club, "Bob")
    mine, his = issue(club, ann, key="a").code, issue(club, bob, key="b").code
    use(club, mine, "R1")
    facts = {"code": his, "external_id": "R1"}
    assert refused_use(club, his, "R1") == ("coupon-of-another-member", facts)
    buy(club, ann, "R2", line(500, "food"))
    assert refused_use(club, his, "R2") == ("coupon-of-another-member", {"code": his, "external_id": "R2"})


def test_a_lapsed_coupon_is_refused_from_midnight_on(club: Shop, clock: FrozenClock) -> None:
    given = issue(club, enrol_one(club))
    clock.set(given.valid_until - timedelta(microseconds=1))
    assert check(club, given.code).valid
    clock.set(given.valid_until)
    facts = {"valid_until": given.valid_until.isoformat()}
    assert refused_use(club, given.code) == ("coupon-lapsed", facts)


def test_a_coupon_of_a_season_waits_for_it(club: Shop, clock: FrozenClock) -> None:
    given = issue(club, enrol_one(club), "season")
    assert given.status == "not_yet"
    assert refused_use(club, given.code)[0] == "coupon-not-yet-valid"
    clock.set(given.valid_from)
    assert use(club, given.code).discount == 500


def test_a_void_coupon_is_refused(club: Shop) -> None:
    member_id = enrol_one(club)
    code = issue(club, member_id).code
    forget_member(club, Caller("telegram:1", "forget"), Forget(member_id=member_id))
    assert refused_use(club, code) == ("coupon-void", {})


def test_too_small_a_purchase_is_refused(club: Shop) -> None:
    code = issue(club, enrol_one(club), "tenth").code
    small = [line(1_999, "food"), line(9_000, "toys")]
    assert refused_use(club, code, lines=small) == ("coupon-min-spend", {"min_spend": 2_000, "eligible": 1_999})
    toys = [line(9_000, "toys")]
    assert refused_use(club, code, lines=toys) == ("coupon-no-eligible-lines", {"categories": ["food"]})


def test_coupons_that_stack_share_the_purchase(club: Shop) -> None:
    member_id = enrol_one(club)
    codes = [issue(club, member_id, key=f"issue:{number}").code for number in range(3)]
    lines = [line(700, "food")]
    assert [use(club, code, lines=lines).discount for code in codes] == [300, 300, 100]


def test_a_coupon_that_stands_alone_is_refused_next_to_another(club: Shop) -> None:
    member_id = enrol_one(club)
    social, alone = issue(club, member_id, key="a").code, issue(club, member_id, "ten", key="b").code
    use(club, social, "R1")
    assert refused_use(club, alone, "R1") == ("coupon-not-stackable", {"alone": ["ten"]})
    use(club, alone, "R2")
    third = issue(club, member_id, key="c").code
    assert refused_use(club, third, "R2") == ("coupon-not-stackable", {"alone": ["ten"]})


def test_rolling_back_gives_the_coupon_back_once(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    use(club, code)
    assert undo(club, code).status == "issued"
    before = dump(club)["coupon_event"]
    assert undo(club, code, key="undo again").status == "issued"
    assert dump(club)["coupon_event"] == before
    assert use(club, code, "R2").discount == 300
    assert undo(club, code, "R1", key="late").status == "redeemed"  # the first purchase's undoing came twice
    assert stands(club, code).used_on == "R2"


def test_rolling_back_what_was_not_redeemed_there_is_refused(club: Shop) -> None:
    code = issue(club, enrol_one(club)).code
    facts: dict[str, Fact] = {"code": code, "external_id": "R9"}
    assert refused(club, lambda: undo(club, code, "R9")) == ("coupon-not-redeemed-there", facts)
    use(club, code, "R1")
    assert refused(club, lambda: undo(club, code, "R9")) == ("coupon-not-redeemed-there", facts)
    assert refused(club, lambda: undo(club, "NOPE")) == ("coupon-unknown", {"code": "NOPE"})


def test_a_coupon_keeps_the_word_of_the_program_that_issued_it(club: Shop, clock: FrozenClock) -> None:
    code = issue(club, enrol_one(club)).code
    clock.move(hours=1)
    publish(club, SOURCE.replace("amount = 300", "amount = 1"))
    assert use(club, code).discount == 300


def claim(shop: Shop, member_id: int, offer: str = "eat", key: str = "claim") -> CouponOut:
    return claim_offer(shop, Caller("telegram:1", key), OfferClaim(member_id=member_id, offer=offer))


def test_claiming_an_offer_gives_its_coupon(club: Shop) -> None:
    given = claim(club, enrol_one(club))
    assert (given.template, given.source, given.status) == ("tenth", "offer:eat", "issued")


@pytest.mark.parametrize(
    ("offer", "reason", "facts"),
    [
        ("nothing", "offer-unknown", {"offer": "nothing"}),
        ("golden", "offer-not-for-tier", {"tier": "basic", "tiers": ["gold"]}),
        ("april", "offer-not-yet", {"since": "2026-04-01T00:00:00+08:00"}),
        ("eat", "offer-claimed-already", {"offer": "eat"}),
    ],
)
def test_claiming_refused(club: Shop, offer: str, reason: str, facts: dict[str, Fact]) -> None:
    member_id = enrol_one(club)
    claim(club, member_id, key="first")
    assert refused(club, lambda: claim(club, member_id, offer)) == (reason, facts)


def test_an_offer_that_is_over_is_refused(club: Shop, clock: FrozenClock) -> None:
    member_id = enrol_one(club)
    clock.set(datetime.fromisoformat("2026-03-08T00:00:00+08:00"))
    facts = {"until": "2026-03-08T00:00:00+08:00"}
    assert refused(club, lambda: claim(club, member_id, "this-week")) == ("offer-over", facts)


def test_a_used_offer_may_be_claimed_again_within_the_limit(club: Shop) -> None:
    member_id = enrol_one(club)
    for number in range(3):
        use(club, claim(club, member_id, key=f"claim:{number}").code, f"R{number}")
    facts: dict[str, Fact] = {"limit": 3}
    assert refused(club, lambda: claim(club, member_id, key="fourth")) == ("coupon-limit-per-member", facts)


def test_a_members_coupons_by_what_lapses_first(club: Shop, clock: FrozenClock) -> None:
    ann, bob = enrol_one(club), enrol_one(club, "Bob")
    season, week, month = (issue(club, ann, each, key=each).code for each in ("season", "ten", "three"))
    issue(club, bob)
    with club.read() as session:
        assert [each.code for each in coupons(club, session, ann)] == [week, month, season]
    use(club, week)
    clock.move(days=40)
    with club.read() as session:
        assert [(each.code, each.status) for each in coupons(club, session, ann)] == [(season, "issued")]
        past = coupons(club, session, ann, states=("redeemed", "lapsed"))
    assert {each.code: each.status for each in past} == {week: "redeemed", month: "lapsed"}
    with club.read() as session, pytest.raises(Refused, match="coupon-of-another-member"):
        coupon(club, session, month, bob)
    with club.read() as session, pytest.raises(Refused, match="coupon-unknown"):
        coupon(club, session, "NOPE")


def test_a_coupon_that_comes_back_to_the_forgotten_is_void(club: Shop) -> None:
    ann = enrol_one(club)
    wish = CouponIssue(member=MemberRef(id=ann), template="ten", source="staff:bo")
    code = issue_coupon(club, Caller("staff:bo", "issue"), wish).code
    redeem_coupon(club, Caller("till:1", "use"), CouponUse(code=code, external_id="R1", lines=[line(5_000, "food")]))
    forget_member(club, Caller("chat:1", "forget"), Forget(member_id=ann))
    wish_back = CouponRollback(code=code, external_id="R1")
    assert rollback_coupon(club, Caller("till:1", "back"), wish_back).status == "void"
    with club.read() as session:
        assert used(session) == {"coupon:ten": 0}


def test_a_member_who_is_due_to_be_closed_uses_no_coupon(bare_shop: Shop, clock: FrozenClock) -> None:
    clock.set(shanghai(2024, 1, 1, 12))
    publish(bare_shop, CLOSES.replace("validity = { days = 30 }", "validity = { days = 1000 }"))
    member_id = enrol_one(bare_shop)
    code = issue(bare_shop, member_id, "ten-off").code
    clock.set(shanghai(2026, 1, 1, 23, 59))
    assert check(bare_shop, code, lines=[line(5000)]).valid
    clock.set(shanghai(2026, 1, 2))  # and no tick has come by
    refusal = ("member-closed", {"id": member_id, "since": shanghai(2026, 1, 2).isoformat()})
    assert refused_use(bare_shop, code, lines=[line(5000)]) == refusal
