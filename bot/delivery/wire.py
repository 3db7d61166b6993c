"""One message to Telegram, and what its answer, or its silence, means."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from telegram import Bot, InputFile
from telegram.error import (
    BadRequest,
    ChatMigrated,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.delivery.taps import carrying
from bot.request import Lost, NotSent, said
from bot.texts import say
from core.services.deliveries.leaving import Change, Outcome, Outgoing

TEXT, CAPTION = 4096, 1024
"""Characters that Telegram takes, markup not counted: this side of it in any case."""
UPLOAD_S = 60.0
"""How long the answer to a message that brings a photo may take, 10 MB on a slow line among it."""
GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid", "chat_id_invalid")
"""How a refusal (400) says that nobody is there."""
UPLOAD = "send_Photo"  # spelt so that python-telegram-bot does not advise its own method


REVOKED = (InvalidToken, EndPointNotFound)
"""What python-telegram-bot raises for 401: the second from do_api_request, as if it were the method that is unknown."""


class Unknown(TelegramError):
    """Telegram does not know the bot any more: nothing can be sent with this token."""


async def post(bot: Bot, message: Outgoing, photo: str | bytes | None, *, paid: bool = False) -> Outcome:
    """photo: the message's, by its address or file id, or as bytes: then the outcome has the file id it got.

    Raises RetryAfter, NotSent (it never left) and Unknown, which concern whatever else would be sent, too.
    """
    try:
        result = await _sent(bot, _parameters(message, photo, paid), photo)
        file_id = str(result["photo"][-1]["file_id"]) if isinstance(photo, bytes) else None
        return Outcome(message, "sent", message_id=int(result["message_id"]), file_id=file_id)
    except (RetryAfter, NotSent):
        raise
    except REVOKED as error:
        raise Unknown(str(error)) from error
    except TelegramError as error:
        return sorted_out(message, error)
    except (LookupError, TypeError, ValueError) as error:  # an answer that is none of Telegram's
        return Outcome(message, "in_doubt", error=f"an answer that nobody understands: {error!r}")


async def _sent(bot: Bot, parameters: dict[str, Any], photo: str | bytes | None) -> Any:
    if isinstance(photo, bytes):
        return await bot.do_api_request(UPLOAD, parameters, read_timeout=UPLOAD_S)
    return await bot.request.post(f"{bot.base_url}/{'sendPhoto' if photo else 'sendMessage'}", said(parameters))


def sorted_out(message: Outgoing | Change, error: TelegramError) -> Outcome:
    """permanent, passing, or in doubt. BadRequest and TimedOut are NetworkErrors, too, so they come first."""
    match error:
        case ChatMigrated():
            return Outcome(message, "again", error=str(error), moved_to=error.new_chat_id)
        case Forbidden():
            return Outcome(message, "blocked", error=str(error))
        case BadRequest():
            gone = any(sign in str(error).casefold() for sign in GONE)
            return Outcome(message, "blocked" if gone else "failed", error=str(error))
        case TimedOut() | Lost():
            return Outcome(message, "in_doubt", error=str(error))
        case NetworkError() if "(504)" in str(error) or "gateway timeout" in str(error).casefold():
            return Outcome(message, "in_doubt", error=str(error))
        case NetworkError():
            wait_s = min(2.0**message.tries, 300)
            return Outcome(message, "again", error=str(error), wait_s=wait_s, failure=True)
    return Outcome(message, "in_doubt", error=str(error))


def _parameters(message: Outgoing, photo: str | bytes | None, paid: bool) -> dict[str, Any]:
    text = said_by(message)
    words: dict[str, Any] = {"text": text}
    if photo:
        words = {"photo": photo if isinstance(photo, str) else InputFile(photo, "photo"), "caption": text}
    parameters: dict[str, Any] = {"chat_id": message.chat_id, "parse_mode": "HTML", **words}
    buttons = mutable(message.buttons, message.id, message.kind, message.language)
    if buttons:
        parameters["reply_markup"] = keyboard(message.id, buttons)
    if paid:
        parameters["allow_paid_broadcast"] = True
    return parameters


def said_by(message: Outgoing | Change) -> str:
    """Its text, with why it is there for who wants to know, where there is room."""
    if not message.explained:
        return message.text
    speak = say(message.language)
    kind = message.name or speak("mutes.campaign" if message.source.startswith("campaign:") else "mutes.other")
    agreed = f"settings.purposes.{message.purpose}"
    why = speak("mutes.why", kind=kind, purpose=speak(agreed if speak.has(agreed) else "mutes.membership"))
    both = f"{message.text}\n\n{why}"
    return both if len(both) <= (CAPTION if message.photo else TEXT) else message.text


def mutable(
    buttons: list[list[dict[str, str]]], delivery_id: int, kind: str, language: str
) -> list[list[dict[str, str]]]:
    """With the button that mutes messages of its kind; what members must know has none."""
    if kind == "transactional":
        return buttons
    return [*buttons, [{"text": say(language)("mutes.button"), "data": f"mute:{delivery_id}"}]]


def keyboard(delivery_id: int, buttons: list[list[dict[str, str]]]) -> str:
    return to_json({"inline_keyboard": [[_button(delivery_id, each) for each in row] for row in buttons]}).decode()


def _button(delivery_id: int, button: dict[str, str]) -> dict[str, str]:
    """A button says which delivery it came with: a tap on it proves that this one arrived."""
    if "url" in button:
        return {"text": button["text"], "url": button["url"]}
    return {"text": button["text"], "callback_data": carrying(delivery_id, button["data"])}
