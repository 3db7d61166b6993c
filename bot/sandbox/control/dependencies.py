"""What the routes of the control side ask for: the sandbox, a bot, a chat."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from bot.sandbox.control.refusals import Refusal
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Bot, Chat


async def sandbox_of(request: Request) -> Sandbox:
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


SandboxHere = Annotated[Sandbox, Depends(sandbox_of)]


async def bot_of(
    sandbox: SandboxHere, bot: Annotated[int | None, Query(description="Bot id; without it the first bot.")] = None
) -> Bot:
    found = [each for each in sandbox.bots if bot is None or each.bot_id == bot]
    if not found:
        known = ", ".join(str(each.bot_id) for each in sandbox.bots)
        raise Refusal(404, f"there is no bot {bot}", "bot", f"leave it out for the first bot, or give one of {known}")
    return found[0]


BotHere = Annotated[Bot, Depends(bot_of)]


async def chat_of(chat_id: int, sandbox: SandboxHere, bot: BotHere) -> Chat:
    if chat_id not in sandbox.users:
        mend = "GET /sandbox/users lists the chats, POST /sandbox/users makes one"
        raise Refusal(404, f"there is no chat {chat_id}", "chat_id", mend)
    return sandbox.chat(bot, chat_id)


ChatHere = Annotated[Chat, Depends(chat_of)]


async def base_url_of(request: Request) -> str:
    """Where the sandbox is as this client sees it, ending in a slash."""
    return str(request.base_url)


BaseUrl = Annotated[str, Depends(base_url_of)]
