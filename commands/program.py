"""`regulars program …`"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from commands.console import BadInput, actor, caller, err, moment, open_shop, out, progress_bar
from commands.replay import Page, since_moment
from core.insight import programs as view
from core.insight.programs import DraftHead, ToldVersion
from core.ports import Clock, SystemClock
from core.program.differences import Change
from core.program.loading import load_file, read
from core.program.schema import Program
from core.rules.refusal import Refused
from core.services.once import Caller
from core.services.programs.draft_program import LONGEST_NOTE, NewDraft, draft_program
from core.services.programs.preview_program import preview_program
from core.services.programs.publish_draft import DraftPublication, publish_draft
from core.services.programs.publish_program import MAX_SOURCE, ProgramDraft, PublishedVersion, publish_program
from core.services.programs.replay_program import replay_program
from core.services.programs.story import read_story
from core.services.programs.withdraw_draft import DraftWithdrawal, withdraw_draft
from core.shop import Shop


class Language(StrEnum):
    EN = "en"
    ZH_HANS = "zh-Hans"


program = typer.Typer(no_args_is_help=True)

LARGEST_ID = 2**31 - 1
CLOCK: Clock = SystemClock()

By = Annotated[str | None, typer.Option(metavar="NAME", help="Who does it.")]
Draft = Annotated[int, typer.Argument(metavar="DRAFT", min=1, max=LARGEST_ID, help="Its number in the history.")]


@program.command()
def check(
    file: Path,
    at: Annotated[str | None, typer.Option(metavar="MOMENT", help="When it is to take effect, by default now.")] = None,
) -> None:
    """Say everything that is wrong with a program file, each with its line and how to mend it."""
    checked = load_file(file, moment("--at", at) if at else CLOCK.now())
    out.print(f"{file} is fine: {', '.join(_parts(checked))}.")


def _parts(program: Program) -> list[str]:
    """How many there are of each kind; `stored value` without a number."""
    counts = [
        (len(program.tiers), "tier", "tiers"),
        (len(program.earning.rules), "earning rule", "earning rules"),
        (len(program.coupons), "coupon", "coupons"),
        (len(program.rewards), "reward", "rewards"),
        (len(program.offers), "offer", "offers"),
        (len(program.goals), "goal", "goals"),
        (len(program.activities), "activity", "activities"),
        (len(program.year_end), "year-end bonus", "year-end bonuses"),
        (len(program.benefits), "benefit", "benefits"),
        (len(program.discounts), "discount", "discounts"),
        (len(program.member_prices), "member price", "member prices"),
        (len(program.prize_draws), "prize draw", "prize draws"),
        (len(program.journeys), "journey", "journeys"),
    ]
    told = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    return [*told, *(["stored value"] if program.stored_value is not None else [])]


@program.command()
def draft(
    by: Annotated[str, typer.Option(metavar="NAME", help="Who drafts it.")],
    file: Annotated[Path | None, typer.Argument(help="The program file.")] = None,
    version: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Instead of a file: go back to this version.")
    ] = None,
    note: Annotated[str, typer.Option(help="What it is for, to whoever publishes it.")] = "",
) -> None:
    """Lay a program file, or an earlier version, before a second person, who may publish it."""
    if (file is None) == (version is None):
        raise BadInput("Name either a program file or, to go back, --version N.")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"--note: it has {len(note)} characters; write at most {LONGEST_NOTE}")
    shop = open_shop()
    wish = NewDraft(source=_source(file, CLOCK.now()) if file else None, version=version, note=note)
    drafted = draft_program(shop, caller(by), wish)
    out.print(f"Draft {drafted.id} of {drafted.program}, by {drafted.drafted_by}.")
    _print_changes("Against the version in force", _against_in_force(shop, drafted.id))
    out.print(f"Somebody else publishes it: regulars program publish {drafted.id} --by NAME")


@program.command()
def publish(
    what: Annotated[str, typer.Argument(metavar="DRAFT|FILE", help="The draft's number; or a file, at the start.")],
    by: By = None,
    drafted_by: Annotated[
        str | None, typer.Option(metavar="NAME", help="For a file: who drafted it; somebody else than --by.")
    ] = None,
    effective_at: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="From when on it judges, by default now, like 2026-12-01T00:00-05:00."),
    ] = None,
) -> None:
    """Let a program take effect, now or later. Once members have joined, a second person does."""
    at = moment("--effective-at", effective_at) if effective_at else None
    if what.isascii() and what.isdigit():
        if by is None or drafted_by is not None:
            raise BadInput(f"Say who publishes draft {what}, and nothing of who drafted it: --by NAME")
        if not 1 <= int(what) <= LARGEST_ID:
            raise BadInput(f"There is no draft {what}; regulars program history lists them")
        wish = DraftPublication(draft=int(what), effective_at=at)
        published = publish_draft(open_shop(), caller(by), wish)
    else:
        drafter = actor(drafted_by) if drafted_by else None
        wished = ProgramDraft(source=_source(Path(what), at or CLOCK.now()), effective_at=at, drafted_by=drafter)
        published = _publish_file(what, caller(by or "console"), wished)
    out.print(f"Version {published.id} of {published.program}, in force from {published.effective_at.isoformat()}.")


def _source(file: Path, at: datetime) -> str:
    """The text of a program file without faults, nor anything that is over by then."""
    load_file(file, at)
    source = read(file)
    if len(source) > MAX_SOURCE:
        raise BadInput(f"{file}: it has {len(source)} characters; a program has at most {MAX_SOURCE}")
    return source


def _publish_file(file: str, publisher: Caller, wish: ProgramDraft) -> PublishedVersion:
    try:
        return publish_program(open_shop(), publisher, wish)
    except Refused as refused:
        if refused.refusal.reason != "second-person-needed":
            raise
    raise BadInput(
        "Members have joined: what one person drafts a second person publishes. Nothing was published.\n"
        f"  regulars program draft {file} --by NAME        and then, somebody else:\n"
        "  regulars program publish DRAFT --by ANOTHER\n"
        f"or, of what was agreed already: regulars program publish {file} --drafted-by NAME --by ANOTHER"
    )


@program.command()
def withdraw(draft: Draft, by: Annotated[str, typer.Option(metavar="NAME", help="Who withdraws it.")]) -> None:
    """Let nobody publish a draft any more."""
    withdrawn = withdraw_draft(open_shop(), caller(by), DraftWithdrawal(draft=draft))
    out.print(f"Draft {withdrawn.id} of {withdrawn.program} is withdrawn.")


@program.command()
def show(
    version: Annotated[
        int | None, typer.Option(min=1, max=LARGEST_ID, help="Its number in the history, instead of the one in force.")
    ] = None,
    draft: Annotated[int | None, typer.Option(min=1, max=LARGEST_ID, help="A draft, by its number.")] = None,
) -> None:
    """Print the program in force, word for word; which version it is goes to stderr."""
    shop = open_shop()
    if draft is not None:
        _show_draft(shop, draft)
        return
    with shop.read() as session:
        number = shop.version_at(session, shop.now()).id if version is None else version
        shown = view.version_view(session, number)
    if shown is None:
        raise BadInput(f"--version {version}: there is no such version; regulars program history lists them")
    err.print(f"Version {shown.id} of {shown.program}, in force from {shown.effective_at.isoformat()}.")
    print(shown.source, end="")


def _show_draft(shop: Shop, draft: int) -> None:
    with shop.read() as session:
        shown = view.draft_view(session, draft)
    if shown is None:
        raise BadInput(f"--draft {draft}: there is no such draft; regulars program history lists them")
    err.print(f"Draft {shown.id} of {shown.program}, {shown.status}, by {shown.drafted_by}.")
    print(shown.source, end="")


@program.command()
def history(
    as_json: Annotated[bool, typer.Option("--json", help="The same for a program to read.")] = False,
) -> None:
    """Every version: who drafted and who published it, since when, and what it changed; then the open drafts."""
    shop = open_shop()
    with shop.read() as session:
        told = view.program_history(shop, session)
    if as_json:
        print(told.model_dump_json(indent=2))
        return
    if not told.versions and not told.drafts:
        out.print("Nothing was published or drafted yet.")
    for version in told.versions:
        _print_version(version, version.id == told.in_force)
    for draft in told.drafts:
        _print_draft(shop, draft)


def _print_version(version: ToldVersion, in_force: bool) -> None:
    out.print(f"Version {version.id} of {version.program}{', in force' if in_force else ''}", style="bold")
    out.print(f"  in force from {version.effective_at.isoformat()}")
    published = version.published_at.isoformat(timespec="seconds")
    out.print(f"  drafted by {version.drafted_by}, published {published} by {version.published_by}", markup=False)
    _print_note(version.note, version.sha256)
    if version.changes:
        _print_changes("  against the version before", version.changes, indent="    ")


def _print_draft(shop: Shop, draft: DraftHead) -> None:
    out.print(f"Draft {draft.id} of {draft.program}", style="bold")
    out.print(f"  drafted {draft.drafted_at.isoformat(timespec='seconds')} by {draft.drafted_by}", markup=False)
    _print_note(draft.note, draft.sha256)
    _print_changes("  against the version in force", _against_in_force(shop, draft.id), indent="    ")


def _print_note(note: str, sha256: str) -> None:
    if note:
        out.print(f"  note: {note}", markup=False)
    out.print(f"  text {sha256[:12]}")


def _print_changes(title: str, changes: list[Change], indent: str = "  ") -> None:
    out.print(f"{title}:" if changes else f"{title}: no change.")
    for change in changes:
        out.print(f"{indent}{change}", markup=False)


def _against_in_force(shop: Shop, draft_id: int) -> list[Change]:
    with shop.read() as session:
        told = view.told_draft(shop, session, draft_id)
    return told.changes if told is not None else []


@program.command()
def replay(
    file: Path,
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="The draft judges from this day on, like 2026-01-31; by default all along."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same for a program to read.")] = False,
    language: Annotated[Language, typer.Option(help="Of the page.")] = Language.EN,
) -> None:
    """Say what a program file would have done to every member, over the shop's whole real history. Writes nothing."""
    source, drafted = read(file), load_file(file)
    shop = open_shop()
    at = since_moment(since, drafted, shop.now()) if since else None
    with progress_bar() as bar:
        task = bar.add_task("members", total=None)
        report = replay_program(shop, source, at, language, lambda done: bar.update(task, completed=done))
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        Page(report, drafted, language).print()


@program.command()
def preview(
    file: Path,
    story: Annotated[Path, typer.Argument(metavar="STORY.jsonl", help="What happens, one event a line.")],
) -> None:
    """Run a story through a program file on books of its own; a JSON line says what each event brought."""
    judged = load_file(file)
    for told in preview_program(read(file), judged, read_story(story, judged)):
        print(told.model_dump_json(), flush=True)
