"""`regulars care …`: the program's journeys, and what a day will bring."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.table import Table

from commands.console import caller, open_settings, open_shop, out
from core.insight.journeys import JourneyView, journeys
from core.rules.messaging import Caps
from core.services.care.pause_journey import JourneyRef, pause_journey, resume_journey
from core.services.care.preview_care import PlannedCare, preview_care

SHOWN = 200
journeys_of_care = typer.Typer()
AsJson = Annotated[bool, typer.Option("--json", help="As data.")]
JourneyId = Annotated[str, typer.Argument(help="The journey's id in the program.")]
By = Annotated[str, typer.Option(help="Who does it; the log keeps the name.")]


@journeys_of_care.command("list")
def journeys_command(as_json: AsJson = False) -> None:
    """The journeys of the program in force, and what became of their messages."""
    shop = open_shop()
    with shop.read() as session:
        found = journeys(shop, session)
    if as_json:
        print(to_json(found, indent=2).decode())
        return
    table = Table("journey", "on", "kind", "steps", "planned until", "messages", "not sent because", "tapped")
    for each in found:
        table.add_row(*_row(each))
    out.print(table)


def _row(view: JourneyView) -> list[str]:
    until = "paused" if view.paused else f"{view.planned_until:%Y-%m-%d %H:%M}" if view.planned_until else "not yet"
    counts = (", ".join(f"{name} {count}" for name, count in each.items()) for each in (view.deliveries, view.reasons))
    head = [view.id, view.on, view.kind, str(len(view.steps)), until]
    return [*head, *counts, str(view.tapped or "")]


@journeys_of_care.command("pause")
def pause(journey: JourneyId, by: By) -> None:
    """Hold a journey back: nothing of it is planned or sent until it is resumed."""
    pause_journey(open_shop(), caller(by), JourneyRef(journey=journey))
    out.print(f"{journey} is paused.")


@journeys_of_care.command("resume")
def resume(journey: JourneyId, by: By) -> None:
    """Let a journey go on with what falls due from now on."""
    resume_journey(open_shop(), caller(by), JourneyRef(journey=journey))
    out.print(f"{journey} goes on.")


@journeys_of_care.command("plan")
def plan(
    on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day, in the program's zone.")],
    journey: Annotated[str | None, typer.Option(help="This journey alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Every message, one JSON object a line.")] = False,
) -> None:
    """Who would get what on a day, who not and why, as things stand now. Nothing is written."""
    settings = open_settings()
    caps = {
        "promo": Caps(settings.promo_per_day, settings.promo_per_week),
        "care": Caps(settings.care_per_day, settings.care_per_week),
    }
    coming = (each for each in preview_care(open_shop(settings), on.date(), caps) if journey in (None, each.journey))
    if as_json:
        for each in coming:
            print(each.model_dump_json())
        return
    counts: Counter[tuple[str, str]] = Counter()
    table = Table("when (UTC)", "journey", "member", "verdict", "gift", "text")
    for each in coming:
        counts[each.journey, each.verdict] += 1
        if counts.total() <= SHOWN:
            table.add_row(*_message(each))
    out.print(table)
    if counts.total() > SHOWN:
        out.print(f"… and {counts.total() - SHOWN} more: --json has them all.")
    for (name, verdict), count in sorted(counts.items()):
        out.print(f"{name}: {verdict} {count}")
    out.print(f"{counts.total()} messages on {on:%Y-%m-%d}.")


def _message(each: PlannedCare) -> list[str]:
    gift = ", ".join(filter(None, [each.coupon, f"{each.points} points" if each.points else None]))
    verdict = each.verdict
    if each.held_until is not None:
        verdict = f"held until {each.held_until:%m-%d %H:%M} ({each.held_by})"
    return [f"{each.at:%m-%d %H:%M}", each.journey, f"{each.name} ({each.member_id})", verdict, gift, each.text]
