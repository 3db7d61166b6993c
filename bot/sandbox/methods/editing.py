"""Methods that change or delete messages that are there already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.sandbox import keyboards
from bot.sandbox.methods import content
from bot.sandbox.methods.request import Request, known_chat, message_in, method, open_chat
from bot.sandbox.state import Chat, Message
from bot.sandbox.wording import NOT_MODIFIED, Json, bad_request

DELETABLE = timedelta(hours=48)
TEXT = ("text", "entities", "link_preview_options")
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
MEDIA = ("photo", "document", *CAPTION)


@method("editMessageText")
def edit_message_text(request: Request) -> Json:
    chat, message = _own(request)
    new = content.text(request)
    if "text" not in message.body:
        raise bad_request("there is no text in the message to edit")
    return _replace(request, chat, message, TEXT, new)


@method("editMessageCaption")
def edit_message_caption(request: Request) -> Json:
    chat, message = _own(request)
    new = content.caption_of_media(request)
    if "text" in message.body:
        raise bad_request("there is no caption in the message to edit")
    return _replace(request, chat, message, CAPTION, new)


@method("editMessageMedia")
def edit_message_media(request: Request) -> Json:
    chat, message = _own(request)
    new = content.media(request)
    return _replace(request, chat, message, (*TEXT, *MEDIA), new)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(request: Request) -> Json:
    chat, message = _own(request)
    return _replace(request, chat, message, (), {})


def _own(request: Request) -> tuple[Chat, Message]:
    """The bot's own message that the call names."""
    if request.params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = open_chat(request)
    message = message_in(request, chat, "message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return chat, message


def _replace(request: Request, chat: Chat, message: Message, keys: tuple[str, ...], new: Json) -> Json:
    """Put `new` where `keys` were, and the keyboard that came with it; without one the message has none any more."""
    inline = keyboards.inline(request.params.json("reply_markup"))
    body = {key: value for key, value in message.body.items() if key not in (*keys, "reply_markup")}
    edited = Message(body | new | ({"reply_markup": inline} if inline else {}), message.from_bot, 0)
    if edited.shown() == message.shown():
        raise bad_request(NOT_MODIFIED)
    message.body = edited.body | {"edit_date": request.sandbox.timestamp()}
    request.sandbox.changed(chat, message)
    return message.body


@method("deleteMessage")
def delete_message(request: Request) -> bool:
    chat = known_chat(request)
    message = message_in(request, chat, "message to delete not found")
    if not _deletable(request, message):
        raise bad_request("message can't be deleted for everyone")
    _delete(request, chat, message)
    return True


@method("deleteMessages")
def delete_messages(request: Request) -> bool:
    """Deletes what can be deleted and passes over the rest."""
    chat = known_chat(request)
    numbers = request.params.items("message_ids")
    if not 1 <= len(numbers) <= 100:
        raise bad_request("there must be 1 to 100 message identifiers specified")
    for number in numbers:
        message = chat.present(number)
        if message is not None and _deletable(request, message):
            _delete(request, chat, message)
    return True


def _deletable(request: Request, message: Message) -> bool:
    sent_at = datetime.fromtimestamp(message.body["date"], UTC)
    return request.sandbox.clock.now() - sent_at <= DELETABLE


def _delete(request: Request, chat: Chat, message: Message) -> None:
    message.deleted = True
    if message.message_id in chat.pinned:
        chat.pinned.remove(message.message_id)
    request.sandbox.changed(chat, message)
