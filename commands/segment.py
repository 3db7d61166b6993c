"""`regulars segment …`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from rich.table import Table

from commands.console import WRONG, BadInput, caller, open_shop, out, progress_bar
from core.insight.segments import Preview, SegmentView, preview, preview_segment, segments_after
from core.program.filters import Filter
from core.services.importing.columns import ColumnMap, load_columns
from core.services.importing.import_segment import import_segment
from core.services.importing.report import RefusedRows
from core.services.members.tag_member import TagChange, tag_member
from core.services.segments.freeze_segment import SegmentFreeze, freeze_segment
from core.services.segments.refresh_facts import refresh_facts
from core.services.segments.save_segment import SegmentDraft, SegmentEnd, delete_segment, save_segment
from core.shop import Shop
from core.words.filters import filter_words

segment = typer.Typer(no_args_is_help=True)

W = TypeVar("W", bound=BaseModel)
PAGE = 200
By = Annotated[str, typer.Option(help="Who does it; the log keeps the name.")]
Name = Annotated[str, typer.Argument(help="The segment's name.")]
Asked = Annotated[str, typer.Argument(metavar="FILTER", help="JSON, or the name of a file with JSON.")]
AsJson = Annotated[bool, typer.Option("--json", help="As the API gives it.")]


@segment.command("preview")
def look(
    asked: Annotated[str, typer.Argument(metavar="FILTER", help="JSON, a file with JSON, or a saved segment's name.")],
    as_json: AsJson = False,
) -> None:
    """Whom a filter means: how many, how many of them an offer reaches, and twenty of them."""
    shop = open_shop()
    with shop.reading() as (session, program):
        if _is_filter(asked):
            filter_ = _filter(asked)
            found, words = preview(shop, session, filter_), filter_words(program, filter_, "en")
        else:
            found, words = preview_segment(shop, session, asked), asked
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        _show(found, words)


def _show(found: Preview, words: str) -> None:
    out.print(f"{words}\n{found.members} members; an offer reaches {found.reachable} of them.", markup=False)
    out.print(
        f"Not reached: {found.closed} are closed, {found.no_consent} did not agree to offers, {found.no_chat} have no "
        f"chat, {found.blocked} have blocked the bot."
    )
    for each in found.overlaps:
        out.print(f"{each.members} of them are in {each.segment}.", markup=False)
    if found.examples:
        table = Table("member", "card", "name", "tier", "stage", "last purchase")
        for one in found.examples:
            last = one.last_purchase_at.date().isoformat() if one.last_purchase_at else ""
            table.add_row(str(one.id), one.card_number, one.name, one.tier, one.stage, last)
        out.print(table)
    fresh = found.as_of.isoformat(timespec="minutes") if found.as_of else "never; run: regulars segment refresh"
    out.print(f"As of {fresh}.")


@segment.command()
def save(
    name: Name,
    asked: Asked,
    by: By,
    replace: Annotated[bool, typer.Option("--replace", help="Give a saved segment another filter.")] = False,
) -> None:
    """Keep a filter under a name. It is asked anew whenever it is used."""
    saved = save_segment(
        open_shop(), caller(by), _wish(SegmentDraft, name=name, filter=_filter(asked), replace=replace)
    )
    out.print(f"Saved: {saved.name}", markup=False)


@segment.command("list")
def show_all(as_json: Annotated[bool, typer.Option("--json", help="One JSON object a segment.")] = False) -> None:
    """Every segment, its filter in words."""
    shop = open_shop()
    table, views = Table("segment", "whom it means", "since", "by"), _all(shop)
    if as_json:
        for view in views:
            print(view.model_dump_json())
        return
    with shop.reading() as (_, program):
        for view in views:
            words = filter_words(program, view.filter, "en") if view.filter else f"{view.members} members, listed"
            table.add_row(view.name, words, view.changed_at.date().isoformat(), view.changed_by)
    out.print(table if views else "There are no segments yet.")


def _all(shop: Shop) -> list[SegmentView]:
    found: list[SegmentView] = []
    with shop.read() as session:
        while page := segments_after(session, found[-1].name if found else "", PAGE):
            found += page
    return found


@segment.command()
def freeze(name: Name, into: Annotated[str, typer.Argument(help="What the list is called.")], by: By) -> None:
    """List the members whom a segment means at this moment under another name."""
    frozen = freeze_segment(open_shop(), caller(by), _wish(SegmentFreeze, name=name, into=into))
    out.print(f"{frozen.members} members are listed in {frozen.name}.", markup=False)


@segment.command()
def delete(name: Name, by: By) -> None:
    """Give a segment up. Not while a campaign that is not over means it."""
    delete_segment(open_shop(), caller(by), _wish(SegmentEnd, name=name))
    out.print(f"Deleted: {name}", markup=False)


@segment.command("import")
def bring_in(
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="With a column card_number.")],
    by: By,
    columns: Annotated[
        Path | None, typer.Option(metavar="MAP.toml", help="How it is written (docs/import.md).")
    ] = None,
    report: Annotated[Path | None, typer.Option(metavar="FILE", help="Where refused rows go.")] = None,
) -> None:
    """List the members of a file's cards under a name."""
    wanted = _wish(SegmentEnd, name=name).name
    shop = open_shop()
    mapped = load_columns(columns) if columns else ColumnMap()
    refused = RefusedRows(report or file.with_suffix(".refused.csv"))
    try:
        with progress_bar() as bar:
            task = bar.add_task("read")

            def show(_stage: str, done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)

            counted = import_segment(shop, caller(by), wanted, file, mapped, refused.add, show)
    finally:
        refused.close()
    out.print(f"{counted.rows} rows: {counted.accepted} cards taken, {counted.refused} rows refused.")
    if counted.refused:
        out.print(f"Every refused row, with the way to mend it: {refused.path}")
        raise typer.Exit(WRONG)


@segment.command()
def tag(
    member: Annotated[int, typer.Argument(min=1, max=2**53 - 1, help="The member's id.")],
    word: Annotated[str, typer.Argument(help="A word that staff use.")],
    by: By,
    off: Annotated[bool, typer.Option("--off", help="Take it off.")] = False,
) -> None:
    """Put a tag on a member, or take it off."""
    now = tag_member(open_shop(), caller(by), _wish(TagChange, member_id=member, tag=word, on=not off))
    out.print(f"Member {member}: {', '.join(now.tags) or 'no tags'}", markup=False)


@segment.command()
def refresh(
    whole: Annotated[bool, typer.Option("--whole", help="Everybody, as at night; else who changed.")] = False,
) -> None:
    """Bring what is known of members in line with the books. The scheduler does it every minute."""
    done = refresh_facts(open_shop(), whole=whole)
    out.print(f"{done.members} members' facts are as of {done.as_of.isoformat(timespec='seconds')}.")


def _is_filter(asked: str) -> bool:
    return asked.lstrip().startswith("{") or asked.endswith(".json")


def _filter(asked: str) -> Filter:
    return _wish(Filter, **_read(asked))


def _wish(model: type[W], **given: Any) -> W:
    """BadInput that says what is wrong and where."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = (f"{_place(each['loc'])}{each['msg'].removeprefix('Value error, ')}" for each in error.errors())
        raise BadInput("\n".join(faults)) from None


def _place(loc: tuple[Any, ...]) -> str:
    return f"{'.'.join(map(str, loc))}: " if loc else ""


def _read(asked: str) -> dict[str, Any]:
    text = asked if asked.lstrip().startswith("{") else Path(asked).read_text(encoding="utf-8-sig")
    try:
        asked_for = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"the filter is no JSON ({error}); docs/segments.md shows how one is written") from None
    if not isinstance(asked_for, dict):
        raise BadInput("the filter is no JSON object; docs/segments.md shows how one is written")
    return asked_for
