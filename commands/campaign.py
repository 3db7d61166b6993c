"""`regulars campaign …`"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.table import Table

from commands.campaign_after import after
from commands.console import BadInput, caller, open_settings, open_shop, out, progress_bar
from core.insight import campaigns as insight
from core.insight.amendments import as_it_reads
from core.insight.campaigns import CampaignView, Progress
from core.insight.forecasts import Forecast, Pace
from core.insight.members import MemberRef
from core.program.schema import Program
from core.rules.messaging import Caps
from core.rules.photos import OF_A_FILE
from core.rules.refusal import Refusal
from core.services.campaigns.add_photo import add_photo
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignHead, CampaignRef
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.pause_campaign import pause_campaign
from core.services.campaigns.plan_campaigns import carry_on
from core.services.campaigns.request_approval import request_approval
from core.services.campaigns.resume_campaign import resume_campaign
from core.services.campaigns.send_test import CampaignTest, send_test
from core.services.once import Caller
from core.shop import Shop
from core.words.campaigns import line_words, outcome_words, paused_words, status_words
from core.words.filters import filter_words
from core.words.refusals import refusal_words

campaign = typer.Typer(no_args_is_help=True)
campaign.add_typer(after)

Number = Annotated[int, typer.Argument(metavar="CAMPAIGN", min=1, max=2**53 - 1, help="The campaign's number.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who does it; the audit log keeps the name.")]
AsJson = Annotated[bool, typer.Option("--json", help="The same for a program to read.")]
Language = Annotated[str, typer.Option(help="en or zh-Hans.")]
SAID_IN = "en"
Step = Callable[[Shop, Caller, CampaignRef], CampaignHead]
SHORT = 12


@campaign.command("list")
def listed(as_json: AsJson = False, limit: Annotated[int, typer.Option(min=1, max=200)] = 50) -> None:
    """The campaigns, the newest first."""
    with open_shop().read() as session:
        found = insight.campaigns(session, None, limit)
    if as_json:
        for each in found:
            print(each.model_dump_json())
        return
    table = Table("number", "name", "kind", "status", "drafted by", "launched")
    for each in found:
        launched = each.launched_at.isoformat(timespec="minutes") if each.launched_at else ""
        table.add_row(str(each.id), each.name, each.kind, status_words(each.status, SAID_IN), each.drafted_by, launched)
    out.print(table if found else "There is no campaign yet.")


@campaign.command()
def show(number: Number, language: Language = SAID_IN, as_json: AsJson = False) -> None:
    """What a campaign says, by now, and what became of its messages."""
    with open_shop().reading() as (session, program):
        view, progress = insight.campaign(session, number), insight.progress(session, number)
        now = as_it_reads(session, view)
    if as_json:
        print(view.model_dump_json(indent=2))
        print(progress.model_dump_json(indent=2))
        return
    _tell(program, now, language)
    _tell_progress(progress, language)


@campaign.command()
def draft(file: Path, by: By) -> None:
    """Keep a campaign (JSON, as in docs/campaigns.md) as a draft. A photo `file:poster.jpg`, named from where the
    campaign's file is, is uploaded first."""
    try:
        form = CampaignForm.model_validate_json(file.read_bytes())
    except ValidationError as error:
        faults = (f"{file}: {'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors())
        raise BadInput("\n".join(faults)) from None
    shop = open_shop()
    head = draft_campaign(shop, caller(by), _with_photos(shop, by, form, file.parent))
    out.print(f"Campaign {head.id} is a draft. Next: regulars campaign forecast {head.id} --by NAME")


def _with_photos(shop: Shop, by: str, form: CampaignForm, folder: Path) -> CampaignForm:
    contents = []
    for each in form.contents:
        path = folder / (each.photo or "").removeprefix(OF_A_FILE)
        if each.photo is not None and each.photo.startswith(OF_A_FILE):
            try:
                added = add_photo(shop, caller(by), path.read_bytes())
            except OSError as error:
                raise BadInput(f"{path}: {error.strerror or error}; name a JPEG or PNG after {OF_A_FILE}") from None
            each = each.model_copy(update={"photo": added.photo})
        contents.append(each)
    return form.model_copy(update={"contents": contents})


@campaign.command()
def forecast(number: Number, by: By, language: Language = SAID_IN, as_json: AsJson = False) -> None:
    """Who would get it, who would not and why, until when, at what cost."""
    settings = open_settings()
    pace = Pace(settings.send_rate, Caps(settings.promo_per_day, settings.promo_per_week), settings.paid_broadcast)
    shop = open_shop(settings)
    told = forecast_campaign(shop, caller(by), CampaignRef(campaign=number), pace)
    if as_json:
        print(told.model_dump_json(indent=2))
        return
    with shop.reading() as (_, program):
        _tell_forecast(program, told, language)


@campaign.command()
def test(
    number: Number, cards: Annotated[list[str], typer.Argument(metavar="CARD…", help="Whose cards.")], by: By
) -> None:
    """Send it to a few members at once, by their card numbers."""
    wish = CampaignTest(campaign=number, to=[MemberRef(card_number=each) for each in cards])
    sent = send_test(open_shop(), caller(by), wish)
    out.print(f"Test {sent.number}: {sent.planned} messages are on their way.")


@campaign.command()
def ask(number: Number, by: By) -> None:
    """Lay it before a second person."""
    head = request_approval(open_shop(), caller(by), CampaignRef(campaign=number))
    out.print(f"Somebody else reads it: regulars campaign show {head.id}")
    out.print(f"and approves it: regulars campaign approve {head.id} {head.sha256[:SHORT]} --by NAME")


@campaign.command()
def approve(
    number: Number,
    sha256: Annotated[str, typer.Argument(help=f"Of what was read, its first {SHORT} digits or more, as `show` says.")],
    by: By,
) -> None:
    """Agree to a campaign of somebody else's."""
    shop = open_shop()
    with shop.read() as session:
        whole = insight.campaign(session, number).sha256
    if len(sha256) < SHORT or not whole.startswith(sha256):
        raise BadInput(f"{sha256}: the campaign is now {whole[:SHORT]}; read it again: regulars campaign show {number}")
    approve_campaign(shop, caller(by), Approval(campaign=number, sha256=whole))
    out.print(f"Campaign {number} is approved. Next: regulars campaign launch {number} --by NAME")


@campaign.command()
def launch(number: Number, by: By) -> None:
    """Let it go, and plan what is due; what is due later is planned by the scheduler."""
    _let_go(launch_campaign, number, by)


@campaign.command()
def pause(number: Number, by: By) -> None:
    """Hold it back, at any moment."""
    _step(pause_campaign, number, by)


@campaign.command()
def resume(number: Number, by: By) -> None:
    """Let it go on, and plan what is due."""
    _let_go(resume_campaign, number, by)


@campaign.command()
def cancel(number: Number, by: By) -> None:
    """Call it off for good."""
    _step(cancel_campaign, number, by)


def _step(step: Step, number: int, by: str) -> None:
    head = step(open_shop(), caller(by), CampaignRef(campaign=number))
    out.print(f"Campaign {head.id} is {status_words(head.status, SAID_IN)}.")


def _let_go(step: Step, number: int, by: str) -> None:
    """What is due is planned in sight; were this to end before it is done, the scheduler would go on."""
    shop = open_shop()
    step(shop, caller(by), CampaignRef(campaign=number))
    with shop.read() as session:
        view = insight.campaign(session, number)
    if view.plan_from is not None and view.plan_from > shop.now():
        out.print(f"It begins {_at(view.plan_from)}; the scheduler plans it then.")
        return
    matched = view.forecast["funnel"]["matched"] if view.forecast else None
    with progress_bar() as bar:
        task = bar.add_task("Planning", total=matched)
        for made in carry_on(shop, number):
            bar.advance(task, made)
    with shop.read() as session:
        _tell_progress(insight.progress(session, number))


def _tell(program: Program | None, view: CampaignView, language: str) -> None:
    status = status_words(view.status, language)
    if view.paused_reason:
        status += f" ({paused_words(view.paused_reason, language)})"
    out.print(f"Campaign {view.id}, {view.name}: {view.kind}, {status}", style="bold", markup=False)
    out.print(f"  content {view.sha256[:SHORT]}, drafted by {view.drafted_by}", markup=False)
    if view.approved_by:
        out.print(f"  approved by {view.approved_by}", markup=False)
    out.print(f"  for {_audience(program, view, language)}", markup=False)
    out.print(f"  {_schedule(view)}, ends {_at(view.ends_at) if view.ends_at else '48 hours later'}")
    out.print(f"  held out {view.holdout / 100:g} %, coupon {view.coupon or 'none'}")
    if view.canary is not None:
        out.print(f"  canary: the first {view.canary.first}, at most {view.canary.worst / 100:g} % may fail")
    for each in view.contents:
        share = f"{view.arms[each.arm] / 100:g} %"
        out.print(f"  [{each.arm}, {each.language}, {share}] {each.text}", markup=False)


def _audience(program: Program | None, view: CampaignView, language: str) -> str:
    wanted = view.audience
    if wanted.filter is not None:
        return filter_words(program, wanted.filter, language)
    return f"the segment {wanted.segment}" if wanted.segment else f"{len(wanted.members or ())} members by name"


def _schedule(view: CampaignView) -> str:
    if view.schedule.at is not None:
        return f"on {_at(view.schedule.at)}"
    local = view.schedule.local
    return f"on {local.isoformat(timespec='minutes')} where each member lives" if local else "at once"


def _at(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


def _tell_progress(progress: Progress, language: str = SAID_IN) -> None:
    planning = "planned" if progress.planning_done else "planning is not done"
    out.print(f"{progress.recipients} recipients ({planning}), {progress.open} open, {progress.left} left")
    for each in progress.states:
        out.print(f"{each.count:>10,}  {outcome_words(each.state, each.reason, language)}", markup=False)


def _tell_forecast(program: Program | None, told: Forecast, language: str) -> None:
    lines: dict[str, int] = told.funnel.model_dump()
    for name, count in lines.items():
        if count or name in ("matched", "to_send"):
            out.print(f"{count:>10,}  {line_words(name, language)}", markup=False)
    for share in told.shares:
        out.print(f"  content {share.arm} in {share.language}: {share.to_send:,}")
    for wave in told.zones:
        out.print(f"  {wave.zone}: {wave.to_send:,} from {_at(wave.due_at)} to {_at(wave.done_at)}")
    out.print(f"  at {told.per_second} a second; Telegram Stars: {told.stars_tenths / 10:,.1f} at most")
    if told.misfit is not None:
        why = refusal_words(program, Refusal(told.misfit.reason, told.misfit.facts), language)
        out.print(f"  it cannot be launched: {why}", style="red", markup=False)
