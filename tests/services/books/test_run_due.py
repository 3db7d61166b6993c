from datetime import UTC, date, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from core.insight.tier import moves, standing
from core.rules.refusal import Refused
from core.services.books import settling
from core.services.books.posting import Book
from core.services.books.run_due import run_due, settle_accounts
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.conftest import FrozenClock
from tests.shopping import balance_of, buy, dump, enrol_one, line, proven


def test_points_lapse_with_the_last_second_of_their_year(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    entry = buy(small_shop, ann, "p1", line(4000)).entries[0]
    assert entry.expires_at == datetime(2027, 3, 2, 16, tzinfo=UTC)
    clock.set(entry.expires_at - timedelta(microseconds=1))
    assert settle_accounts(small_shop) == 0
    assert balance_of(small_shop, ann).active == 40
    clock.set(entry.expires_at)
    assert balance_of(small_shop, ann).active == 0  # whether or not the sweep has been
    assert settle_accounts(small_shop) == 1
    lapsed = dump(small_shop)["ledger_entry"][-1]
    assert lapsed[2:5] == ("expiry", -40, entry.expires_at)
    proven(small_shop)


def test_lapsing_twice_is_once(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(4000))
    clock.move(days=800)
    assert run_due(small_shop).accounts == 1
    before = dump(small_shop)
    clock.move(days=1)
    assert run_due(small_shop).accounts == 0
    assert dump(small_shop) == before


def test_points_spent_meanwhile_do_not_lapse(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(35_000))
    redeem_reward(small_shop, Caller("chat:1", "k"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    clock.move(days=400)
    settle_accounts(small_shop)
    assert [row[2:4] for row in dump(small_shop)["ledger_entry"]][-1] == ("expiry", -150)
    proven(small_shop)


def test_over_points_cannot_be_spent_before_the_sweep(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(35_000))
    clock.move(days=400)
    with pytest.raises(Refused) as refused:
        redeem_reward(small_shop, Caller("chat:1", "k"), RewardWish(member=MemberRef(id=ann), reward="mug"))
    assert refused.value.refusal.facts["active"] == 0


def test_a_tier_falls_step_by_step_however_late_the_sweep_comes(small_shop: Shop, clock: FrozenClock) -> None:
    start = clock.now()
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(500_000))
    clock.set(start + timedelta(days=366 + 100))  # the gold year is over; nothing was swept
    assert buy(small_shop, ann, "p2", line(100_000)).tier == "silver"
    clock.set(start + timedelta(days=3000))
    assert settle_accounts(small_shop) == 1
    with small_shop.read() as session:
        path = [(move.to_tier, move.effective_at) for move in reversed(moves(session, ann))]
        assert standing(small_shop, session, ann).tier == "basic"
    assert path == [
        ("gold", start),
        ("basic", datetime(2027, 3, 2, 16, tzinfo=UTC)),
        ("silver", start + timedelta(days=466)),
        ("basic", datetime(2028, 6, 11, 16, tzinfo=UTC)),
    ]
    proven(small_shop)


def test_the_sweep_goes_on_past_a_chunk(small_shop: Shop, clock: FrozenClock) -> None:
    for number in range(205):
        buy(small_shop, enrol_one(small_shop, f"member-{number}"), f"p{number}", line(100))
    clock.move(days=400)
    assert settle_accounts(small_shop) == 205
    proven(small_shop)


def test_a_birthday_brings_its_coupon_once(small_shop: Shop, clock: FrozenClock) -> None:
    from datetime import date

    enrol_one(small_shop, "Ann", birthday=date(1990, 3, 3))
    enrol_one(small_shop, "Bob", birthday=date(1990, 3, 4))
    clock.set(datetime(2026, 3, 2, 16, tzinfo=UTC))  # 3 March begins in Shanghai
    assert run_due(small_shop).birthday_coupons == 1
    assert run_due(small_shop).birthday_coupons == 0
    assert len(dump(small_shop)["coupon"]) == 1


def test_one_accounts_trouble_stops_nobody_else(
    small_shop: Shop, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is logged with the member, counted, left as it was, and done once the trouble is over."""
    ids = [enrol_one(small_shop, name, birthday=date(1990, 3, 2)) for name in ("Ann", "Bob", "Cem")]
    for member_id in ids:
        buy(small_shop, member_id, f"p{member_id}", line(4000))
    clock.set(datetime(2028, 3, 1, 16, tzinfo=UTC))
    lapse = settling._lapse

    def broken(book: Book, at: datetime) -> None:
        if book.member_id == ids[1]:
            raise ZeroDivisionError
        lapse(book, at)

    monkeypatch.setattr(settling, "_lapse", broken)
    with capture_logs() as log:
        report = run_due(small_shop)
    assert (report.accounts, report.birthday_coupons, report.failed) == (2, 2, 1)
    assert [(each["member_id"], each["log_level"]) for each in log] == [(ids[1], "error")] * 2
    assert [row[2:4] for row in dump(small_shop)["ledger_entry"]][3:] == [("expiry", -40), ("expiry", -40)]
    assert run_due(small_shop).failed == 1
    monkeypatch.undo()
    mended = run_due(small_shop)
    assert (mended.accounts, mended.birthday_coupons, mended.failed) == (1, 1, 0)
    proven(small_shop)
