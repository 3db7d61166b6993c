"""What every service and every view stands on: the books, the time, the program in force."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session

from core.db.database import Database
from core.db.database import DatabaseUnavailable as DatabaseUnavailable  # for doors, which never import core.db
from core.db.prepared import Prepared
from core.db.programs import ProgramVersion
from core.db.programs import program_versions as versions
from core.ports import Chance, Clock, SystemChance, SystemClock
from core.program.loading import load
from core.program.schema import Program
from core.rules.refusal import Refused

IN_FORCE = (
    select(versions.c.id)
    .where(versions.c.effective_at <= bindparam("at"))
    .order_by(versions.c.effective_at.desc(), versions.c.id.desc())
    .limit(1)
)
"""The number of the version in force at the moment `at`; no row before the first one."""
_IN_FORCE = Prepared(IN_FORCE)
_FIRST = Prepared(select(versions.c.id).order_by(versions.c.effective_at, versions.c.id).limit(1))


@dataclass(frozen=True, slots=True)
class Version:
    """A published program and its number in the books."""

    id: int
    program: Program
    effective_at: datetime


@dataclass(frozen=True)
class Shop:
    """One shop: its database, clock and source of secrets. Cheap to share between threads."""

    database: Database
    clock: Clock = field(default_factory=SystemClock)
    chance: Chance = field(default_factory=SystemChance)
    _versions: dict[int, Version] = field(default_factory=dict)
    _idle: dict[int, bool] = field(default_factory=dict)
    _dormant: dict[int, bool] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        return self.clock.now()

    @property
    def reads_at_once(self) -> bool:
        """Whether a reader never waits: beside SQLite's write-ahead log, and no network in between."""
        return self.database.is_sqlite

    def read(self) -> AbstractContextManager[Session]:
        return self.database.read()

    def write(self) -> AbstractContextManager[Session]:
        return self.database.write()

    def trial(self) -> AbstractContextManager[Session]:
        return self.database.trial()

    def version_at(self, session: Session, at: datetime) -> Version:
        """The program in force at that time; before the first one, the first.

        Refused: no-program when none was ever published.
        """
        in_force = _IN_FORCE.scalar(session, {"at": at}) or _FIRST.scalar(session, {})
        if in_force is None:
            raise Refused("no-program")
        return self.version(session, in_force)

    def programs(self, session: Session) -> Callable[[datetime], Program]:
        """The program in force at any moment, for many moments at once. Refused: no-program."""
        heads = session.execute(
            select(versions.c.effective_at, versions.c.id).order_by(versions.c.effective_at, versions.c.id)
        ).all()
        if not heads:
            raise Refused("no-program")
        since = [head.effective_at for head in heads]

        def program_at(at: datetime) -> Program:
            return self.version(session, heads[max(0, bisect_right(since, at) - 1)].id).program

        return program_at

    def all_programs(self, session: Session) -> list[Program]:
        """Of every version that was ever published."""
        return [self.version(session, number).program for number in session.execute(select(versions.c.id)).scalars()]

    def line(self, session: Session) -> list[Version]:
        """Every published version, in the order in which they came or come into force."""
        order = (versions.c.effective_at, versions.c.id)
        numbers = session.execute(select(versions.c.id).order_by(*order)).scalars().all()
        return [self.version(session, number) for number in numbers]

    def lapses_by_inactivity(self, session: Session, version: Version) -> bool:
        """Whether points of that version or of one before it do; asked once a process, since neither changes."""
        known = self._idle.get(version.id)
        if known is None:
            earlier = session.execute(select(versions.c.id).where(versions.c.id <= version.id)).scalars()
            known = any(self.version(session, each).program.earning.expires == "inactivity" for each in earlier)
            self._idle[version.id] = known
        return known

    def closes_members(self, session: Session, version: Version) -> bool:
        """Whether that version or one before it closes members who stay away; asked once a process, too."""
        known = self._dormant.get(version.id)
        if known is None:
            earlier = session.execute(select(versions.c.id).where(versions.c.id <= version.id)).scalars()
            known = any(self.version(session, each).program.dormancy is not None for each in earlier)
            self._dormant[version.id] = known
        return known

    def version(self, session: Session, version_id: int) -> Version:
        """A version by its number; parsed once a process, since a published version never changes."""
        known = self._versions.get(version_id)
        if known is not None:
            return known
        row = session.get_one(ProgramVersion, version_id)
        version = Version(version_id, load(row.source, name=f"version {version_id}"), row.effective_at)
        with self._lock:
            self._versions[version_id] = version
        return version

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, Program]]:
        """A snapshot together with the program in force now."""
        with self.read() as session:
            yield session, self.version_at(session, self.now()).program
