"""`regulars demo`."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from commands.console import err, open_settings, out, progress_bar
from core.shop import Shop
from demo.database import DEFAULT_URL, open_database
from demo.households import HOUSEHOLDS
from demo.stage import Stage, Stopped, demo_shop, perform
from serving import run


def demo(
    as_json: Annotated[bool, typer.Option("--json", help="When ready, print one line: chat, api, admin_key.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Load all 2,469 households.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with a new database.")] = False,
) -> None:
    """A shop to try: a Telegram of our own, the bot, the API and a year of real shopping, in one process."""
    settings = open_settings()
    own = "database_url" not in settings.model_fields_set
    url = DEFAULT_URL if own else settings.database_url
    database = open_database(url, own=own, fresh=fresh, busy_timeout_s=settings.busy_timeout_s)
    count = HOUSEHOLDS if everything else settings.demo_members
    with progress_bar() as bar:
        task = bar.add_task(f"{count} households' purchases", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        def ready(stage: Stage) -> None:
            bar.stop()
            if as_json:
                print(json.dumps({"chat": stage.chat, "api": stage.api, "admin_key": stage.admin_key}), flush=True)
            else:
                _announce(stage, shop)

        shop = demo_shop(database)
        try:
            run(perform(shop, settings, count, show, ready))
        except Stopped:
            err.print("Stopped. What is loaded stays; the next start goes on from there.")


def _announce(stage: Stage, shop: Shop) -> None:
    places = {"Chat": stage.chat, "API": f"{stage.api}/v1, described at {stage.api}/docs", "Admin key": stage.admin_key}
    table = Table.grid(padding=(0, 2))
    for what, where in places.items():
        table.add_row(what, where)
    out.print(table)
    regulars = sys.argv[0] if Path(sys.argv[0]).name == "regulars" else "regulars"
    out.print("\nThe command line, in another terminal, in this folder:")
    out.print(f"  export REGULARS_DATABASE_URL={_url(shop)}", markup=False)
    for command in ("care list", f"care plan --on {_tomorrow(shop)}", "report members", "members duplicates", "audit"):
        out.print(f"  {regulars} {command}", markup=False)
    loaded = stage.loaded
    out.print(f"\n{loaded.members} households, {loaded.purchases + loaded.known} purchases. Ctrl-C ends.")


def _url(shop: Shop) -> str:
    """Good in any folder; a password in it is not shown."""
    url = shop.database.url
    if shop.database.is_sqlite and url.database:
        url = url.set(database=str(Path(url.database).absolute()))
    return url.render_as_string()


def _tomorrow(shop: Shop) -> date:
    with shop.reading() as (_, program):
        return shop.now().astimezone(program.program.zone).date() + timedelta(days=1)
