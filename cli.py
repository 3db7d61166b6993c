"""The front door: `regulars …` puts the rooms together. Exit codes: 0 done, 1 found something wrong, 2 bad input."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import structlog
import typer
import typer.core
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from telegram.error import InvalidToken

from bot.sandbox.server import run as run_sandbox
from core.db.database import Database, DatabaseUnavailable
from core.db.migrating import NewerDatabase, head, revision_of, upgrade
from core.insight.programs import history, version_view
from core.program.loading import ProgramError, load_file, read
from core.rules.refusal import Refused
from core.services.audit import audit as prove
from core.services.import_members import import_members
from core.services.import_purchases import import_purchases
from core.services.importing.columns import BadFile, ColumnMap, load_columns
from core.services.importing.outcome import Imported
from core.services.importing.report import RefusedRows
from core.services.keys import Scope, create_key, revoke_keys
from core.services.once import Caller
from core.services.preview_program import preview_program
from core.services.publish_program import ProgramDraft, ensure_program, publish_program
from core.services.story import StoryError, read_story
from core.settings import Settings
from core.shop import Shop
from core.words.refusals import refusal_words
from demo.database import DEFAULT_URL, NotTheDemos, open_database
from demo.households import HOUSEHOLDS, DataMissing
from demo.stage import Stage, Stopped, demo_shop, perform
from serving import CannotListen, Role, open_doors, run, stop_on_signals

out = Console(soft_wrap=True, highlight=False)
err = Console(stderr=True, soft_wrap=True, highlight=False)

DONE, WRONG, BAD = 0, 1, 2
HISTORY_WIDTH = 150  # its moments and names in one line each, for people with scripts
OPENED = ExitStack()  # the databases of this command, closed when it ends
SQLITE_HEADER = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html#magic_header_string


class BadInput(Exception):
    """What is wrong, where, and how to mend it."""


class FrontDoor(typer.core.TyperGroup):
    """Turns what went wrong outside into a sentence and exit code 2; what is our fault keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with OPENED:
                return super().invoke(ctx)
        except Stopped:
            err.print("Stopped. What is loaded stays; the next start goes on from there.")
            raise typer.Exit(DONE) from None
        except tuple(SENTENCES) as error:
            sentence = next(say for kind, say in SENTENCES.items() if isinstance(error, kind))
            err.print(sentence(error), style="red", markup=False)
            raise typer.Exit(BAD) from None


def _bad_settings(error: Any) -> str:
    faults = [f"REGULARS_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "\n".join([*faults, "Mend it in the environment or in .env; .env.example explains every setting."])


def _missing_file(error: Any) -> str:
    return f"{error.filename or 'a file'}: {error.strerror or error}; check the path and who may read it"


SENTENCES: dict[type[Exception], Callable[[Any], str]] = {
    BadInput: str,
    BadFile: str,
    CannotListen: str,
    DataMissing: str,
    NotTheDemos: str,
    ProgramError: lambda error: "\n".join(map(str, error.faults)),
    StoryError: str,
    Refused: lambda error: refusal_words(None, error.refusal, "en"),
    ValidationError: _bad_settings,
    DatabaseUnavailable: lambda error: (
        f"The database is locked by another program, or gone: {error}. Nothing was written; check "
        "REGULARS_DATABASE_URL and try again."
    ),
    NewerDatabase: lambda error: (
        f"The database was made by a later release of Regulars (revision {error}); run that release, or newer."
    ),
    ArgumentError: lambda error: (
        f"REGULARS_DATABASE_URL: {error}; write sqlite:///path or postgresql+psycopg://user@host/name"
    ),
    InvalidToken: lambda error: (
        "Telegram does not know this bot token; set REGULARS_BOT_TOKEN in the environment or .env to the one from "
        "@BotFather"
    ),
    UnicodeDecodeError: lambda error: f"a file is not UTF-8 ({error}); save it as UTF-8",
    OSError: _missing_file,
}

app = typer.Typer(
    cls=FrontDoor, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Member self-service in a chat bot, with the loyalty engine behind it.",
)  # fmt: skip
db = typer.Typer(no_args_is_help=True, help="The database.")
program = typer.Typer(no_args_is_help=True, help="The loyalty program.")
importing = typer.Typer(no_args_is_help=True, help="Bring in members and purchases of another system (docs/import.md).")
keys = typer.Typer(no_args_is_help=True, help="Keys that tills and staff call the API with.")
for name, part in {"db": db, "program": program, "import": importing, "keys": keys}.items():
    app.add_typer(part, name=name)


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="When ready, print one line: chat, api, admin_key.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Load all 2,469 households.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with a new database.")] = False,
) -> None:
    """A shop to try: a Telegram of our own, the bot, the API and a year of real shopping, in one process."""
    settings = _settings()
    own = "database_url" not in settings.model_fields_set
    url = DEFAULT_URL if own else settings.database_url
    database = open_database(url, own=own, fresh=fresh, busy_timeout_s=settings.busy_timeout_s)
    count = HOUSEHOLDS if everything else settings.demo_members
    with _progress() as bar:
        task = bar.add_task(f"{count} households' purchases", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        def ready(stage: Stage) -> None:
            bar.stop()
            _announce(stage, as_json)

        run(perform(demo_shop(database), settings, count, show, ready))


def _announce(stage: Stage, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"chat": stage.chat, "api": stage.api, "admin_key": stage.admin_key}), flush=True)
        return
    table = Table.grid(padding=(0, 2))
    for what, where in {"Chat": stage.chat, "API": f"{stage.api}/v1", "Admin key": stage.admin_key}.items():
        table.add_row(what, where)
    out.print(table)
    loaded = stage.loaded
    out.print(f"{loaded.members} households, {loaded.purchases + loaded.known} purchases. Ctrl-C ends.")


@app.command()
def serve(
    roles: Annotated[
        list[Role] | None, typer.Argument(help="Which doors to open; all of them if none is named.")
    ] = None,
) -> None:
    """Open a shop: the bot (polling), the API and the scheduler, or some of them."""
    settings = _settings()
    chosen = roles or list(Role)
    if Role.BOT in chosen and not settings.bot_token.get_secret_value():
        raise BadInput(
            "There is no bot token. Set REGULARS_BOT_TOKEN in the environment or .env to the one from @BotFather, "
            "or leave the bot out: regulars serve api scheduler"
        )
    shop = _shop(settings, new=True)
    ensure_program(shop, settings.program_file)

    async def opened() -> None:
        async with stop_on_signals() as stop:
            await open_doors(shop, settings, chosen, stop, ready=lambda: err.print(f"Open: {', '.join(chosen)}."))

    run(opened())


@app.command()
def sandbox(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
) -> None:
    """The Telegram of our own alone, for any bot: set the bot's API address to it."""
    settings = _settings()
    raise typer.Exit(run_sandbox(settings.sandbox_host, settings.sandbox_port if port is None else port))


@db.command("upgrade")
def db_upgrade() -> None:
    """Create the tables, or bring them to this release."""
    database = _database(_settings())
    upgrade(database)
    out.print(f"{database.url.render_as_string()} is at revision {head()}.")


@program.command("check")
def program_check(file: Path) -> None:
    """Say everything that is wrong with a program file, each with its line and how to mend it."""
    checked = load_file(file)
    parts = {
        "tiers": len(checked.tiers),
        "earning rules": len(checked.earning.rules),
        "coupons": len(checked.coupons),
        "rewards": len(checked.rewards),
        "offers": len(checked.offers),
    }
    out.print(f"{file} is fine: {', '.join(f'{count} {what}' for what, count in parts.items())}.")


@program.command("publish")
def program_publish(
    file: Path,
    effective_at: Annotated[
        str | None, typer.Option(help="From when on it judges, like 2026-12-01T00:00-05:00.")
    ] = None,
) -> None:
    """Let a program file take effect, now or later."""
    source = read(file)
    load_file(file)
    at = _moment(effective_at) if effective_at else None
    published = publish_program(_shop(), _staff(), ProgramDraft(source=source, effective_at=at))
    out.print(f"Version {published.id} of {published.program}, in force from {published.effective_at.isoformat()}.")


@program.command("show")
def program_show(
    version: Annotated[int | None, typer.Option(help="Its number in the history, instead of the one in force.")] = None,
) -> None:
    """Print the program in force, word for word; which version it is goes to stderr."""
    shop = _shop()
    with shop.read() as session:
        number = shop.version_at(session, shop.now()).id if version is None else version
        shown = version_view(session, number)
    if shown is None:
        raise BadInput(f"--version {version}: there is no such version; regulars program history lists them")
    err.print(f"Version {shown.id} of {shown.program}, in force from {shown.effective_at.isoformat()}.")
    print(shown.source, end="")


@program.command("history")
def program_history() -> None:
    """Every version that was published. To go back to one: program show --version N > FILE, then publish FILE."""
    shop = _shop()
    with shop.read() as session:
        in_force = shop.version_at(session, shop.now()).id
        versions = history(session)
    table = Table("version", "program", "in force from", "published", "by", "text")
    for each in versions:
        number = f"{each.id} (in force)" if each.id == in_force else str(each.id)
        moments = (each.effective_at.isoformat(), each.published_at.isoformat(timespec="seconds"))
        table.add_row(number, each.program, *moments, each.published_by, each.sha256[:12])
    Console(width=max(out.width, HISTORY_WIDTH), highlight=False).print(table)


@program.command("preview")
def program_preview(
    file: Path,
    story: Annotated[Path, typer.Argument(metavar="STORY.jsonl", help="What happens, one event a line.")],
) -> None:
    """Run a story through a program file on books of its own; a JSON line says what each event brought."""
    judged = load_file(file)
    for told in preview_program(read(file), judged, read_story(story, judged)):
        print(told.model_dump_json(), flush=True)


CsvFile = Annotated[Path, typer.Argument(metavar="FILE.csv")]
Columns = Annotated[Path | None, typer.Option(metavar="MAP.toml", help="How the file is written (docs/import.md).")]
Report = Annotated[Path | None, typer.Option(metavar="FILE", help="Where refused rows go [FILE.refused.csv].")]


@importing.command("members")
def import_members_file(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Enrol the members of a CSV. Safe to run again."""
    _import(import_members, "members", file, columns, report)


@importing.command("purchases")
def import_purchases_file(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Record the purchases of a CSV, one row for each line of each purchase. Safe to run again."""
    _import(import_purchases, "purchases", file, columns, report)


def _import(service: Callable[..., Imported], what: str, file: Path, columns: Path | None, report: Path | None) -> None:
    shop = _shop()
    mapped = load_columns(columns) if columns else ColumnMap()
    refused = RefusedRows(report or file.with_suffix(".refused.csv"))
    try:
        with _progress() as bar:
            tasks: dict[str, Any] = {}

            def show(stage: str, done: int, total: int) -> None:
                if stage not in tasks:
                    tasks[stage] = bar.add_task(stage)
                bar.update(tasks[stage], completed=done, total=total)

            counted = service(shop, Caller("import", ""), file, mapped, refused.add, show)
    except KeyboardInterrupt:
        err.print("Stopped. What is in the books stays; run the same command again to go on.")
        raise typer.Exit(BAD) from None
    finally:
        refused.close()
    out.print(f"{counted.rows} rows: {counted.accepted} {what} in the books, {counted.refused} rows refused.")
    if counted.refused:
        out.print(f"Every refused row, with the way to mend it: {refused.path}")
        raise typer.Exit(WRONG)


@app.command()
def audit() -> None:
    """Prove the books: rebuild every balance, lot and tier from the entries. Exit code 1 if anything differs."""
    report = prove(_shop())
    counted = f"{report.accounts} accounts, {report.entries} entries, {report.lots} lots"
    if not report.found:
        out.print(f"The books are right: {counted}.")
        return
    table = Table("what", "member", "where", "stored", "proven")
    for each in report.differences:
        table.add_row(each.what, str(each.member_id), each.where, each.stored, each.proven)
    out.print(table)
    out.print(
        f"{report.found} differences in {counted}; shown: {len(report.differences)}. docs/operations.md says more."
    )
    raise typer.Exit(WRONG)


@keys.command("create")
def keys_create(name: str, scope: Annotated[list[str], typer.Option(help="till, staff or admin.")]) -> None:
    """Make a key and print it. It is shown this once."""
    known: list[Scope] = ["till", "staff", "admin"]
    if unknown := set(scope) - set(known):
        raise BadInput(f"--scope {', '.join(sorted(unknown))}: there are till, staff and admin")
    print(create_key(_shop(), name, [each for each in known if each in scope]))


@keys.command("revoke")
def keys_revoke(name: str) -> None:
    """Let a key work no more."""
    if not revoke_keys(_shop(), name):
        raise BadInput(f"There is no key called {name!r} that still works.")
    out.print(f"Revoked: {name}.")


def _settings() -> Settings:
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


def _database(settings: Settings) -> Database:
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


def _shop(settings: Settings | None = None, new: bool = False) -> Shop:
    """The shop, if its tables are those of this release. new: make them if there are none at all."""
    database = _database(settings or _settings())
    file = database.url.database
    missing = database.is_sqlite and bool(file) and not Path(file or "").exists()
    revision = None if missing else revision_of(database)
    if revision is None and new:
        upgrade(database)
    elif revision != head():
        where = database.url.render_as_string()
        state = "has no tables yet" if revision is None else f"has the tables of revision {revision}, not {head()}"
        raise BadInput(f"{where} {state}; run: regulars db upgrade")
    return Shop(database)


def _staff() -> Caller:
    return Caller("staff:console", f"console:{token_hex(16)}")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--effective-at {text}: write it like 2026-12-01T00:00-05:00") from None
    if at.tzinfo is None:
        raise BadInput(f"--effective-at {text}: add the offset, like {text}-05:00")
    return at


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=err, transient=True)


if __name__ == "__main__":
    app()
