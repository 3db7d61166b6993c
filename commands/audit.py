"""`regulars audit`."""

from __future__ import annotations

import typer
from rich.table import Table

from commands.console import WRONG, open_shop, out
from core.services.books.audit import audit as prove


def audit() -> None:
    """Prove the books: rebuild every balance, lot and tier from the entries. Exit code 1 if anything differs."""
    report = prove(open_shop())
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
