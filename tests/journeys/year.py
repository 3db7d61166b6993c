"""A year of care, simulated: members all over the world, everything that time brings, and whatever may go wrong.

What leaves is held, at the moment it leaves, against what the member has said; at the end every occasion has ended in
one state, and every gift is in the books once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlmodel import Session

from bot.scheduler import TICKS
from core.db.chats import chats
from core.db.coupons import coupons
from core.db.deliveries import deliveries
from core.db.ledger import entries
from core.db.members import members
from core.db.mutes import mutes
from core.rules.messaging import Caps
from core.services.deliveries.deliver import Policy, any_due, begin, turn
from core.services.deliveries.leaving import Outcome, Outgoing
from core.services.deliveries.senders import Lead
from core.services.deliveries.tapped import tapped
from core.services.members.update_member import MemberChange, update_member
from core.services.once import Caller
from core.services.run_ticks import Timekeeper, run_ticks
from core.shop import Shop
from tests.conftest import SMALL, FrozenClock
from tests.shopping import buy, enrol_one, line, proven

SHOP = SMALL.read_text("utf-8").replace('[birthday]\ncoupon = "ten-off"\n', "")  # the journey brings one
CARE = Path(__file__).parents[1].joinpath("care.toml").read_text("utf-8")
PROGRAM = SHOP + CARE
FEW = ("welcome", "second", "thanks", "birthday", "statement")
_HEAD, *_JOURNEYS = CARE.split("[[journeys]]\n")
SMALL_PROGRAM = "[[journeys]]\n".join(
    [SHOP + _HEAD, *(each for each in _JOURNEYS if each.startswith(tuple(f'id = "{name}"' for name in FEW)))]
)
"""With few journeys: what each costs to plan, day by day, is what a year takes."""
POLICY = Policy(Caps(1, 3), care=Caps(3, 7))
CAPS = {  # by hand: on a day, in seven
    "promo": {None: (1, 3), "lively": (1, 3), "fast": (1, 2), "careful": (1, 2), "calm": (1, 1)},
    "care": {None: (3, 7), "lively": (3, 7), "fast": (3, 4), "careful": (1, 4), "calm": (1, 2)},
}
SHANGHAI = "Asia/Shanghai"
ZONES: tuple[str | None, ...] = (None, "Pacific/Kiritimati", "America/New_York", "Pacific/Honolulu", "Europe/Berlin")
QUIET = ((1320, 480), (60, 150), (None, None), (780, 840))
STYLES = (None, "lively", "calm", "fast", "careful")
PURPOSES = {"care": "care", "promo": "offers"}
TICKS_OF_CARE = tuple(tick for tick in TICKS if tick.name in ("run_due", "plan_care"))


class Killed(BaseException):
    """The process ends here and now."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A message that left. at: when; day: which day that was where the member lived."""

    delivery_id: int
    member_id: int
    kind: str
    at: datetime


@dataclass
class Year:
    """troubles: how likely each write is to be the process's last, and each step to bring something worse."""

    shop: Shop
    clock: FrozenClock
    seed: int
    people: int = 6
    zones: int = len(ZONES)
    troubles: float = 0.0
    ticks: tuple[Any, ...] = TICKS_OF_CARE
    gone: list[Gone] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._real = datetime(2030, 1, 1, tzinfo=UTC)
        self._names = 0
        self._armed = self._calm = False
        self._ids: list[int] = []
        self._declined: set[tuple[int, str]] = set()
        self._keepers = [self._new_keeper(), self._new_keeper()]
        self._lead = self._new_lead()

    def live(self, days: int, hours: tuple[float, float]) -> None:
        """hours: how long a step is, at least and at most."""
        self._enrol()
        end = self.clock.now() + timedelta(days=days)
        with self._mortal():
            while self.clock.now() < end:
                self._step(self._random.uniform(*hours))
            self._calm = True
            for _ in range(20):  # what was put off, until nothing is left over
                self._step(24)
        self._check(days)

    def _enrol(self) -> None:
        draw = self._random
        for number in range(self.people):
            birthday = date(1988, 2, 29) if number == 0 else date(1990, draw.randint(1, 12), draw.randint(1, 28))
            member_id = enrol_one(self.shop, f"M{number}", birthday=birthday, language=draw.choice(["en", "zh-Hans"]))
            self._ids.append(member_id)
            since, until = QUIET[number % len(QUIET)]
            own = {"zone": ZONES[number % self.zones], "quiet_from": since, "quiet_until": until}
            agreed = dict.fromkeys(("allow_offers", "allow_care", "allow_statement"), True)
            self._set(member_id, style=STYLES[number % len(STYLES)], **own, **agreed)
            chat = {"id": 1000 + number, "member_id": member_id, "language": "en", "blocked": False}
            with self.shop.write() as session:
                session.execute(chats.insert().values(**chat, seen_at=self.shop.now()))

    def _step(self, hours: float) -> None:
        self.clock.move(hours=hours)
        self._real += timedelta(seconds=45)
        if not self._calm:
            self._deed()
            self._worse()
        for keeper in self._keepers if self._random.random() < 0.1 else self._keepers[:1]:
            self._alive(lambda keeper=keeper: run_ticks(keeper, self.ticks))  # type: ignore[misc]
        while any_due(self.shop):
            self._alive(self._deliver)
            self.clock.move(seconds=1)

    def _alive(self, work: Callable[[], object]) -> None:
        """After a kill another process begins, once the leases of the dead are over."""
        try:
            self._armed = not self._calm
            work()
        except Killed:
            self.happened["killed"] += 1
            self._real += timedelta(seconds=200)
            self._keepers = [self._keepers[1], self._new_keeper()]
            self._lead = self._new_lead()
        finally:
            self._armed = False

    def _deliver(self) -> None:
        """A turn of the worker, whose requests all arrive."""
        until = self._real + timedelta(seconds=6)
        if begin(self.shop, self._lead, POLICY, self._real, until) is None:
            return
        if self._armed and self._random.random() < 0.2:
            self._opt_out()
        going = turn(self.shop, self._lead, [], 100, POLICY, until).outgoing
        messages = [each for each in going if isinstance(each, Outgoing)]
        for each in messages:
            self._held_to_manners(each)
        turn(self.shop, self._lead, [Outcome(each, "sent", message_id=each.id) for each in messages], 0, POLICY, until)

    def _held_to_manners(self, message: Outgoing) -> None:
        """At the moment that it leaves."""
        now = self.shop.now()
        with self.shop.read() as session:
            who = session.execute(select(members).where(members.c.id == message.member_id)).one()
            row = session.execute(select(deliveries).where(deliveries.c.id == message.id)).one()
            unheard = session.execute(select(mutes.c.kind).where(mutes.c.member_id == who.id)).scalars().all()
        told = (self.seed, row.source, row.occasion, now.isoformat(), who.zone, who.style)
        assert row.due_at <= now < row.expires_at, told
        if row.kind != "transactional":
            zone = ZoneInfo(who.zone or SHANGHAI)
            local = now.astimezone(zone)
            minute = local.hour * 60 + local.minute
            assert row.purpose == "membership" or getattr(who, f"allow_{row.purpose}"), told
            assert row.source not in unheard, told
            assert not _within(minute, who.quiet_from, who.quiet_until), told
            days = [g.at.astimezone(zone).date() for g in self._earlier(who.id, row)]
            on_day, in_week = CAPS[row.kind][who.style]
            assert days.count(local.date()) < on_day, told
            assert sum(0 <= (local.date() - each).days < 7 for each in days) < in_week, told
        times = sum(each.delivery_id == row.id for each in self.gone)
        assert times <= (row.kind == "transactional" and row.doubts > 0), told
        self.gone.append(Gone(row.id, who.id, row.kind, now))

    def _earlier(self, member_id: int, row: Any) -> list[Gone]:
        return [each for each in self.gone if (each.member_id, each.kind) == (member_id, row.kind)]

    def _deed(self) -> None:
        """Something that a member does."""
        draw, who = self._random, self._random.choice(self._ids)
        match draw.randrange(12):
            case 0 | 1:
                number = f"p{len(self.happened)}-{self.happened['bought']}"
                self.happened["bought"] += 1
                buy(self.shop, who, f"{self.seed}-{number}", line(draw.choice([900, 6000, 40_000])))
            case 2:
                self._set(who, **{f"allow_{draw.choice(['care', 'offers', 'statement'])}": True})
            case 3:
                self._opt_out()
            case 4:
                self._move(who, draw.choice(ZONES[: self.zones]))
            case 5:
                since, until = draw.choice(QUIET)
                self._set(who, quiet_from=since, quiet_until=until, style=draw.choice(STYLES))
            case 6 if self.gone:
                self._mute(draw.choice(self.gone))

    def _worse(self) -> None:
        """An outage, or a clock that is set back."""
        if self.troubles and self._random.random() < 0.02:
            self.happened["outage"] += 1
            self.clock.move(hours=self._random.choice([3, 30, 24 * 4]))
        if self.troubles and self._random.random() < 0.02:
            self.happened["set back"] += 1
            self.clock.move(hours=-self._random.choice([0.5, 1, 2]))

    def _opt_out(self) -> None:
        purpose = self._random.choice(["care", "offers", "statement"])
        who = self._random.choice(self._ids)
        self._declined.add((who, purpose))
        self._set(who, **{f"allow_{purpose}": False})

    def _mute(self, message: Gone) -> None:
        with self.shop.read() as session:
            source = session.execute(
                select(deliveries.c.source).where(deliveries.c.id == message.delivery_id)
            ).scalar_one()
        row = {"member_id": message.member_id, "kind": source, "at": self.shop.now()}
        with self.shop.write() as session:
            session.execute(mutes.delete().where(mutes.c.member_id == message.member_id))
            session.execute(mutes.insert().values(row))
        tapped(self.shop, message.delivery_id, message.member_id, message.delivery_id)

    def _move(self, member_id: int, zone: str | None) -> None:
        """Through the service: it keeps where care has to look for what the move would skip."""
        self.happened["moved"] += 1
        caller = Caller(f"chat:{member_id}", f"move:{self.happened['moved']}")
        update_member(self.shop, caller, MemberChange(member_id=member_id, zone=zone))

    def _set(self, member_id: int, **values: Any) -> None:
        with self.shop.write() as session:
            session.execute(update(members).where(members.c.id == member_id).values(values))

    def _new_keeper(self) -> Timekeeper:
        self._names += 1
        return Timekeeper(self.shop, f"keeper-{self._names}", lambda: self._real)

    def _new_lead(self) -> Lead:
        self._names += 1
        return Lead(42, f"42:{self._names}")

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        """While ticks and turns run, any of their writes may be the last thing that the process does."""
        plain = self.shop.database.write

        @contextmanager
        def write() -> Iterator[Session]:
            end = self._random.random() if self._armed else 1.0
            with plain() as session:
                yield session
                if end < self.troubles / 2:
                    raise Killed  # before the commit
            if end < self.troubles:
                raise Killed  # after it

        self.shop.database.write = write  # type: ignore[method-assign]
        try:
            yield
        finally:
            self.shop.database.write = plain  # type: ignore[method-assign]

    def _check(self, days: int) -> None:
        with self.shop.read() as session:
            rows = list(session.execute(select(deliveries)))
            given = session.execute(select(coupons.c.member_id, coupons.c.source)).all()
            bonuses = list(session.execute(select(entries).where(entries.c.rule.startswith("journey:"))))
        now = self.shop.now()
        owed = [
            row for row in rows if row.state in ("sending", "paused") or (row.state == "planned" and row.due_at <= now)
        ]
        assert owed == [], (self.seed, owed[:3])
        assert all((row.ended_at is None) == (row.state == "planned") for row in rows), self.seed
        left = Counter(each.delivery_id for each in self.gone)
        assert all(left[row.id] > 0 for row in rows if row.state == "sent"), self.seed
        assert all(row.state in ("sent", "in_doubt") for row in rows if left[row.id]), self.seed
        self._check_gifts(rows, Counter((each.member_id, each.source) for each in given), bonuses)
        if days > 365:
            self._check_nothing_is_missing(rows)
        proven(self.shop)

    def _check_gifts(self, rows: list[Any], given: Counter[tuple[int, str]], bonuses: list[Any]) -> None:
        assert set(given.values()) <= {1}, (self.seed, given.most_common(3))
        credited = Counter((each.member_id, each.source) for each in bonuses)
        assert set(credited.values()) <= {1}, (self.seed, credited.most_common(3))
        promised = {(row.member_id, f"{row.source}:{row.occasion}") for row in rows if row.occasion == "joined/3"}
        assert credited.keys() == promised, self.seed
        assert promised <= given.keys(), self.seed

    def _check_nothing_is_missing(self, rows: list[Any]) -> None:
        """Each birthday of the year, and each month's end for who always wanted to know, once for each member."""
        for member_id in self._ids:
            mine = [row for row in rows if row.member_id == member_id]
            greeted = [row.occasion for row in mine if row.source == "journey:birthday" and row.occasion.endswith("/0")]
            assert len(greeted) == len(set(greeted)) >= 1, (self.seed, member_id, greeted)
            months = [row for row in mine if row.source == "journey:statement"]
            if (member_id, "statement") not in self._declined:
                assert len(months) >= 12, (self.seed, member_id, len(months))


def _within(minute: int, since: int | None, until: int | None) -> bool:
    if since is None or until is None:
        return False
    return since <= minute < until if since < until else minute >= since or minute < until
