"""What a bot may know about a chat, and what it may pin in it."""

from __future__ import annotations

from bot.sandbox.methods.request import Request, known_chat, message_in, method, open_chat
from bot.sandbox.state import Chat
from bot.sandbox.wording import Json, bad_request

NO_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


@method("getChat")
def get_chat(request: Request) -> Json:
    chat = known_chat(request)
    info: Json = {**chat.user.chat, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": NO_GIFTS}
    if chat.user.username:
        info["active_usernames"] = [chat.user.username]
    if chat.pinned:
        info["pinned_message"] = chat.messages[chat.pinned[-1]].body
    return info


@method("getChatMember")
def get_chat_member(request: Request) -> Json:
    chat = known_chat(request)
    asked = request.params.integer("user_id")
    if asked == request.bot.bot_id:
        return {"status": "member", "user": request.bot.profile()}
    if asked != chat.user.user_id:
        raise bad_request("user not found")
    return {"status": "member", "user": chat.user.profile}


@method("pinChatMessage")
def pin_chat_message(request: Request) -> bool:
    chat = open_chat(request)
    message = message_in(request, chat, "message to pin not found")
    _unpin(chat, message.message_id)
    chat.pinned.append(message.message_id)
    return _announced(request, chat)


@method("unpinChatMessage")
def unpin_chat_message(request: Request) -> bool:
    """Without message_id the message pinned last."""
    chat = open_chat(request)
    if request.params.integer("message_id"):
        _unpin(chat, message_in(request, chat, "message to unpin not found").message_id)
    elif chat.pinned:
        chat.pinned.pop()
    return _announced(request, chat)


@method("unpinAllChatMessages")
def unpin_all_chat_messages(request: Request) -> bool:
    chat = open_chat(request)
    chat.pinned.clear()
    return _announced(request, chat)


def _unpin(chat: Chat, message_id: int) -> None:
    if message_id in chat.pinned:
        chat.pinned.remove(message_id)


def _announced(request: Request, chat: Chat) -> bool:
    request.sandbox.touch(chat)
    request.sandbox.announce(chat)
    return True
