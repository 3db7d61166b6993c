"""`regulars serve` and `regulars sandbox`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.sandbox.server import run as run_sandbox
from commands.console import BadInput, err, open_settings, open_shop
from core.services.moved_clock import ahead
from core.services.programs.publish_program import ensure_program
from core.shop import Shop
from serving import Role, open_doors, run, stop_on_signals


def serve(
    roles: Annotated[
        list[Role] | None, typer.Argument(help="Which doors to open; all of them if none is named.")
    ] = None,
) -> None:
    """Open a shop: the bot, the API, the worker that sends and the scheduler, or some of them."""
    settings = open_settings()
    chosen = roles or list(Role)
    if {Role.BOT, Role.WORKER} & set(chosen) and not settings.bot_token.get_secret_value():
        raise BadInput(
            "There is no bot token. Set REGULARS_BOT_TOKEN in the environment or .env to the one from @BotFather, "
            "or leave the bot and the worker out: regulars serve api scheduler"
        )
    if Role.BOT in chosen and settings.webhook_url and not settings.webhook_secret.get_secret_value():
        raise BadInput(
            "REGULARS_WEBHOOK_URL is set and REGULARS_WEBHOOK_SECRET is not: anybody could bring updates. Set it to "
            "some 40 letters and digits, for the bot and the API alike."
        )
    shop = open_shop(settings, new=True)
    _of_today(shop)
    ensure_program(shop, settings.program_file)

    async def opened() -> None:
        async with stop_on_signals() as stop:
            await open_doors(shop, settings, chosen, stop, ready=lambda: err.print(f"Open: {', '.join(chosen)}."))

    run(opened())


def _of_today(shop: Shop) -> None:
    """Real members are not served in a time that somebody moved on to."""
    if by := ahead(shop.database):
        raise BadInput(
            f"{shop.database.url.render_as_string()} is a demo's, whose clock was moved {by} ahead, and its "
            "books with it. Set REGULARS_DATABASE_URL to a shop's database, or go on with: regulars demo"
        )


def sandbox(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")] = None,
) -> None:
    """The Telegram of our own alone, for any bot: set the bot's API address to it."""
    settings = open_settings()
    raise typer.Exit(run_sandbox(settings.sandbox_host, settings.sandbox_port if port is None else port))
