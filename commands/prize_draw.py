"""`regulars prize-draw …`"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from commands.console import WRONG, open_shop, out
from core.insight.prize_draw_audit import RoundAudit, audit_round
from core.insight.prize_draws import rounds_of

WIDTH = 200  # seeds and commitments in one line each, for people with scripts

prize_draw = typer.Typer(no_args_is_help=True)


@prize_draw.callback()
def _named() -> None:
    """So that the one command is called by its name."""


@prize_draw.command()
def audit(
    draw: Annotated[str, typer.Argument(help="The prize draw's id in the program.")],
    round_number: Annotated[int | None, typer.Option("--round", help="One round instead of all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each round.")] = False,
) -> None:
    """Recompute every play from the seed of its round, and set the counts beside the odds. Exit code 1 if anything
    differs. The seed of an open round is not shown."""
    shop = open_shop()
    with shop.read() as session:
        known = [each.number for each in reversed(rounds_of(shop, session, draw))]
        wanted = known if round_number is None else [round_number]
        reports = [audit_round(shop, session, draw, number) for number in wanted]
    for report in reports:
        if as_json:
            print(report.model_dump_json())
        else:
            _tell(report)
    if not reports:
        out.print(f"{draw} has had no round yet.")
    if any(report.found for report in reports):
        raise typer.Exit(WRONG)


def _tell(report: RoundAudit) -> None:
    state = "closed" if report.closed else "open"
    verdict = f"{report.found} differences" if report.found else "every play is what the seed gives"
    out.print(f"{report.draw}, round {report.round} ({state}), {report.plays} plays: {verdict}.")
    out.print(f"  commitment {report.commitment}")
    out.print(f"  seed       {report.seed or 'told once the round is closed'}")
    if report.counts:
        counts = ", ".join(
            f"{each.prize or 'no prize'} {each.observed} ({each.expected:.2f} expected)" for each in report.counts
        )
        out.print(f"  {counts}; chance of counts as far from the odds: {report.p_value:.3f}")
    if report.found:
        table = Table("what", "where", "member", "written", "proven")
        for each in report.faults:
            table.add_row(each.what, each.where, str(each.member_id), each.stored, each.proven)
        Console(width=max(out.width, WIDTH), highlight=False).print(table)
