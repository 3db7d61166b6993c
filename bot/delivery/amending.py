"""One change of a message that was sent, and what Telegram's answer means."""

from __future__ import annotations

from typing import Any

from telegram import Bot
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.delivery.wire import REVOKED, Unknown, keyboard, mutable, said_by, sorted_out
from bot.request import NotSent
from core.services.deliveries.leaving import Change, Outcome

EDIT_TEXT, EDIT_CAPTION, DELETE = "edit_Message_Text", "edit_Message_Caption", "delete_Message"
"""Spelt so that python-telegram-bot does not advise its own methods."""
DONE = {"edit": "edited", "delete": "deleted", "withdraw": "withdrawn"}
UNCHANGED = "message is not modified"
GONE = ("message to edit not found", "message to delete not found", "message_id_invalid")


async def amend(bot: Bot, change: Change) -> Outcome:
    """Raises RetryAfter, NotSent and Unknown, as `wire.post` does."""
    try:
        await bot.do_api_request(_method(change), _parameters(change))
        return Outcome(change, "sent", how=DONE[change.way])
    except (RetryAfter, NotSent):
        raise
    except REVOKED as error:
        raise Unknown(str(error)) from error
    except BadRequest as error:
        return _refused(change, error)
    except TelegramError as error:
        return sorted_out(change, error)


def _refused(change: Change, error: BadRequest) -> Outcome:
    """What is as it should be already is done: perhaps the answer to an earlier request was lost."""
    said = str(error).casefold()
    if UNCHANGED in said:
        return Outcome(change, "sent", how="unchanged")
    if any(sign in said for sign in GONE):
        if change.way == "edit":
            return Outcome(change, "failed", error=str(error))
        return Outcome(change, "sent", how="gone")
    return sorted_out(change, error)


def _method(change: Change) -> str:
    if change.way == "delete":
        return DELETE
    return EDIT_CAPTION if change.photo else EDIT_TEXT


def _parameters(change: Change) -> dict[str, Any]:
    parameters: dict[str, Any] = {"chat_id": change.chat_id, "message_id": change.message_id}
    if change.way == "delete":
        return parameters
    parameters |= {"caption" if change.photo else "text": said_by(change), "parse_mode": "HTML"}
    buttons = change.buttons
    if change.way == "edit":
        buttons = mutable(buttons, change.delivery_id, change.kind, change.language)
    if buttons:
        parameters["reply_markup"] = keyboard(change.delivery_id, buttons)
    return parameters
