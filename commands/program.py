"""`regulars program …`"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from commands.console import BadInput, caller, err, moment, open_shop, out
from core.insight import programs as view
from core.program.loading import load_file, read
from core.services.preview_program import preview_program
from core.services.publish_program import ProgramDraft, publish_program
from core.services.story import read_story

HISTORY_WIDTH = 150  # its moments and names in one line each, for people with scripts

program = typer.Typer(no_args_is_help=True, help="The loyalty program.")


@program.command()
def check(file: Path) -> None:
    """Say everything that is wrong with a program file, each with its line and how to mend it."""
    checked = load_file(file)
    parts = {
        "tiers": len(checked.tiers),
        "earning rules": len(checked.earning.rules),
        "coupons": len(checked.coupons),
        "rewards": len(checked.rewards),
        "offers": len(checked.offers),
    }
    out.print(f"{file} is fine: {', '.join(f'{count} {what}' for what, count in parts.items())}.")


@program.command()
def publish(
    file: Path,
    effective_at: Annotated[
        str | None, typer.Option(help="From when on it judges, like 2026-12-01T00:00-05:00.")
    ] = None,
) -> None:
    """Let a program file take effect, now or later."""
    source = read(file)
    load_file(file)
    at = moment("--effective-at", effective_at) if effective_at else None
    published = publish_program(open_shop(), caller(), ProgramDraft(source=source, effective_at=at))
    out.print(f"Version {published.id} of {published.program}, in force from {published.effective_at.isoformat()}.")


@program.command()
def show(
    version: Annotated[int | None, typer.Option(help="Its number in the history, instead of the one in force.")] = None,
) -> None:
    """Print the program in force, word for word; which version it is goes to stderr."""
    shop = open_shop()
    with shop.read() as session:
        number = shop.version_at(session, shop.now()).id if version is None else version
        shown = view.version_view(session, number)
    if shown is None:
        raise BadInput(f"--version {version}: there is no such version; regulars program history lists them")
    err.print(f"Version {shown.id} of {shown.program}, in force from {shown.effective_at.isoformat()}.")
    print(shown.source, end="")


@program.command()
def history() -> None:
    """Every version that was published. To go back to one: program show --version N > FILE, then publish FILE."""
    shop = open_shop()
    with shop.read() as session:
        in_force = shop.version_at(session, shop.now()).id
        versions = view.history(session)
    table = Table("version", "program", "in force from", "published", "by", "text")
    for each in versions:
        number = f"{each.id} (in force)" if each.id == in_force else str(each.id)
        moments = (each.effective_at.isoformat(), each.published_at.isoformat(timespec="seconds"))
        table.add_row(number, each.program, *moments, each.published_by, each.sha256[:12])
    Console(width=max(out.width, HISTORY_WIDTH), highlight=False).print(table)


@program.command()
def preview(
    file: Path,
    story: Annotated[Path, typer.Argument(metavar="STORY.jsonl", help="What happens, one event a line.")],
) -> None:
    """Run a story through a program file on books of its own; a JSON line says what each event brought."""
    judged = load_file(file)
    for told in preview_program(read(file), judged, read_story(story, judged)):
        print(told.model_dump_json(), flush=True)
