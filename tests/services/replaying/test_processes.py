"""Work that is shared out among processes, of which one may die."""

from __future__ import annotations

import os
from concurrent.futures.process import BrokenProcessPool

import pytest
from sqlalchemy import text
from sqlmodel import Session

from core.db.database import Database
from core.services.replaying import processes
from core.services.replaying.processes import shared


def twice_or_die(session: Session, part: int) -> int:
    if part < 0:
        os._exit(1)
    return int(session.execute(text("SELECT 2 * :part"), {"part": part}).scalar_one())


def os_id(_session: Session, _part: int) -> int:
    return os.getpid()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answers_come_in_order_until_a_process_dies(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 1)
    answers = shared(database, twice_or_die, [1, 2, 3, 4, 5, -1])
    assert [next(answers), next(answers)] == [2, 4]
    with pytest.raises(BrokenProcessPool):
        list(answers)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_has_seen_enough_leaves_no_process_behind(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 1)
    answers = shared(database, os_id, range(100))
    worker = next(answers)
    assert worker != os.getpid()
    answers.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
