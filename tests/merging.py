"""Short words for tests of cards that are one person's: merge and part them, let a story happen to them, look."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select

from core.db.ledger import accounts, lots
from core.db.members import members
from core.db.purchases import purchases
from core.insight.coupons import coupons
from core.insight.tier import standing
from core.rules.refusal import Refused
from core.services.common import MemberRef
from core.services.members.merge_members import Merge, Merged, merge_members
from core.services.members.unmerge_members import Parted, Unmerge, unmerge_members
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.club import give
from tests.conftest import FrozenClock
from tests.shopping import bring_back, buy, enrol_one, line

HAPPENS = st.tuples(
    st.sampled_from(["buy", "buy", "buy", "refund", "mug", "give", "wait"]),
    st.integers(0, 5),
    st.integers(1, 900),
)
"""What, to whom (counted round), and how much."""
Story = Sequence[tuple[str, int, int]]


def merge(shop: Shop, keep: int, other: int, key: str = "m") -> Merged:
    wish = Merge(keep=MemberRef(id=keep), other=MemberRef(id=other), reason="the same person")
    return merge_members(shop, Caller("staff:bo", f"{key}:{keep}:{other}"), wish)


def part(shop: Shop, merge_id: int, key: str = "u") -> Parted:
    wish = Unmerge(merge_id=merge_id, reason="two sisters")
    return unmerge_members(shop, Caller("staff:bo", f"{key}:{merge_id}"), wish)


def stands(shop: Shop, member_id: int) -> dict[str, Any]:
    """Everything that a merge undone must leave as it was."""
    names = ("balance", "debt", "tier", "tier_until", "review_at", "period_until", "purchases", "last_purchase_at")
    with shop.read() as session:
        account = session.execute(select(accounts).where(accounts.c.member_id == member_id)).one()
        person = session.execute(select(members).where(members.c.id == member_id)).one()
        mine = select(lots.c.id, lots.c.remaining, lots.c.activates_at, lots.c.expires_at).where(
            lots.c.member_id == member_id, lots.c.remaining > 0
        )
        return {
            **{name: getattr(account, name) for name in names},
            "lots": [tuple(row) for row in session.execute(mine.order_by(lots.c.id))],
            "coupons": [each.code for each in coupons(shop, session, member_id)],
            "standing": standing(shop, session, member_id),
            "person": tuple(person),
        }


_numbers = count(1000)


def some(shop: Shop, many: int) -> list[int]:
    return [enrol_one(shop, f"member-{next(_numbers)}", consents=["offers"]) for _ in range(many)]


def live(
    shop: Shop, clock: FrozenClock, cards: Sequence[int], story: Story, bought: list[int] | None = None
) -> list[int]:
    """What happens to members; the purchases that are not yet returned, by id."""
    bought = [] if bought is None else bought
    for what, who, size in story:
        member, key = cards[who % len(cards)], f"happening-{next(_numbers)}"
        if what == "buy":
            bought.append(buy(shop, member, key, line(size * 200)).id)
        elif what == "refund" and bought:
            with shop.read() as session:
                left = select(purchases.c.total - purchases.c.refunded).where(purchases.c.id == bought[0])
                amount = min(size * 100, session.execute(left).scalar_one())
            if amount:
                bring_back(shop, bought[0], key, amount=amount)
            else:
                bought.pop(0)
        elif what == "mug":
            with suppress(Refused):  # points-short
                redeem_reward(shop, Caller("till:1", key), RewardWish(member=MemberRef(id=member), reward="mug"))
        elif what == "give":
            give(shop, member, size, key)
        else:
            clock.move(days=size / 3)
        clock.move(minutes=7)
    return bought
