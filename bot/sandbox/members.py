"""What people do in their chats: write, send a file, share a contact, press a button, block the bot."""

from __future__ import annotations

from datetime import timedelta

from bot.sandbox.formatting.entities import detect
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Bot, CallbackQuery, Chat, Message, StoredFile
from bot.sandbox.wording import Json

QUERY_LIVES = timedelta(seconds=150)


def write(sandbox: Sandbox, chat: Chat, text: str) -> tuple[Message, int | None]:
    """The user sends text: the message, and its update's id (None when the bot does not want it)."""
    content: Json = {"text": text}
    if entities := detect(text, []):
        content["entities"] = entities
    return _send(sandbox, chat, content)


def share_contact(sandbox: Sandbox, chat: Chat, contact: Json) -> tuple[Message, int | None]:
    """The user sends a contact, as the Bot API's Contact."""
    return _send(sandbox, chat, {"contact": contact})


def send_file(sandbox: Sandbox, chat: Chat, stored: StoredFile, caption: str | None) -> tuple[Message, int | None]:
    """The user sends a photo, or a document where the file is none."""
    content: Json = {"photo": [stored.as_photo()]} if stored.picture else {"document": stored.as_document()}
    if caption is not None:
        content["caption"] = caption
        if entities := detect(caption, []):
            content["caption_entities"] = entities
    return _send(sandbox, chat, content)


def own_contact(chat: Chat, phone: str) -> Json:
    user = chat.user
    contact: Json = {"phone_number": phone, "first_name": user.first_name, "user_id": user.user_id}
    return contact | ({"last_name": user.last_name} if user.last_name else {})


def _send(sandbox: Sandbox, chat: Chat, content: Json) -> tuple[Message, int | None]:
    chat.started = True
    message = sandbox.append(chat, content, from_bot=False)
    return message, chat.bot.queue.put("message", dict(message.body))


def press(sandbox: Sandbox, chat: Chat, message: Message, data: str) -> tuple[CallbackQuery, int | None]:
    """The user presses an inline button that carries this data."""
    now = sandbox.clock.now()
    forget_old(sandbox, chat.bot)
    query = CallbackQuery(str(sandbox.random.getrandbits(62)), chat, message.message_id, now)
    chat.bot.queries[query.query_id] = query
    content: Json = {
        "id": query.query_id,
        "from": chat.user.profile,
        "message": dict(message.body),
        "chat_instance": chat.instance,
        "data": data,
    }
    return query, chat.bot.queue.put("callback_query", content)


def forget_old(sandbox: Sandbox, bot: Bot) -> None:
    """Callback queries older than 150 s can't be answered any more."""
    queries, now = bot.queries, sandbox.clock.now()
    for query_id in [query.query_id for query in queries.values() if now - query.at > QUERY_LIVES]:
        del queries[query_id]


def set_blocked(sandbox: Sandbox, chat: Chat, blocked: bool) -> int | None:
    """Block or unblock the bot; the update's id, None when nothing changed or the bot does not want it."""
    if chat.blocked == blocked:
        return None
    before, chat.blocked = _membership(chat), blocked
    sandbox.touch(chat)
    sandbox.announce(chat)
    content: Json = {
        "chat": chat.user.chat,
        "from": chat.user.profile,
        "date": sandbox.timestamp(),
        "old_chat_member": before,
        "new_chat_member": _membership(chat),
    }
    return chat.bot.queue.put("my_chat_member", content)


def _membership(chat: Chat) -> Json:
    if chat.blocked:
        return {"status": "kicked", "user": chat.bot.profile(), "until_date": 0}
    return {"status": "member", "user": chat.bot.profile()}
