"""The front door: `regulars …` puts the rooms together. Exit codes: 0 done, 1 found something wrong, 2 bad input.

A command is imported when it is called, so that who asks for help, or for a small thing, does not wait for the bot.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import typer
import typer.core
import typer.main

COMMANDS = {
    "demo": ("demo:demo", "A shop to try: a Telegram of our own, the bot, the API and a year of real shopping."),
    "serve": ("serving:serve", "Open a shop: the bot, the API, the worker that sends and the scheduler, or some."),
    "sandbox": ("serving:sandbox", "The Telegram of our own alone, for any bot: set its API address to it."),
    "audit": ("audit:audit", "Prove the books: rebuild every balance from the entries. Exit code 1 if any differs."),
    "care": ("care:care", "What members are sent as time passes, and what else time brings."),
    "campaign": ("campaign:campaign", "One message to many members, after a second person has agreed."),
    "db": ("db:db", "The database."),
    "program": ("program:program", "The loyalty program."),
    "import": ("importing:importing", "Bring in what another system knows (docs/import.md)."),
    "keys": ("keys:keys", "Keys that tills and staff call the API with."),
    "staff": ("staff:staff", "Staff who work from their chat with the bot."),
    "members": ("members:members", "Members who are one person, and who come back."),
    "prize-draw": ("prize_draw:prize_draw", "The prize draws."),
    "report": ("report:report", "What staff look at and export."),
    "segment": ("segment:segment", "Whom a message is for (docs/segments.md)."),
}
"""Where each is, under `commands`, and what it is for."""


class FrontDoor(typer.core.TyperGroup):
    """Turns what went wrong outside into a sentence and exit code 2; what is our fault keeps its traceback."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _, rest = super().resolve_command(ctx, args)
        return name, _found(name) if name else None, rest

    def invoke(self, ctx: Any) -> Any:
        from commands.console import BAD, DONE, OPENED, err
        from commands.failures import sentence

        try:
            with OPENED:
                return super().invoke(ctx)
        except BrokenPipeError:  # whoever read the output has seen enough; what is left of it goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(DONE) from None
        except Exception as error:
            told = sentence(error)
            if told is None:
                raise
            err.print(told, style="red", markup=False)
            raise typer.Exit(BAD) from None


def _found(name: str) -> Any:
    """The command itself, imported now."""
    place, purpose = COMMANDS[name]
    module, _, attribute = place.partition(":")
    command = getattr(import_module(f"commands.{module}"), attribute)
    holder = typer.Typer()
    if isinstance(command, typer.Typer):
        holder.add_typer(command, name=name, help=purpose)
    else:
        holder.command(name, help=purpose)(command)
    return typer.main.get_group(holder).commands[name]


app = typer.Typer(
    cls=FrontDoor, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Member self-service in a chat bot, with the loyalty engine behind it.",
)  # fmt: skip
for name, (_, purpose) in COMMANDS.items():
    app.command(name, help=purpose)(lambda: None)  # stands in for the command until it is called

if __name__ == "__main__":
    app()
