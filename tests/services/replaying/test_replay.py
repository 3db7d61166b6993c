"""What really happened, happening again: under the published program it ends exactly where the books are."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.program.loading import load, load_file, read
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckInWish, check_in
from core.services.books.adjust import Adjustment, adjust
from core.services.books.run_due import run_due
from core.services.common import MemberRef
from core.services.members.forget_member import Forget, forget_member
from core.services.members.hand_on_card import CardHandOn, Person, hand_on_card
from core.services.members.merge_members import Merge, merge_members
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.programs.preview_program import _Stage
from core.services.programs.publish_program import ProgramDraft, ensure_program, publish_program
from core.services.programs.replay_program import replay_program
from core.services.programs.story import read_story
from core.services.replaying import circles, processes, replay
from core.services.replaying.outcome import Outcome, Unpaid
from core.services.replaying.replay import explained, outcomes
from core.services.rewards.cancel_reward import CancelReward, cancel_reward
from core.services.rewards.redeem_reward import RewardWish, redeem_reward
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import STORIES, bring_back, buy, dump, enrol_one, line
from tests.stories.golden import NAMES, PROGRAMS, story_of

TWICE = ("points = 1\n", "points = 2\n")
PUBLISHED = load_file(SMALL)
_numbers = count()
DOINGS = ["buy", "buy", "buy", "late", "refund", "sku", "mug", "cancel", "checkin", "adjust", "days", "due", "forget"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(DOINGS),
        st.integers(0, 2),  # who
        st.integers(1, 300_000),
    ),
    max_size=25,
)


def changed(source: str, *changes: tuple[str, str]) -> Program:
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    return load(source, "draft")


def small(*changes: tuple[str, str]) -> Program:
    return changed(read(SMALL), *changes)


def of(shop: Shop, draft: Program) -> dict[int, tuple[Outcome, Outcome]]:
    return {before.member_id: (before, after) for before, after in outcomes(shop, draft)}


def no_difference(shop: Shop, published: Program, members: int) -> None:
    before = dump(shop)
    pairs = list(outcomes(shop, published))
    assert [after for _, after in pairs] == [before for before, _ in pairs]
    assert len(pairs) == members
    assert dump(shop) == before


@STORIES
@given(steps=STEPS)
def test_any_story_ends_where_the_books_are(
    small_shop: Shop, clock: FrozenClock, steps: list[tuple[str, int, int]]
) -> None:
    story = Story(small_shop, clock)
    for step in steps:
        story.happen(*step)
    pairs = of(small_shop, PUBLISHED)
    for member in story.members:
        if member not in story.forgotten:
            before, after = pairs[member]
            assert after == before


class Story:
    """Three people, of whom one invited another; what the shop refuses did not happen."""

    def __init__(self, shop: Shop, clock: FrozenClock) -> None:
        self.shop, self.clock, self.name = shop, clock, f"s{next(_numbers)}"
        ann = enrol_one(shop, f"{self.name}-ann")
        with shop.read() as session:
            code = session.connection().exec_driver_sql(f"SELECT invite_code FROM member WHERE id = {ann}").scalar_one()
        bob = enrol_one(shop, f"{self.name}-bob", invite_code=code)
        self.members = [ann, bob, enrol_one(shop, f"{self.name}-cy")]
        self.forgotten: set[int] = set()
        self.bought: list[int] = []
        self.orders: list[str] = []
        self.steps = count()

    def happen(self, what: str, who: int, much: int) -> None:
        self.clock.move(seconds=61)
        with suppress(Refused):
            getattr(self, f"_{what}")(self.members[who], much, f"{self.name}-{next(self.steps)}")

    def _buy(self, member: int, much: int, key: str) -> None:
        self.bought.append(buy(self.shop, member, key, line(much // 2), line(much, "fresh/fish", sku="cod")).id)

    def _late(self, member: int, much: int, key: str) -> None:
        at = self.clock.now() - timedelta(days=much % 400)
        self.bought.append(buy(self.shop, member, key, line(much), at=at).id)

    def _refund(self, member: int, much: int, key: str) -> None:
        if self.bought:
            bring_back(self.shop, self.bought[much % len(self.bought)], key, amount=1 + much // 3)

    def _sku(self, member: int, much: int, key: str) -> None:
        if self.bought:
            bring_back(self.shop, self.bought[much % len(self.bought)], key, {"tea": 1})

    def _mug(self, member: int, much: int, key: str) -> None:
        wish = RewardWish(member=MemberRef(id=member), reward="mug", price=much % 2)
        self.orders.append(redeem_reward(self.shop, Caller("chat:1", key), wish).code)

    def _cancel(self, member: int, much: int, key: str) -> None:
        if self.orders:
            cancel_reward(self.shop, Caller("till:1", key), CancelReward(code=self.orders.pop()))

    def _checkin(self, member: int, much: int, key: str) -> None:
        check_in(self.shop, Caller("chat:1", key), CheckInWish(member_id=member))

    def _adjust(self, member: int, much: int, key: str) -> None:
        points = much % 1000 - 300 or 1
        adjust(self.shop, Caller("staff:bo", key), Adjustment(member=MemberRef(id=member), points=points, reason="x"))

    def _days(self, member: int, much: int, key: str) -> None:
        self.clock.move(days=much % 300)

    def _due(self, member: int, much: int, key: str) -> None:
        run_due(self.shop)

    def _forget(self, member: int, much: int, key: str) -> None:
        if much % 4 == 0:
            forget_member(self.shop, Caller("staff:bo", key), Forget(member_id=member))
            self.forgotten.add(member)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_programs_story_ends_where_its_books_are(bare_shop: Shop, clock: FrozenClock, name: str) -> None:
    program = load_file(PROGRAMS / f"{name}.toml")
    story = read_story(story_of(name), program)
    clock.set(story.happenings[0].event.at)
    ensure_program(bare_shop, PROGRAMS / f"{name}.toml")
    stage = _Stage(bare_shop, program, story.file)
    for happening in story.happenings:
        clock.set(happening.event.at)
        stage.tell(happening)
    no_difference(bare_shop, program, len(set(stage.members.values())))


def test_versions_before_the_draft_stay_as_they_were(small_shop: Shop, clock: FrozenClock) -> None:
    """Twice as much from the second version on: the draft that is this version, from then on, changes nothing."""
    ann = enrol_one(small_shop)
    first = buy(small_shop, ann, "p1", line(10_000))
    clock.move(days=10)
    source = read(SMALL).replace(*TWICE)
    assert source != read(SMALL)
    publish_program(small_shop, Caller("staff:bo", "v2"), ProgramDraft(source=source, drafted_by="ann"))
    since = clock.now()
    clock.move(days=1)
    buy(small_shop, ann, "p2", line(10_000))
    bring_back(small_shop, first.id, "r1", amount=5_000)
    [(before, after)] = outcomes(small_shop, load(source, "v2"), since)
    assert before == after
    assert before.active == 50 + 50 + 200
    [(before, after)] = outcomes(small_shop, PUBLISHED)
    assert after.active == before.active - 100


def test_a_shop_without_a_program_has_nothing_to_replay(bare_shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        list(outcomes(bare_shop, PUBLISHED))
    assert refused.value.refusal.reason == "no-program"


def fields(outcome: Outcome, *names: str) -> tuple[object, ...]:
    return tuple(getattr(outcome, name) for name in names)


def test_a_draft_that_gives_twice_as_much(small_shop: Shop, clock: FrozenClock) -> None:
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    bought = buy(small_shop, ann, "p1", line(10_000), line(1_250, "fresh"))  # 100 + 25 as base, 100 as the first
    bring_back(small_shop, bought.id, "r1", amount=1_125)  # a tenth: 112.5 and 90 are left
    pairs = of(small_shop, small(TWICE))
    before, after = pairs[ann]
    assert (before.active, after.active) == (112 + 90, 225 + 90)
    assert [lot.points for lot in after.lots] == [225 + 90]
    assert [lot.expires_at for lot in after.lots] == [lot.expires_at for lot in before.lots]
    assert fields(after, "tier", "debt", "pending", "notices") == fields(before, "tier", "debt", "pending", "notices")
    assert before.notices == {
        "tier_reached": 0, "tier_lost": 0, "points_earned": 1, "points_taken_back": 1, "points_lapsed": 0,
    }  # fmt: skip
    assert pairs[bob][0] == pairs[bob][1]


def test_the_entries_are_told_of_whom_they_are_asked_for(small_shop: Shop) -> None:
    ann, bob = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Bob")
    for member in (ann, bob):
        buy(small_shop, member, f"p{member}", line(10_000))
    [(before, after)] = explained(small_shop, small(TWICE), None, [bob]).values()
    assert [(entry.rule, entry.points) for entry in before.entries] == [("base", 100), ("first", 100)]
    assert [(entry.rule, entry.points) for entry in after.entries] == [("base", 200), ("first", 100)]
    assert after.entries[0].explanation["steps"][0]["points"] == "2"
    assert before.member_id == bob


def test_a_higher_threshold_leaves_members_in_a_lower_tier(small_shop: Shop, clock: FrozenClock) -> None:
    """Silver from 2,000 yuan instead of 1,000: what the tier multiplied goes with it, a year's end, too."""
    spends = {"Ann": [50_000, 40_000], "Bob": [100_000, 10_000], "Cy": [150_000, 60_000, 10_000]}
    members = {name: enrol_one(small_shop, name) for name in spends}
    for round_ in range(3):
        clock.move(days=1)
        for name, amounts in spends.items():
            for amount in amounts[round_ : round_ + 1]:
                buy(small_shop, members[name], f"{name}{round_}", line(amount))
    pairs = of(small_shop, small(("spend = 100_000", "spend = 200_000")))
    assert {name: (pairs[each][0].tier, pairs[each][1].tier) for name, each in members.items()} == {
        "Ann": ("basic", "basic"),
        "Bob": ("silver", "basic"),
        "Cy": ("silver", "silver"),
    }
    gained = {name: pairs[each][1].active - pairs[each][0].active for name, each in members.items()}
    assert gained == {"Ann": 0, "Bob": 100 - 150, "Cy": 600 - 900}
    assert pairs[members["Bob"]][1].notices["tier_reached"] == 0
    assert pairs[members["Bob"]][1].tier_until is None


def test_what_could_not_have_been_paid_is_not_bought(small_shop: Shop, clock: FrozenClock) -> None:
    """350 points, a mug of 300. For 400 it is not bought, and its cancelling gives nothing back."""
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(25_000))
    clock.move(days=1)
    wish = RewardWish(member=MemberRef(id=ann), reward="mug")
    first = redeem_reward(small_shop, Caller("chat:1", "mug"), wish)
    dearer = small(("prices = [{ points = 300 }", "prices = [{ points = 400 }"))
    before, after = of(small_shop, dearer)[ann]
    assert (before.active, after.active) == (50, 350)
    assert (before.unpaid, after.unpaid) == ((), (Unpaid("mug", 400, "points-short"),))
    cheaper = small(("prices = [{ points = 300 }", "prices = [{ points = 250 }"))
    assert of(small_shop, cheaper)[ann][1].active == 100
    gone = small(('id = "mug"', 'id = "cup"'))
    assert of(small_shop, gone)[ann][1].unpaid == (Unpaid("mug", 0, "reward-unknown"),)
    cancel_reward(small_shop, Caller("till:1", "no mug"), CancelReward(code=first.code))
    for draft in (PUBLISHED, dearer, cheaper):
        assert of(small_shop, draft)[ann][1].active == 350


def test_what_the_draft_refuses_is_counted(small_shop: Shop, clock: FrozenClock) -> None:
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(10_000, "gift-card"))
    check_in(small_shop, Caller("chat:1", "in"), CheckInWish(member_id=ann))
    draft = small(
        ('id = "gift-card"', 'id = "voucher"'), ('["gift-card"]', '["voucher"]'),
        ("[check_in]\npoints = 2\nstreaks = [{ days = 7, points = 20 }]\n", ""),
    )  # fmt: skip
    before, after = of(small_shop, draft)[ann]
    assert (before.active, after.active) == (102, 0)
    assert (before.refused, after.refused) == ({}, {"category-unknown": 1, "check-in-not-offered": 1})


def test_points_lapse_as_the_draft_has_it(small_shop: Shop, clock: FrozenClock) -> None:
    """After six months instead of twelve; nobody has swept yet, in the books either."""
    ann = enrol_one(small_shop)
    buy(small_shop, ann, "p1", line(10_000))
    clock.move(days=200)
    before, after = of(small_shop, small(("expires_months = 12", "expires_months = 6")))[ann]
    assert fields(before, "active", "lapsed") == (200, 0)
    assert fields(after, "active", "lapsed") == (0, 200)
    assert (before.notices["points_lapsed"], after.notices["points_lapsed"]) == (0, 1)
    clock.move(days=200)
    no_difference(small_shop, PUBLISHED, 1)
    [(before, _)] = outcomes(small_shop, PUBLISHED)
    assert fields(before, "active", "lapsed") == (0, 200)


def test_the_friends_of_a_forgotten_member_keep_what_they_were_given(small_shop: Shop, clock: FrozenClock) -> None:
    story = Story(small_shop, clock)
    ann, bob, _ = story.members
    buy(small_shop, bob, "p1", line(10_000))
    forget_member(small_shop, Caller("staff:bo", "forget"), Forget(member_id=bob))
    pairs = of(small_shop, PUBLISHED)
    assert bob not in pairs
    assert (pairs[ann][0].active, pairs[ann][1].active) == (50, 50)
    assert of(small_shop, small(("inviter_points = 50", "inviter_points = 70")))[ann][1].active == 70


BIRTHDAY = """[[earning.rules]]
id = "cake"
name = { en = "Birthday month", zh-Hans = "生日月" }
entry = "bonus"
fixed = 40
when = { birthday_month = true }

[check_in]"""


def test_purchases_are_judged_with_the_birthday_that_was_known_then(small_shop: Shop, clock: FrozenClock) -> None:
    """Told after the first purchase; on the card of Cy, who had it in this month, there is then one of July."""
    source = read(SMALL).replace("[check_in]", BIRTHDAY)
    transferable = source.replace('currency = "CNY"', 'currency = "CNY"\ntransferable = true')
    publish_program(small_shop, Caller("staff:bo", "v2"), ProgramDraft(source=transferable))
    clock.move(minutes=1)
    ann, cy = enrol_one(small_shop, "Ann"), enrol_one(small_shop, "Cy", birthday=date(1990, 3, 9))
    buy(small_shop, ann, "p1", line(10_000))
    buy(small_shop, cy, "p2", line(10_000))
    update_member(small_shop, Caller("chat:1", "b"), MemberChange(member_id=ann, birthday=date(1980, 3, 20)))
    dee = Person(name="Dee", birthday=date(2000, 7, 1))
    hand_on_card(small_shop, Caller("till:1", "h"), CardHandOn(member=MemberRef(id=cy), to=dee))
    buy(small_shop, ann, "p3", line(10_000))
    buy(small_shop, cy, "p4", line(10_000))
    assert {each: before.active for each, (before, _) in of(small_shop, PUBLISHED).items()} == {ann: 340, cy: 340}
    no_difference(small_shop, load(transferable, "v2"), 2)


def test_books_that_were_joined_stay_as_they_are(small_shop: Shop, clock: FrozenClock) -> None:
    """Ann has two cards, and invited Bob with one of them; Cy has to do with nobody."""
    story = Story(small_shop, clock)
    ann, bob, cy = story.members
    other = enrol_one(small_shop, "Ann again")
    for number, each in enumerate([ann, bob, cy, other]):
        buy(small_shop, each, f"p{number}", line(10_000))
    wish = Merge(keep=MemberRef(id=ann), other=MemberRef(id=other), reason="the same person")
    merge_members(small_shop, Caller("staff:bo", "merge"), wish)
    no_difference(small_shop, PUBLISHED, 3)
    pairs = of(small_shop, small(TWICE))
    assert {each: after.replayed for each, (_, after) in pairs.items()} == {ann: False, bob: False, cy: True}
    assert {each: after.active - before.active for each, (before, after) in pairs.items()} == {ann: 0, bob: 0, cy: 100}
    assert replay_program(small_shop, read(SMALL)).not_replayed == 2


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # test_processes.py has the other one
def test_a_crowd_is_shared_out_among_processes(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        buy(small_shop, enrol_one(small_shop, f"Member {number}"), f"p{number}", line(10_000 * (number + 1)))
    alone = of(small_shop, small(TWICE))
    monkeypatch.setattr(replay, "SHARED_FROM", 1)
    monkeypatch.setattr(replay, "processors", lambda: 2)
    monkeypatch.setattr(processes, "processors", lambda: 2)
    monkeypatch.setattr(circles, "TOGETHER", 2)
    assert of(small_shop, small(TWICE)) == alone
