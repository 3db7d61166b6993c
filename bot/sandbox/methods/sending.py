"""Methods that put a new message into a chat."""

from __future__ import annotations

from collections.abc import Callable

from bot.sandbox.methods import content
from bot.sandbox.methods.request import Request, known_chat, message_in, method, open_chat
from bot.sandbox.state import Chat, Message
from bot.sandbox.wording import Json, bad_request

CARRIED = ("text", "entities", "photo", "document", "caption", "caption_entities", "contact", "link_preview_options")
ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


@method("sendMessage")
def send_message(request: Request) -> Json:
    chat = open_chat(request)
    return _send(request, chat, content.text(request)).body


@method("sendPhoto")
def send_photo(request: Request) -> Json:
    return _send_file(request, "photo", content.caption_of_media)


@method("sendDocument")
def send_document(request: Request) -> Json:
    return _send_file(request, "document", content.given_caption)


def _send_file(request: Request, kind: str, caption: Callable[[Request], Json]) -> Json:
    """The file is an uploaded part of this name, or whatever the parameter of this name says."""
    chat = open_chat(request)
    source = kind if request.params.upload(kind) else request.params.text(kind)
    if not source:
        raise bad_request(f"there is no {kind} in the request")
    shown = content.attached(request, kind, source)
    return _send(request, chat, shown | caption(request)).body


@method("forwardMessage")
def forward_message(request: Request) -> Json:
    chat = open_chat(request)
    message = message_in(request, known_chat(request, "from_chat_id"), "message to forward not found")
    origin: Json = {"type": "user", "date": message.body["date"], "sender_user": message.body["from"]}
    shown = {"forward_origin": origin} | _carried(message) | _protected(request)
    return request.sandbox.append(chat, shown, from_bot=True).body


@method("copyMessage")
def copy_message(request: Request) -> Json:
    chat = open_chat(request)
    message = message_in(request, known_chat(request, "from_chat_id"), "message to copy not found")
    carried = _carried(message)
    if "text" not in carried and request.params.raw("caption") is not None:
        carried.pop("caption", None)
        carried.pop("caption_entities", None)
        carried |= content.caption_of_media(request)
    return {"message_id": _send(request, chat, carried).message_id}


@method("sendChatAction")
def send_chat_action(request: Request) -> bool:
    chat = open_chat(request)
    action = request.params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat.action = (action, request.sandbox.clock.now())
    request.sandbox.touch(chat)
    request.sandbox.announce(chat)
    return True


def _send(request: Request, chat: Chat, shown: Json) -> Message:
    """Add what every message may have, and put it into the chat."""
    inline, other = content.markup(request)
    whole = {**content.reply(request, chat), **shown, **_protected(request), **inline}
    return request.sandbox.append(chat, whole, from_bot=True, markup=other)


def _protected(request: Request) -> Json:
    return {"has_protected_content": True} if request.params.flag("protect_content") else {}


def _carried(message: Message) -> Json:
    return {key: message.body[key] for key in CARRIED if key in message.body}
