"""`regulars staff …`"""

from __future__ import annotations

from typing import Annotated, get_args

import typer
from pydantic import ValidationError
from rich.table import Table

from commands.console import BadInput, open_shop, out
from core.insight import staff as view
from core.rules.staff import Role
from core.services.staff.joining import StaffInvite, invite_staff, revoke_staff

staff = typer.Typer(no_args_is_help=True)

By = Annotated[str, typer.Option(help="Who decides it; the audit log keeps the name.")]
PAGE = 200


@staff.command()
def invite(name: str, role: Annotated[str, typer.Option(help="till, staff or admin.")], by: By = "cli") -> None:
    """Make a link that joins a chat to this person: once, within a day. It is shown this once."""
    try:
        wish = StaffInvite.model_validate({"name": name, "role": role})
    except ValidationError:
        roles = ", ".join(get_args(Role))
        raise BadInput(
            f"{name!r} as {role!r}: the name is 1 to 50 letters, digits, '.', '_' or '-'; the role is one of {roles}"
        ) from None
    link = invite_staff(open_shop(), f"admin:{by}", wish)
    print(f"/start {link.join_payload}")
    out.print(
        f"{link.name} sends that line to the bot, or opens https://t.me/YOUR_BOT?start={link.join_payload}, "
        f"before {link.until:%Y-%m-%d %H:%M} UTC."
    )


@staff.command("list")
def known() -> None:
    """List staff in the order they came."""
    shop, after = open_shop(), None
    table = Table("name", "role", "since", "")
    with shop.read() as session:
        while found := view.staff(session, after, PAGE):
            for each in found:
                state = "left" if each.revoked_at else "in a chat" if each.chat_id else "not linked yet"
                table.add_row(each.name, each.role, f"{each.created_at:%Y-%m-%d}", state)
            after = found[-1].id
    out.print(table if table.row_count else "Nobody works from a chat yet: regulars staff invite NAME --role admin")


@staff.command()
def revoke(name: str, by: By = "cli") -> None:
    """Let somebody go: their chat may do no more than a member's."""
    if not revoke_staff(open_shop(), f"admin:{by}", name):
        raise BadInput(f"Nobody called {name!r} works from a chat.")
    out.print(f"Revoked: {name}.")
