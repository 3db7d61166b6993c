"""`regulars db …`"""

from __future__ import annotations

import typer

from commands import console
from core.db.migrating import upgrade as migrate
from core.db.revisions import head

db = typer.Typer(no_args_is_help=True)


@db.command()
def upgrade() -> None:
    """Create the tables, or bring them to this release."""
    opened = console.open_database(console.open_settings())
    migrate(opened)
    console.out.print(f"{opened.url.render_as_string()} is at revision {head()}.")
