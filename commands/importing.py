"""`regulars import …`"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.console import BAD, WRONG, err, open_shop, out, progress_bar
from core.services.importing.columns import ColumnMap, load_columns
from core.services.importing.import_balances import import_balances
from core.services.importing.import_coupons import import_coupons
from core.services.importing.import_members import import_members
from core.services.importing.import_purchases import import_purchases
from core.services.importing.import_tiers import import_tiers
from core.services.importing.outcome import Imported
from core.services.importing.report import RefusedRows
from core.services.once import Caller

importing = typer.Typer(no_args_is_help=True)

CsvFile = Annotated[Path, typer.Argument(metavar="FILE.csv")]
Columns = Annotated[Path | None, typer.Option(metavar="MAP.toml", help="How the file is written (docs/import.md).")]
Report = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Where refused rows go, by default FILE.refused.csv.")
]


@importing.command()
def members(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Enrol the members of a CSV. Safe to run again."""
    _import(import_members, "members", file, columns, report)


@importing.command()
def purchases(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Record the purchases of a CSV, one row for each line of each purchase. Safe to run again."""
    _import(import_purchases, "purchases", file, columns, report)


@importing.command()
def balances(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Post the points of a CSV, each row with the day they lapse. Safe to run again."""
    _import(import_balances, "balances", file, columns, report)


@importing.command()
def tiers(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Take over the members' tiers of a CSV, each until its day. Safe to run again."""
    _import(import_tiers, "tiers", file, columns, report)


@importing.command()
def coupons(file: CsvFile, columns: Columns = None, report: Report = None) -> None:
    """Take over the members' coupons of a CSV, with their codes. Safe to run again."""
    _import(import_coupons, "coupons", file, columns, report)


def _import(service: Callable[..., Imported], what: str, file: Path, columns: Path | None, report: Path | None) -> None:
    shop = open_shop()
    mapped = load_columns(columns) if columns else ColumnMap()
    refused = RefusedRows(report or file.with_suffix(".refused.csv"))
    try:
        with progress_bar() as bar:
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
