"""Prize draws: one commit a play, exact limits and stock, and every play provable."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from core.db.counters import used
from core.db.prize_draw_queries import add_play
from core.db.prize_draws import prize_draw_plays, prize_draw_rounds
from core.db.rewards import reward_orders
from core.insight.coupons import coupons
from core.insight.prize_draw_audit import audit_round
from core.insight.prize_draws import RoundView, prize_draws, prize_draws_of, round_view, rounds_of
from core.insight.rewards import orders
from core.rules import prize_draws as rules
from core.rules.refusal import Refused
from core.services.activities.play_prize_draw import Played, PlayWish, play_prize_draw
from core.services.activities.prize_draw_rounds import RoundsTurned, turn_rounds
from core.services.books.audit import audit
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.export_member import export_member
from core.services.members.forget_member import Forget, forget_member
from core.services.members.merge_members import Merge, merge_members
from core.services.once import Caller
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.hand_over_reward import HandOver, hand_over_reward
from core.shop import Shop
from tests.at_once import MANY, at_once
from tests.club import SOURCE, give, publish
from tests.conftest import FrozenClock
from tests.shopping import balance_of, dump, enrol_one, proven

DRAWS = SOURCE + (Path(__file__).with_name("prize_draws.toml")).read_text(encoding="utf-8")
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIRST_SEED = f"{1:064x}"  # of spring; golden's is the second
OPENSSL = "b791e5e5e01e56d9f63d5c1ef7e27fca4ab4b8411da6760cc02a3cddd961eccd"


@pytest.fixture
def fair(bare_shop: Shop) -> Shop:
    """A club with prize draws, on 2 March in Shanghai, an hour before midnight."""
    publish(bare_shop, DRAWS)
    return bare_shop


def player(shop: Shop, name: str = "Ann", points: int = 10_000) -> int:
    member_id = enrol_one(shop, name)
    give(shop, member_id, points)
    return member_id


def play(shop: Shop, member_id: int, key: str, draw: str = "spring", **shown: object) -> Played:
    wish = PlayWish.model_validate({"member": MemberRef(id=member_id), "draw": draw, **shown})
    return play_prize_draw(shop, Caller("telegram:1", f"play:{key}"), wish)


def plays(shop: Shop, member_id: int, count: int) -> list[Played]:
    return [play(shop, member_id, f"{member_id}:{number}") for number in range(count)]


def round_of(shop: Shop, number: int = 1) -> RoundView:
    with shop.read() as session:
        return round_view(shop, session, "spring", number)


def test_a_round_is_committed_to_before_anybody_plays_and_revealed_after(fair: Shop, clock: FrozenClock) -> None:
    assert turn_rounds(fair) == RoundsTurned(closed=0, opened=3)
    assert turn_rounds(fair) == RoundsTurned(closed=0, opened=0)
    with fair.read() as session:
        spring, golden, _sure = prize_draws(fair, session)
    assert spring.round is not None
    assert golden.round is not None
    assert spring.round.commitment == "c386d8e8d07342f2e39e189c8e6c57bb205bb373fe4e3a6f69404a8bb767b417"
    assert (spring.round.seed, spring.round.plays) == (None, 0)
    assert spring.round.closes_at == datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert golden.round.closes_at == datetime(2026, 3, 20, 4, tzinfo=UTC)  # the month is cut off by `until`
    clock.move(hours=1)
    assert run_due(fair).rounds == 2  # one closed, one opened
    first = round_of(fair)
    assert (first.seed, first.closed_at) == (FIRST_SEED, clock.now())
    with fair.read() as session:
        rounds = rounds_of(fair, session, "spring")
    assert [(each.number, each.seed) for each in rounds] == [(2, None), (1, FIRST_SEED)]


def test_a_play_is_what_the_seed_gives(fair: Shop) -> None:
    """openssl gives the same: printf spring:1:1:1 | openssl dgst -sha256 -hmac 0…01"""
    ann = player(fair)
    done = play(fair, ann, "1")
    assert (done.round, done.number, done.digest) == (1, 1, OPENSSL)
    assert (done.ticket, done.prize) == (0xCCD % 8, None)
    assert done.balance == balance_of(fair, ann).active
    proven(fair)


def test_every_kind_of_prize_reaches_the_books(fair: Shop) -> None:
    ann = player(fair)
    done = plays(fair, ann, 40)
    won = Counter(each.prize for each in done)
    assert set(won) == {"bear", "voucher", "hundred", None}
    for each in done:
        assert each.prize == _prize_of_ticket(each.ticket)
        points = 100 if each.prize == "hundred" else 1 if each.prize is None or each.withheld else 0
        assert [entry.points for entry in each.entries] == ([-10, points] if points else [-10])
        assert (each.points, each.price) == (points, 10)
        assert (each.coupon_code is not None) == (each.prize == "voucher" and each.withheld is None)
        assert (each.order_code is not None) == (each.prize == "bear" and each.withheld is None)
    assert Counter(each.withheld for each in done if each.prize == "voucher") == {
        None: 1, "coupon-limit-per-member": won["voucher"] - 1
    }  # fmt: skip
    given = [each for each in done if each.prize == "bear" and each.withheld is None]
    assert (len(given), won["bear"] > 4) == (4, True)
    with fair.read() as session:
        assert {name: count for name, count in used(session).items() if name.startswith("prize")} == {
            "prize:spring:bear": 4, "prize:spring:voucher": 1, "prize:spring:hundred": won["hundred"]
        }  # fmt: skip
        assert [each.source for each in coupons(fair, session, ann)] == [
            f"prize_draw:spring:1:{next(each.number for each in done if each.coupon_code)}"
        ]
        assert {(each.code, each.reward, each.points) for each in orders(fair, session, ann)} == {
            (each.order_code, "spring:bear", 0) for each in given
        }
    assert balance_of(fair, ann).active == 10_000 - 40 * 10 + sum(each.points for each in done)
    proven(fair)


def _prize_of_ticket(ticket: int) -> str | None:
    return ["bear", "voucher", "voucher", "hundred", None, None, None, None][ticket]


@ON_SQLITE
def test_an_entry_says_how_its_ticket_came_about(fair: Shop) -> None:
    done = next(each for each in plays(fair, player(fair), 20) if each.prize == "hundred")
    paid, won = done.entries
    inputs = {"draw": "spring", "tier": "basic", "round": 1, "number": done.number, "commitment": done.commitment}
    assert (paid.kind, paid.rule, paid.source) == (
        "redemption",
        "prize_draw:spring",
        f"prize_draw:spring:1:{done.number}",
    )
    assert paid.explanation == {
        "rule": "prize_draw:spring",
        "version": 1,
        "inputs": inputs,
        "steps": [
            {"do": "pay_play", "points": 10},
            {"do": "draw_ticket", "digest": done.digest, "ticket": 3, "last": 7,
             "prizes": {"bear": "1/8", "voucher": "1/4", "hundred": "1/8"}},
            {"do": "prize", "prize": "hundred", "odds": "1/8"},
        ],
        "caps": [],
        "not_applied": [],
    }  # fmt: skip
    assert (won.kind, won.points) == ("bonus", 100)
    assert won.explanation["inputs"] == inputs
    assert won.explanation["steps"] == [
        {"do": "prize_points", "prize": "hundred", "odds": "1/8", "points": 100, "digest": done.digest, "ticket": 3,
         "last": 7}
    ]  # fmt: skip


def test_one_tap_is_one_play(fair: Shop, clock: FrozenClock) -> None:
    ann = player(fair)
    done = play(fair, ann, "tap")
    clock.move(hours=2)  # even when it comes again after the round
    assert play(fair, ann, "tap") == done
    assert len(dump(fair)["prize_draw_play"]) == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("draw", "shown", "reason"),
    [
        ("autumn", {}, "prize-draw-unknown"),
        ("golden", {}, "prize-draw-not-for-tier"),
        ("spring", {"price": 11}, "prize-draw-changed"),
        ("spring", {"commitment": "f" * 64}, "prize-draw-changed"),
        ("spring", {}, "points-short"),
    ],
)
def test_a_refused_play_leaves_no_trace(fair: Shop, draw: str, shown: dict[str, object], reason: str) -> None:
    ann = player(fair, points=9)
    turn_rounds(fair)
    before = dump(fair)
    with pytest.raises(Refused, match=reason):
        play(fair, ann, "1", draw, **shown)
    assert dump(fair) == before


@ON_SQLITE
def test_limits_by_day_and_for_ever(bare_shop: Shop, clock: FrozenClock) -> None:
    publish(bare_shop, DRAWS.replace("per_day = 64\nper_member = 100", "per_day = 2\nper_member = 3"))
    ann = player(bare_shop)
    plays(bare_shop, ann, 2)
    with pytest.raises(Refused, match="prize-draw-limit-day"):
        play(bare_shop, ann, "third")
    with bare_shop.read() as session:
        spring = prize_draws_of(bare_shop, session, ann)[0]
    assert (spring.refused, spring.played_today, spring.played) == ("prize-draw-limit-day", 2, 2)
    again = player(bare_shop, "Ann again")
    merged = Merge(keep=MemberRef(id=again), other=MemberRef(id=ann), reason="the same person")
    merge_members(bare_shop, Caller("staff:bo", "merge"), merged)
    for card in (ann, again):  # one person, whichever card is shown
        with pytest.raises(Refused, match="prize-draw-limit-day"):
            play(bare_shop, card, f"fourth:{card}")
    clock.move(hours=1)
    assert (play(bare_shop, ann, "third").round, play(bare_shop, player(bare_shop, "Bo"), "first").number) == (2, 2)
    with pytest.raises(Refused, match="prize-draw-limit"):
        play(bare_shop, ann, "fourth")
    proven(bare_shop)


@ON_SQLITE
def test_a_draw_begins_and_ends(bare_shop: Shop, clock: FrozenClock) -> None:
    dates = 'since = 2026-03-03T00:00:00+08:00\nuntil = 2026-03-03T12:00:00+08:00\nrounds = "day"'
    publish(bare_shop, DRAWS.replace('rounds = "day"', dates))
    ann = player(bare_shop)
    with pytest.raises(Refused, match="prize-draw-not-yet"):
        play(bare_shop, ann, "1")
    clock.move(hours=1)
    play(bare_shop, ann, "2")
    clock.move(hours=12)
    with pytest.raises(Refused, match="prize-draw-over"):
        play(bare_shop, ann, "3")
    assert round_of(bare_shop).closed_at == clock.now()
    assert turn_rounds(bare_shop) == RoundsTurned(closed=0, opened=0)


def test_sixty_four_at_once(fair: Shop) -> None:
    """Half play one draw, half another: numbers without a gap, four bears and no more, ten vouchers at most."""
    members = [player(fair, f"M{number}", points=10) for number in range(MANY)]
    done, refused = at_once(lambda number: play(fair, members[number], f"{number}", ("sure", "spring")[number % 2]))
    assert (len(done), refused) == (MANY, Counter())
    sure, spring = ([each for each in done if each.draw == draw] for draw in ("sure", "spring"))
    assert sorted(each.number for each in sure) == sorted(each.number for each in spring) == list(range(1, 33))
    assert Counter(each.withheld for each in sure) == {None: 4, "prize-out-of-stock": 28}
    vouchers = Counter(each.coupon_code is not None for each in spring if each.prize == "voucher")
    assert vouchers[True] == min(10, vouchers.total())
    proven(fair)


def test_one_tap_that_arrives_sixty_four_times(fair: Shop) -> None:
    ann = player(fair, points=10)
    done, refused = at_once(lambda _: play(fair, ann, "tap"))
    assert (len({each.number for each in done}), len(done), refused) == (1, MANY, Counter())
    assert len(dump(fair)["prize_draw_play"]) == 1
    proven(fair)


@ON_SQLITE
def test_goods_are_fetched_and_never_given_back(fair: Shop, clock: FrozenClock) -> None:
    ann = player(fair)
    codes = [each.order_code for each in plays(fair, ann, 40) if each.order_code]
    handed = hand_over_reward(fair, Caller("till:1", "1"), HandOver(code=codes[0]))
    assert (handed.reward, handed.money) == ("spring:bear", 0)
    before = dump(fair)
    with pytest.raises(Refused, match="prize-not-cancelled"):
        cancel_reward(fair, Caller("staff:bo", "2"), CancelReward(code=codes[1]))
    clock.move(days=3)
    with pytest.raises(Refused, match="prize-lapsed"):
        hand_over_reward(fair, Caller("till:1", "3"), HandOver(code=codes[1]))
    assert dump(fair) == before
    with fair.read() as session:
        shown = {each.code: (each.name["en"], each.status) for each in orders(fair, session, ann)}
    assert shown[codes[0]] == ("Bear", "handed_over")
    assert shown[codes[1]] == ("Bear", "lapsed")


@ON_SQLITE
def test_a_member_takes_along_the_plays_and_is_forgotten_without_breaking_the_proof(fair: Shop) -> None:
    ann = player(fair)
    done = plays(fair, ann, 20)
    kept = export_member(fair, ann)["prize_draw_plays"]
    assert [(row["number"], row["digest"]) for row in kept] == [(each.number, each.digest) for each in done]
    forget_member(fair, Caller("staff:bo", "forget"), Forget(member_id=ann))
    with fair.read() as session:
        assert {row.status for row in session.execute(reward_orders.select())} == {"cancelled"}
    proven(fair)


def test_the_audit_of_a_round_recomputes_every_play(fair: Shop, clock: FrozenClock) -> None:
    ann = player(fair)
    done = plays(fair, ann, 40)
    clock.move(hours=1)
    turn_rounds(fair)
    with fair.read() as session:
        report = audit_round(fair, session, "spring", 1)
        assert (report.closed, report.seed, report.plays, report.found) == (True, FIRST_SEED, 40, 0)
        assert [(each.prize, each.expected) for each in report.counts] == [
            ("bear", 5), ("voucher", 10), ("hundred", 5), (None, 20)
        ]  # fmt: skip
        assert {each.prize: each.observed for each in report.counts} == Counter(each.prize for each in done)
        assert 0 < report.p_value < 1
    told = round_of(fair)
    for each, known in zip(told.items, done, strict=True):  # anybody can do it from what is told
        assert told.seed is not None
        ticket = rules.drawn(told.seed, "spring", told.number, each.number, each.member_id, told.odds[0].tickets)
        assert (ticket.number, ticket.digest) == (known.ticket, known.digest) == (each.ticket, each.digest)
    assert rules.commitment(told.seed or "") == told.commitment
    with fair.read() as session, pytest.raises(Refused, match="prize-draw-round-unknown"):
        round_view(fair, session, "spring", 9)


@ON_SQLITE
@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"commitment": "f" * 64}, {"play_commitment": 1}),
        ({"seed": "f" * 64}, {"play_commitment": 1, "play_ticket": 8}),
        ({"plays": 9}, {"play_number": 1}),
    ],
)
def test_the_audit_finds_a_round_that_was_changed(fair: Shop, change: dict[str, object], found: dict[str, int]) -> None:
    plays(fair, player(fair), 8)
    with fair.write() as session:
        session.execute(update(prize_draw_rounds).where(prize_draw_rounds.c.draw == "spring").values(change))
    differences = Counter(each.what for each in audit(fair).differences)
    assert {what: differences[what] for what in found} == found


@ON_SQLITE
def test_the_audit_finds_a_play_that_was_slipped_in(fair: Shop) -> None:
    plays(fair, player(fair), 2)
    with fair.write() as session:
        row = session.execute(prize_draw_plays.select().where(prize_draw_plays.c.number == 2)).one()._asdict()
        add_play(session, {**row, "id": None, "number": 4, "prize": "bear", "withheld": "prize-out-of-stock"})
    found = Counter(each.what for each in audit(fair).differences)
    assert {"play_number", "play_ticket"} <= set(found)


@ON_SQLITE
def test_plays_are_judged_by_the_version_of_their_time(fair: Shop) -> None:
    ann = player(fair)
    play(fair, ann, "1")
    publish(fair, DRAWS.replace('odds = "1/8"\ngoods', 'odds = "1/2"\ngoods'))
    play(fair, ann, "2")
    assert [(each.version, each.tickets) for each in round_of(fair).odds] == [(1, 8), (2, 8)]
    assert [each.version for each in round_of(fair).items] == [1, 2]
    proven(fair)
