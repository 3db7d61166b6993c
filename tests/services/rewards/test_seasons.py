"""An offer and its coupon that come every year: their limits count in each season anew, on both databases."""

from __future__ import annotations

from datetime import datetime

import pytest

from core.db.counters import used
from core.insight.coupons import CouponOut
from core.insight.offers import ranked
from core.rules.refusal import Refused
from core.services.activities.claim_offer import OfferClaim, claim_offer
from core.services.members.forget_member import Forget, forget_member
from core.services.once import Caller
from core.services.rewards.issue_coupons import issue_coupons
from core.shop import Shop
from tests.club import SOURCE, publish
from tests.conftest import FrozenClock
from tests.rules.stores import INSTANT, shanghai
from tests.shopping import dump, enrol_one

APRIL = "since = 2026-04-01T00:00:00+08:00\nuntil = 2026-05-01T00:00:00+08:00"
WINTER = 'season = { first_day = "12-20", last_day = "01-06" }'
FEAST = """[[coupons]]
id = "feast"
name = { en = "Feast", zh-Hans = "节日" }
discount = { kind = "amount", amount = 500 }
validity = { first_day = "12-20", last_day = "01-06" }
per_member = 1
total = 2

[[rewards]]"""


@pytest.fixture
def winter(bare_shop: Shop, clock: FrozenClock) -> Shop:
    clock.set(shanghai(2026, 12, 1))
    source = SOURCE.replace(f'coupon = "three"\n{APRIL}', f'coupon = "feast"\n{WINTER}')
    publish(bare_shop, source.replace("[[rewards]]", FEAST, 1))
    return bare_shop


def claim(shop: Shop, member: int) -> CouponOut:
    key = f"claim:{member}:{shop.now().isoformat()}"
    return claim_offer(shop, Caller(f"chat:{member}", key), OfferClaim(member_id=member, offer="april"))


def refused(shop: Shop, member: int) -> str:
    before = dump(shop)
    with pytest.raises(Refused) as caught:
        claim(shop, member)
    assert dump(shop) == before
    return caught.value.refusal.reason


def offered(shop: Shop, member: int) -> list[tuple[datetime | None, bool]]:
    with shop.read() as session:
        return [(each.until, each.claimed) for each in ranked(shop, session, member) if each.id == "april"]


def test_limits_count_in_each_season_anew(winter: Shop, clock: FrozenClock) -> None:
    ann, bob, cy = (enrol_one(winter, name) for name in ("Ann", "Bob", "Cy"))
    assert (refused(winter, ann), offered(winter, ann)) == ("offer-not-yet", [])
    clock.set(shanghai(2026, 12, 20))
    assert offered(winter, ann) == [(shanghai(2027, 1, 7), False)]
    coupon = claim(winter, ann)
    assert (coupon.valid_from, coupon.valid_until) == (shanghai(2026, 12, 20), shanghai(2027, 1, 7))
    assert offered(winter, ann) == [(shanghai(2027, 1, 7), True)]
    clock.set(shanghai(2027, 1, 7) - INSTANT)
    claim(winter, bob)
    assert (refused(winter, cy), offered(winter, cy)) == ("coupon-limit-total", [])
    forget_member(winter, Caller("chat:2", "forget"), Forget(member_id=bob))
    claim(winter, cy)
    clock.set(shanghai(2027, 1, 7))
    assert refused(winter, ann) == "offer-not-yet"
    clock.set(shanghai(2027, 12, 31))
    assert claim(winter, ann).valid_until == shanghai(2028, 1, 7)
    with winter.read() as session:
        assert used(session) == {"coupon:feast:2026-12-19": 2, "coupon:feast:2027-12-19": 1}


def test_what_is_issued_between_two_seasons_is_for_the_next(winter: Shop, clock: FrozenClock) -> None:
    ann, bob, cy = (enrol_one(winter, name) for name in ("Ann", "Bob", "Cy"))
    clock.set(shanghai(2027, 1, 6, 23, 59))
    claim(winter, ann)
    clock.set(shanghai(2027, 6, 1))
    with winter.write() as session:
        version = winter.version_at(session, winter.now())
        template = version.program.coupon("feast")
        assert template is not None
        given = issue_coupons(winter, session, version, template, [ann, bob, cy], "campaign:1", "staff:bo")
    assert [isinstance(given[each], str) for each in (ann, bob, cy)] == [True, True, False]
    clock.set(shanghai(2027, 12, 20))
    assert refused(winter, ann) == "coupon-limit-per-member"
    with winter.read() as session:
        assert used(session) == {"coupon:feast:2026-12-19": 1, "coupon:feast:2027-12-19": 2}
