"""`regulars members …`"""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from commands.console import caller, open_shop, out
from core.insight.duplicates import Duplicate, Place, duplicates
from core.insight.members import MemberRef
from core.services.members.merge_members import Merge, merge_members
from core.services.members.reopen_member import Reopening, reopen_member
from core.services.members.unmerge_members import Unmerge, unmerge_members
from core.words.duplicates import shared_words

members = typer.Typer(no_args_is_help=True)

PAGE = 200
By = Annotated[str, typer.Option(help="Who decides it; the books keep the name.")]
Why = Annotated[str, typer.Option(help="Why, for whoever asks later.")]


@members.command("duplicates")
def find(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each pair.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many pairs.")] = 100,
) -> None:
    """List members who may be one person, the likeliest first, with what they share."""
    found = _found(limit)
    if as_json:
        for each in found:
            print(each.model_dump_json())
        return
    table = Table("score", "one", "other", "they share")
    for each in found:
        people = (f"{who.id}  {who.card_number}  {who.name}" for who in (each.first, each.second))
        table.add_row(str(each.score), *people, shared_words(each.shared, "en"))
    out.print(table if found else "No two members seem to be one person.")


def _found(limit: int) -> list[Duplicate]:
    shop = open_shop()
    found: list[Duplicate] = []
    with shop.read() as session:
        while len(found) < limit:
            last = found[-1] if found else None
            after = Place(score=last.score, first=last.first.id, second=last.second.id) if last else None
            page = duplicates(session, after, min(PAGE, limit - len(found)))
            if not page:
                break
            found += page
    return found


@members.command()
def merge(
    keep: Annotated[int, typer.Argument(help="The id of the member who stays.")],
    other: Annotated[int, typer.Argument(help="The id of who is the same person.")],
    by: By,
    reason: Why,
) -> None:
    """Two members are one person: bring their points, tiers and cards together."""
    wish = Merge(keep=MemberRef(id=keep), other=MemberRef(id=other), reason=reason)
    merged = merge_members(open_shop(), caller(by), wish)
    out.print(
        f"Merge {merged.id}: member {merged.other_id} is member {merged.keep_id} from now on, who has {merged.balance} "
        f"points as {merged.tier}. To undo it: regulars members unmerge {merged.id}"
    )


@members.command()
def reopen(member: Annotated[int, typer.Argument(help="The member's id.")], by: By, reason: Why) -> None:
    """Open the account again of a member who was closed for having bought nothing for so long."""
    opened = reopen_member(open_shop(), caller(by), Reopening(member=MemberRef(id=member), reason=reason))
    out.print(f"Member {opened.id} is open again, as {opened.tier}; from now on purchases count.")


@members.command()
def unmerge(
    merge_id: Annotated[int, typer.Argument(metavar="MERGE", help="The merge's number.")], by: By, reason: Why
) -> None:
    """Undo a merge, as far as what has happened since allows."""
    parted = unmerge_members(open_shop(), caller(by), Unmerge(merge_id=merge_id, reason=reason))
    out.print(
        f"{parted.returned} points went back: member {parted.keep_id} has {parted.keep_balance} as {parted.keep_tier}, "
        f"member {parted.other_id} {parted.other_balance} as {parted.other_tier}."
    )
    for each in parted.stayed:
        out.print(f"Used since, and so not gone back: {each.points} points ({each.why}).")
    if parted.stored_value_returned or parted.stored_value_stayed:
        came, stayed = parted.stored_value_returned, parted.stored_value_stayed
        out.print(f"Of the money on the card {came} went back, {stayed} has been used since (in the smallest unit).")
    if parted.coupons:
        out.print(f"Coupons used since: {', '.join(parted.coupons)}.")
