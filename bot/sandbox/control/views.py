"""How the sandbox's own side shows users, messages and buttons."""

from __future__ import annotations

from itertools import takewhile

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Chat, Message, StoredFile, User
from bot.sandbox.wording import Json


def user_view(user: User) -> Json:
    return {
        "user_id": user.user_id,
        "chat_id": user.user_id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "username": user.username,
        "language_code": user.language_code,
        "phone": user.phone,
    }


def message_view(sandbox: Sandbox, message: Message, base_url: str) -> Json:
    """A message as it is now. `text` is the caption when there is a photo or document."""
    body = message.body
    captioned = "text" not in body
    return {
        "message_id": body["message_id"],
        "from": "bot" if message.from_bot else "user",
        "date": body["date"],
        "text": body.get("caption" if captioned else "text"),
        "entities": body.get("caption_entities" if captioned else "entities", []),
        "photo": _url(sandbox, body["photo"][-1]["file_id"], base_url) if "photo" in body else None,
        "photo_size": [body["photo"][-1]["width"], body["photo"][-1]["height"]] if "photo" in body else None,
        "document": _document(sandbox, body["document"], base_url) if "document" in body else None,
        "contact": body.get("contact"),
        "reply_to": body.get("reply_to_message", {}).get("message_id"),
        "buttons": buttons(message),
        "keyboard": message.markup,
        "edited": message.edited,
        "deleted": message.deleted,
        "version": message.version,
    }


def buttons(message: Message) -> list[list[Json]]:
    """The rows under a message: inline buttons, or those of the reply keyboard that came with it (no data)."""
    inline = message.body.get("reply_markup", {}).get("inline_keyboard")
    rows = inline if inline is not None else (message.markup or {}).get("keyboard", [])
    return [[_button(button) for button in row] for row in rows]


def _button(button: Json) -> Json:
    shown = {"text": button["text"], "data": button.get("callback_data"), "url": button.get("url")}
    return shown | {key: button[key] for key in ("request_contact", "copy_text", "style") if key in button}


def _document(sandbox: Sandbox, document: Json, base_url: str) -> Json:
    return {"name": document["file_name"], "url": _url(sandbox, document["file_id"], base_url)}


def _url(sandbox: Sandbox, file_id: str, base_url: str) -> str:
    stored: StoredFile = sandbox.files[file_id]
    return f"{base_url}sandbox/files/{stored.file_unique_id}"


def messages_after(chat: Chat, after: int | None, edits_after: int | None) -> list[Message]:
    """Messages with an id greater than `after`, or changed since version `edits_after`, in order."""
    if edits_after is not None:
        newer = after if after is not None else float("inf")
        return [each for each in chat.messages.values() if each.version > edits_after or each.message_id > newer]
    newest_first = takewhile(lambda each: each.message_id > (after or 0), reversed(chat.messages.values()))
    return list(newest_first)[::-1]
