"""`regulars keys …`"""

from __future__ import annotations

from typing import Annotated

import typer

from commands.console import BadInput, open_shop, out
from core.services.staff.keys import Scope, create_key, revoke_keys

keys = typer.Typer(no_args_is_help=True)


@keys.command()
def create(name: str, scope: Annotated[list[str], typer.Option(help="till, staff or admin.")]) -> None:
    """Make a key and print it. It is shown this once."""
    known: list[Scope] = ["till", "staff", "admin"]
    if unknown := set(scope) - set(known):
        raise BadInput(f"--scope {', '.join(sorted(unknown))}: there are till, staff and admin")
    print(create_key(open_shop(), name, [each for each in known if each in scope]))


@keys.command()
def revoke(name: str) -> None:
    """Let a key work no more."""
    if not revoke_keys(open_shop(), name):
        raise BadInput(f"There is no key called {name!r} that still works.")
    out.print(f"Revoked: {name}.")
