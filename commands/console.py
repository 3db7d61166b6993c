"""What every command shares: where it prints, its exit codes, and the shop it works on."""

from __future__ import annotations

import logging
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import structlog
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import NoSuchModuleError

from commands.terminal import Terminal
from core.db.database import Database
from core.db.revisions import head, revision_of
from core.insight.programs import version_now
from core.rules.refusal import Refused
from core.services.moved_clock import clock_of
from core.services.once import Caller
from core.settings import Settings
from core.shop import Shop

out = Terminal(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

DONE, WRONG, BAD = 0, 1, 2
LONGEST_NAME = 50
SQLITE_HEADER = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html#magic_header_string


class BadInput(Exception):
    """What is wrong, where, and how to mend it."""


class Opened(ExitStack):
    """The databases of a command, closed when it ends, and the shop that it works on. What the shop refuses is said in
    the words of its program, as long as that can be read."""

    shop: Shop | None = None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        shop, self.shop = self.shop, None
        told = _told(shop, error) if shop and isinstance(error, Refused) else None
        super().__exit__(kind, error, trace)
        if told is not None:
            raise BadInput(told) from None


OPENED = Opened()


def open_settings() -> Settings:
    """The settings, with the log set up as they say."""
    settings = Settings()
    level = getattr(logging, settings.log_level.upper())
    # The default renderer shows every local variable of a traceback, tokens among them.
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    logging.basicConfig(level=max(level, logging.WARNING), format="%(levelname)s %(name)s: %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    return settings


def open_database(settings: Settings) -> Database:
    """The database of the settings, as it is."""
    try:
        database = Database(settings.database_url, busy_timeout_s=settings.busy_timeout_s)
        OPENED.callback(database.dispose)
    except NoSuchModuleError as error:
        raise BadInput(
            f"REGULARS_DATABASE_URL: {error}; write sqlite:///path or postgresql+psycopg://user@host/name"
        ) from error
    file = Path(database.url.database or "")
    if database.is_sqlite and file.is_file():
        with file.open("rb") as start:
            if start.read(len(SQLITE_HEADER)) not in (b"", SQLITE_HEADER):
                raise BadInput(
                    f"REGULARS_DATABASE_URL: {file} is not a database; choose another file, or move this one"
                )
    return database


def open_shop(settings: Settings | None = None, new: bool = False) -> Shop:
    """The shop, if its tables are those of this release. new: make them if there are none at all."""
    database = open_database(settings or open_settings())
    file = database.url.database
    missing = database.is_sqlite and bool(file) and not Path(file or "").exists()
    revision = None if missing else revision_of(database)
    if revision is None and new:
        from core.db.migrating import upgrade  # here alone, since it is slow to import

        upgrade(database)
    elif revision != head():
        where = database.url.render_as_string()
        state = "has no tables yet" if revision is None else f"has the tables of revision {revision}, not {head()}"
        raise BadInput(f"{where} {state}; run: regulars db upgrade")
    shop = Shop(database, clock_of(database))
    OPENED.shop = shop
    return shop


def _told(shop: Shop, refused: Refused) -> str | None:
    """In words, and by which rules."""
    from core.words.refusals import judged_words, refusal_words  # which take a while to import

    version = version_now(shop)
    if version is None:
        return None
    words = refusal_words(version.program, refused.refusal, "en")
    return f"{words}\n{judged_words(version.program, version.id, 'en')}"


def caller(name: str = "console") -> Caller:
    """Somebody at the console; each command is a wish of its own."""
    return Caller(actor(name), f"console:{token_hex(16)}")


def actor(name: str) -> str:
    """How the books call somebody at the console."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise BadInput(f"{name!r} is no name: it has 1 to {LONGEST_NAME} characters")
    return f"staff:{name.strip()}"


def moment(option: str, text: str) -> datetime:
    """What an option says, as an aware datetime."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text}: write it like 2026-12-01T00:00-05:00") from None
    if at.tzinfo is None:
        raise BadInput(f"{option} {text}: add the offset, like {text}-05:00")
    return at


def progress_bar() -> Progress:
    """On stderr, and gone when it is done."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True)
