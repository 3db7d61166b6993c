"""What is said of each thing that can go wrong outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def sentence(error: Exception) -> str | None:
    """What is wrong and how to mend it; None: it is our fault."""
    for kind in type(error).__mro__:
        say = SENTENCES.get(f"{kind.__module__}.{kind.__qualname__}")
        if say is not None:
            return say(error)
    return None


def _refused(error: Any) -> str:
    from core.words.refusals import refusal_words

    return refusal_words(None, error.refusal, "en")


def _invalid(error: Any) -> str:
    """Of a setting, or of what the command line was told."""
    if error.title == "Settings":
        return _bad_settings(error)
    places = [(".".join(map(str, each["loc"])), each["msg"].removeprefix("Value error, ")) for each in error.errors()]
    return "\n".join(f"{place}: {said}" if place else said for place, said in places)


def _bad_settings(error: Any) -> str:
    faults = [f"REGULARS_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in error.errors()]
    return "\n".join([*faults, "Mend it in the environment or in .env; .env.example explains every setting."])


def _missing_file(error: Any) -> str:
    return f"{error.filename or 'a file'}: {error.strerror or error}; check the path and who may read it"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "commands.console.BadInput": str,
    "core.services.importing.columns.BadFile": str,
    "serving.CannotListen": str,
    "demo.households.DataMissing": str,
    "demo.database.NotTheDemos": str,
    "core.program.faults.ProgramError": lambda error: "\n".join(map(str, error.faults)),
    "core.services.programs.story.StoryError": str,
    "core.rules.refusal.Refused": _refused,
    "pydantic_core._pydantic_core.ValidationError": _invalid,
    "core.db.database.DatabaseUnavailable": lambda error: (
        f"The database is locked by another program, or gone: {error}. Nothing was written; check "
        "REGULARS_DATABASE_URL and try again."
    ),
    "core.db.migrating.NewerDatabase": lambda error: (
        f"The database was made by a later release of Regulars (revision {error}); run that release, or newer."
    ),
    "sqlalchemy.exc.ArgumentError": lambda error: (
        f"REGULARS_DATABASE_URL: {error}; write sqlite:///path or postgresql+psycopg://user@host/name"
    ),
    "concurrent.futures.process.BrokenProcessPool": lambda error: (
        "A process that shared the work was ended from outside, perhaps for want of memory. Nothing was written; free "
        "some and try again."
    ),
    "telegram.error.InvalidToken": lambda error: (
        "Telegram does not know this bot token; set REGULARS_BOT_TOKEN in the environment or .env to the one from "
        "@BotFather"
    ),
    "bot.app.WebhookRefused": lambda error: (
        f"Telegram does not take the webhook {error}; set REGULARS_WEBHOOK_URL to a public https address, or to "
        "nothing to poll"
    ),
    "builtins.UnicodeDecodeError": lambda error: f"a file is not UTF-8 ({error}); save it as UTF-8",
    "builtins.OSError": _missing_file,
}
"""By the kinds' full names: what was never imported was never raised, and need not be imported to be told."""
