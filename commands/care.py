"""`regulars care …`"""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic_core import to_json
from rich.table import Table

from commands.care_journeys import journeys_of_care
from commands.console import open_shop, out
from core.insight.ticks import RunView
from core.insight.ticks import runs as runs_of

care = typer.Typer(no_args_is_help=True)
care.add_typer(journeys_of_care)


@care.callback()
def _several() -> None:
    """Without this typer would make the only command the whole of `care`."""


@care.command("runs")
def runs(
    tick: Annotated[str | None, typer.Option(help="Of this tick alone, such as plan_care or deliver.")] = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """What the scheduler and the worker did, newest first: when, how long, what was planned, sent, left out, failed."""
    shop = open_shop()
    with shop.read() as session:
        found = runs_of(session, last, tick)
    if as_json:
        print(to_json(found, indent=2).decode())
        return
    table = Table("started", "tick", "state", "ms", "planned", "sent", "left out", "failed", "also")
    for each in found:
        table.add_row(*_row(each))
    out.print(table)


def _row(run: RunView) -> list[str]:
    late = [f"for {run.missed} missed"] if run.missed else []
    also = [*late, *(f"{name} {value}" for name, value in (run.detail or {}).items()), *filter(None, [run.error])]
    return [
        f"{run.started_at:%Y-%m-%d %H:%M:%S}",
        run.tick,
        run.state,
        "" if run.took_ms is None else str(run.took_ms),
        *(str(count or "") for count in (run.planned, run.sent)),
        ", ".join(f"{reason} {count}" for reason, count in run.skipped.items()),
        str(run.failed or ""),
        ", ".join(also),
    ]
