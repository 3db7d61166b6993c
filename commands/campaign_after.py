"""`regulars campaign …`: what comes after it was sent."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from commands.console import BadInput, caller, open_shop, out
from core.insight.amendments import AmendmentView, amendments_of
from core.insight.campaign_results import WINDOW_DAYS, CampaignResults, Lift, campaign_results
from core.insight.campaigns import campaign as campaign_of
from core.insight.members import MemberRef
from core.insight.why_delivery import why_delivery
from core.program.schema import Program
from core.services.campaigns.approve_correction import CorrectionApproval, approve_correction
from core.services.campaigns.correct_campaign import Correction, Words, correct_campaign
from core.services.campaigns.recall_campaign import Recall, recall_campaign
from core.words.campaigns import line_words
from core.words.figures import money
from core.words.lift import lift_words
from core.words.why import why_words

after = typer.Typer()
Number = Annotated[int, typer.Argument(min=1, max=2**53 - 1, help="The campaign's id.")]
By = Annotated[str, typer.Option(help="Who does it; the log keeps the name.")]
Reason = Annotated[str, typer.Option(help="Why, for whoever asks later.")]
AsJson = Annotated[bool, typer.Option("--json", help="As one JSON object.")]
SAID_IN = "en"
SHORT = 12
"""So many digits of a sha256 are typed."""


@after.command("why")
def why(
    campaign: Number,
    card: Annotated[str, typer.Argument(help="The member's card number.")],
    language: Annotated[str, typer.Option(help="en or zh-Hans.")] = SAID_IN,
    as_json: AsJson = False,
) -> None:
    """Say why a member got it, or did not."""
    shop = open_shop()
    with shop.reading() as (session, program):
        told = why_delivery(shop, session, campaign, MemberRef(card_number=card))
    if as_json:
        print(told.model_dump_json())
        return
    for sentence in why_words(program, {**told.model_dump(), "unmet": told.unmet}, language):
        out.print(sentence, markup=False)


@after.command("correct")
def correct(
    campaign: Number,
    by: By,
    reason: Reason,
    text: Annotated[typer.FileText, typer.Option(help="A file with the new text: Telegram HTML with placeholders.")],
    language: Annotated[str, typer.Option(help="Of the content that changes.")] = "en",
    arm: Annotated[str, typer.Option(help="Of the content that changes.")] = "a",
) -> None:
    """Lay a new text for one content before a second person; nothing changes yet."""
    words = Words(arm=arm, language=language, text=text.read().rstrip("\n"))
    told = correct_campaign(open_shop(), caller(by), Correction(campaign=campaign, contents=[words], reason=reason))
    out.print(f"Somebody else reads it: regulars campaign amendments {campaign}")
    command = f"regulars campaign approve-correction {campaign} {told.id} {told.sha256[:SHORT]}"
    out.print(f"and approves it: {command} --by NAME")


@after.command("approve-correction")
def approve(
    campaign: Number,
    amendment: Annotated[int, typer.Argument(min=1, help="The correction's id.")],
    sha256: Annotated[str, typer.Argument(help=f"Of what was read, its first {SHORT} digits or more.")],
    by: By,
) -> None:
    """Let a correction of somebody else's come into force; what had left is edited by the worker."""
    shop = open_shop()
    with shop.read() as session:
        whole = next((each.sha256 for each in amendments_of(session, campaign) if each.id == amendment), "")
    if whole and (len(sha256) < SHORT or not whole.startswith(sha256)):
        raise BadInput(
            f"{sha256}: the correction is {whole[:SHORT]}; read it again: regulars campaign amendments {campaign}"
        )
    wish = CorrectionApproval(campaign=campaign, amendment=amendment, sha256=whole or "0" * 64)
    approve_correction(shop, caller(by), wish)
    out.print("What leaves from now on says it, and what had left is being edited.")


@after.command("recall")
def recall(campaign: Number, by: By, reason: Reason) -> None:
    """Take it back: what has not left never will, and what was delivered is deleted by the worker."""
    recall_campaign(open_shop(), caller(by), Recall(campaign=campaign, reason=reason))
    out.print("Nothing more leaves, and what was delivered is being deleted.")


@after.command("amendments")
def amendments(campaign: Number, as_json: AsJson = False) -> None:
    """List its corrections and its recall, and how far they have come."""
    with open_shop().read() as session:
        found = amendments_of(session, campaign_of(session, campaign).id)
    if as_json:
        for each in found:
            print(each.model_dump_json())
        return
    for each in found:
        _tell_amendment(each)
    if not found:
        out.print("Nothing was corrected or recalled.")


def _tell_amendment(of: AmendmentView) -> None:
    by = f"{of.asked_by}, {of.approved_by}" if of.approved_by else of.asked_by
    out.print(f"{of.id}  {of.kind}, {of.status}, {of.sha256[:SHORT]}, by {by}: {of.reason}", markup=False)
    for each in of.changes:
        out.print(f"  {each.arm}, {each.language}", markup=False)
        out.print(f"  - {each.before.text}\n  + {each.after.text}", markup=False)
    for counted in of.messages:
        out.print(f"  {counted.outcome or counted.state}: {counted.count}", markup=False)


@after.command("results")
def results(
    campaign: Number,
    days: Annotated[int, typer.Option(min=1, max=180, help="How long after it began purchases count.")] = WINDOW_DAYS,
    points_worth: Annotated[int | None, typer.Option(min=0, help="What 100 points cost, in minor units.")] = None,
    language: Annotated[str, typer.Option(help="en or zh-Hans.")] = SAID_IN,
    as_json: AsJson = False,
) -> None:
    """Say what it brought, against those held out."""
    shop = open_shop()
    with shop.reading() as (session, program):
        told = campaign_results(shop, session, campaign, days, points_worth)
    if as_json:
        print(told.model_dump_json())
        return
    out.print(_groups(program, told, language))
    out.print(_arms(program, told, language))
    if told.lift is None:
        out.print("Nobody was held out, so nothing says what it brought.")
    else:
        _tell(program, told.lift, language)
    for pair in told.pairs:
        out.print(f"{pair.first} against {pair.second}:", markup=False)
        _tell(program, pair.difference, language)
    out.print(_forecast(told, language))


def _tell(program: Program, lift: Lift, language: str) -> None:
    for sentence in lift_words(program, lift.model_dump(), language):
        out.print(sentence, markup=False)


def _groups(program: Program, told: CampaignResults, language: str) -> Table:
    table = Table("", "members", "buyers", "purchases", "spend", "discounts", "points")
    for name, group in (("meant", told.meant), ("held out", told.held_out), ("control group", told.control)):
        sums = [money(program, each, language) for each in (group.spend, group.discounts)]
        table.add_row(name, *map(str, (group.members, group.buyers, group.purchases, *sums, group.points)))
    return table


def _arms(program: Program, told: CampaignResults, language: str) -> Table:
    table = Table("arm", "meant", "sent", "tapped", "buttons", "claimed", "redeemed", "buyers", "spend")
    for arm in told.arms:
        buttons = ", ".join(f"{each.button} {each.members}" for each in arm.buttons)
        counts = (arm.meant.members, arm.sent, arm.tapped, buttons, arm.claimed, arm.redeemed, arm.meant.buyers)
        table.add_row(arm.arm, *map(str, counts), money(program, arm.meant.spend, language))
    return table


def _forecast(told: CampaignResults, language: str) -> Table:
    table = Table("what became of them", "forecast", "happened")
    for each in told.forecast.items:
        table.add_row(line_words(each.item, language), str(each.forecast), str(each.happened))
    return table
