"""`regulars report …`"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from commands.console import BadInput, open_shop, out
from core.insight.member_report import LADDER, MOST_MONTHS, MemberReport, member_report
from core.insight.member_report import as_csv as members_as_csv
from core.insight.stored_value_report import StoredValueReport, as_csv, flat
from core.insight.stored_value_report import report as reckon
from core.words import money

report = typer.Typer(no_args_is_help=True)


@report.command("stored-value")
def stored_value(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day after it.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet; minor units.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As the API gives it.")] = False,
) -> None:
    """What came in and went out of members' stored value, by store; this month so far, unless told otherwise."""
    if csv and json:
        raise BadInput("--csv and --json: choose one of the two")
    shop = open_shop()
    with shop.reading() as (session, program):
        told = reckon(shop, session, since and since.date(), until and until.date())
    if csv:
        sys.stdout.write(as_csv(told))
    elif json:
        print(told.model_dump_json(indent=2))
    else:
        out.print(_table(told, lambda amount: money(program, amount, "en")))


@report.command("members")
def members(
    months: Annotated[int, typer.Option(min=1, max=MOST_MONTHS, help="How many months back.")] = 12,
    csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As the API gives it.")] = False,
) -> None:
    """Who still comes: members who bought within a month, stages, repeat buyers."""
    if csv and json:
        raise BadInput("--csv and --json: choose one of the two")
    shop = open_shop()
    with shop.read() as session:
        told = member_report(shop, session, months)
    if csv:
        sys.stdout.write(members_as_csv(told))
    elif json:
        print(told.model_dump_json(indent=2))
    else:
        _show_members(told)


def _show_members(told: MemberReport) -> None:
    active = Table("from", "to before", "members who bought", "change")
    for month in told.months:
        change = "" if month.change is None else f"{month.change:+d}"
        active.add_row(str(month.since), str(month.until), str(month.members), change)
    ladder = [(_rung(each.visits), each.members) for each in told.ladder]
    reached = Table("stage", "members")
    for name, count in [*told.stages.items(), *ladder]:
        reached.add_row(name, str(count))
    out.print(active, reached)
    fresh = told.as_of.isoformat(timespec="minutes") if told.as_of else "never; run: regulars segment refresh"
    out.print(f"Stages as of {fresh}.")


def _rung(visits: int) -> str:
    days = "1 day" if visits == 1 else f"{visits} days"
    return f"bought on {days}{' or more' if visits == LADDER else ''}"


def _table(told: StoredValueReport, say: Callable[[int], str]) -> Table:
    """A column for each store and one for all of them; what members hold stands under these."""
    columns = [*told.stores, told.total]
    names = [*(each.store or "no store" for each in told.stores), "all"]
    table = Table(f"{told.since} to {told.until}", *names)
    rows = [flat(each.model_dump(exclude={"store"})) for each in columns]
    for key in rows[0]:
        counts = key in ("top_ups", "payments")
        table.add_row(key.replace("_", " "), *(str(row[key]) if counts else say(row[key]) for row in rows))
    held = flat({"at_start": told.at_start.model_dump(), "at_end": told.at_end.model_dump()})
    for key, amount in held.items():
        table.add_row(key.replace("_", " "), *("" for _ in told.stores), say(amount))
    return table
