"""What the chat page lives on: everything shown that changed since it last asked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from bot.sandbox.control.dependencies import BaseUrl, BotHere, SandboxHere
from bot.sandbox.control.views import message_view, messages_after, user_view
from bot.sandbox.methods.profile import commands_for
from bot.sandbox.sandbox import CHANGED, Sandbox
from bot.sandbox.state import Chat
from bot.sandbox.wording import Json

LATEST = 200

router = APIRouter()


@router.get("/changes")
async def changes(
    sandbox: SandboxHere,
    bot: BotHere,
    base_url: BaseUrl,
    chats: Annotated[list[int], Query(description="Chats to look at.")] = [],  # noqa: B006 - FastAPI copies it
    after: Annotated[int, Query(ge=0, description="The version of the last answer; 0 for everything.")] = 0,
    wait_s: Annotated[float, Query(ge=0, le=60)] = 0,
) -> Json:
    """Waits until something changed. Of each chat the changed messages, at most the latest 200, and new answers."""
    shown = [sandbox.chat(bot, chat_id) for chat_id in chats if chat_id in sandbox.users]

    def changed() -> bool:
        return sandbox.noted > after or any(chat.version > after for chat in shown)

    await sandbox.bell.wait(CHANGED, changed, wait_s)
    now = sandbox.clock.now()
    return {
        "version": sandbox.version,
        "now": now.isoformat(),
        "clock": _clock(sandbox, now),
        "bot": {"name": bot.name, "username": bot.username},
        "users": [user_view(user) for user in sandbox.users.values()],
        "chats": [_chat(sandbox, chat, after, base_url) for chat in shown],
    }


def _clock(sandbox: Sandbox, now: datetime) -> Json:
    """going: from when to when it is being moved. goals: where it could be moved."""
    going = [each.isoformat() for each in sandbox.going] if sandbox.going else None
    calendar = sandbox.calendar(now)
    return {"zone": str(calendar.zone), "going": going, "goals": calendar.goals(now)}


def _chat(sandbox: Sandbox, chat: Chat, after: int, base_url: str) -> Json:
    user = chat.user
    changed = messages_after(chat, None, after)[-LATEST:] if chat.version > after else []
    return {
        "chat_id": user.user_id,
        "blocked": chat.blocked,
        "pinned": chat.pinned[-1] if chat.pinned else None,
        "keyboard": chat.keyboard,
        "action": chat.action[1].isoformat() if chat.action else None,
        "commands": commands_for(chat.bot, user.user_id, user.language_code),
        "messages": [message_view(sandbox, message, base_url) for message in changed],
        "answers": [answer.view() for answer in chat.answers if answer.version > after],
    }
