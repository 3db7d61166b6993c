"""The front door: `regulars …` puts the rooms together. Exit codes: 0 done, 1 found something wrong, 2 bad input."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import typer
import typer.core
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError
from telegram.error import InvalidToken

from bot.app import WebhookRefused
from commands.audit import audit
from commands.campaign import campaign
from commands.care import care
from commands.console import BAD, DONE, OPENED, BadInput, err
from commands.db import db
from commands.demo import demo
from commands.importing import importing
from commands.keys import keys
from commands.members import members
from commands.prize_draw import prize_draw
from commands.program import program
from commands.report import report
from commands.segment import segment
from commands.serving import sandbox, serve
from commands.staff import staff
from core.db.database import DatabaseUnavailable
from core.db.migrating import NewerDatabase
from core.program.loading import ProgramError
from core.rules.refusal import Refused
from core.services.importing.columns import BadFile
from core.services.programs.story import StoryError
from core.words.refusals import refusal_words
from demo.database import NotTheDemos
from demo.households import DataMissing
from demo.stage import Stopped
from serving import CannotListen


class FrontDoor(typer.core.TyperGroup):
    """Turns what went wrong outside into a sentence and exit code 2; what is our fault keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with OPENED:
                return super().invoke(ctx)
        except Stopped:
            err.print("Stopped. What is loaded stays; the next start goes on from there.")
            raise typer.Exit(DONE) from None
        except BrokenPipeError:  # whoever read the output has seen enough; what is left of it goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    BrokenProcessPool: lambda error: (
        "A process that shared the work was ended from outside, perhaps for want of memory. Nothing was written; free "
        "some and try again."
    ),
    InvalidToken: lambda error: (
        "Telegram does not know this bot token; set REGULARS_BOT_TOKEN in the environment or .env to the one from "
        "@BotFather"
    ),
    WebhookRefused: lambda error: (
        f"Telegram does not take the webhook {error}; set REGULARS_WEBHOOK_URL to a public https address, or to "
        "nothing to poll"
    ),
    UnicodeDecodeError: lambda error: f"a file is not UTF-8 ({error}); save it as UTF-8",
    OSError: _missing_file,
}

app = typer.Typer(
    cls=FrontDoor, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Member self-service in a chat bot, with the loyalty engine behind it.",
)  # fmt: skip
for command in (demo, serve, sandbox, audit):
    app.command()(command)
NOUNS = {
    "care": care,
    "campaign": campaign,
    "db": db,
    "program": program,
    "import": importing,
    "keys": keys,
    "staff": staff,
    "members": members,
    "prize-draw": prize_draw,
    "report": report,
    "segment": segment,
}
for name, noun in NOUNS.items():
    app.add_typer(noun, name=name)

if __name__ == "__main__":
    app()
