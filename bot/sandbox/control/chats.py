"""What people do and see in their chats."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from bot.sandbox import images, members
from bot.sandbox.control.bodies import ContactCard, Document, Press, Sending
from bot.sandbox.control.dependencies import BaseUrl, ChatHere, SandboxHere
from bot.sandbox.control.refusals import Refusal
from bot.sandbox.control.views import buttons, message_view, messages_after
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Chat, Message, StoredFile
from bot.sandbox.wording import Json

router = APIRouter(prefix="/chats/{chat_id}")
Wait = Annotated[float, Query(ge=0, le=60, description="Seconds to wait for the first one.")]


@router.post("/send")
async def send(sending: Sending, chat: ChatHere, sandbox: SandboxHere) -> Json:
    _refuse_blocked(chat)
    if sending.text is not None:
        return _sent(members.write(sandbox, chat, sending.text))
    if sending.photo is not None:
        return _sent(members.send_file(sandbox, chat, _photo(sandbox, sending.photo), sending.caption))
    if sending.document is not None:
        return _sent(members.send_file(sandbox, chat, _document(sandbox, sending.document), sending.caption))
    return _sent(members.share_contact(sandbox, chat, _contact(chat, sending.contact)))


def _photo(sandbox: Sandbox, content: bytes) -> StoredFile:
    found = images.read(content)
    if found is None:
        raise Refusal(422, "this is no picture", "photo", "send a JPEG, PNG, WebP or GIF in Base64")
    return sandbox.keep_file("photo", found[0], content, found)


def _document(sandbox: Sandbox, given: Document) -> StoredFile:
    return sandbox.keep_file(given.name, given.mime, given.content, None)


def _contact(chat: Chat, card: ContactCard | bool | None) -> Json:
    if isinstance(card, ContactCard):
        return card.model_dump(exclude_none=True)
    if chat.user.phone is None:
        mend = "make the user with a phone, or send the contact's fields yourself"
        raise Refusal(409, "this user has no phone number", "contact", mend)
    return members.own_contact(chat, chat.user.phone)


def _sent(sent: tuple[Message, int | None]) -> Json:
    message, update_id = sent
    return {"message_id": message.message_id, "update_id": update_id}


@router.post("/press")
async def press(press: Press, chat: ChatHere, sandbox: SandboxHere) -> Json:
    """Press an inline button; a button of a reply keyboard sends its text, or the user's contact if it asks for it."""
    _refuse_blocked(chat)
    message = chat.present(press.message_id)
    if message is None or not message.from_bot:
        mend = "GET …/messages shows the bot's messages and their buttons"
        raise Refusal(404, f"the bot has no message {press.message_id} here", "message_id", mend)
    data = press.data
    if data is None:
        button = _button(message, press.text or "")
        if "keyboard" in (message.markup or {}):
            return _typed(sandbox, chat, button)
        data = _data(button)
    query, update_id = members.press(sandbox, chat, message, data)
    return {"callback_query_id": query.query_id, "update_id": update_id}


def _button(message: Message, label: str) -> Json:
    shown = [button for row in buttons(message) for button in row]
    for button in shown:
        if button["text"] == label:
            return button
    labels = ", ".join(button["text"] for button in shown) or "it has no buttons"
    raise Refusal(404, f"there is no button “{label}” on this message", "text", f"its buttons: {labels}")


def _data(button: Json) -> str:
    if button["data"] is None:
        raise Refusal(409, f"“{button['text']}” is no callback button", "text", "open its url, or press another one")
    return str(button["data"])


def _typed(sandbox: Sandbox, chat: Chat, button: Json) -> Json:
    if button.get("request_contact"):
        sent = members.share_contact(sandbox, chat, _contact(chat, True))
    else:
        sent = members.write(sandbox, chat, button["text"])
    return _sent(sent) | {"callback_query_id": None}


def _refuse_blocked(chat: Chat) -> None:
    if chat.blocked:
        raise Refusal(409, "this user has blocked the bot", "chat_id", "POST …/unblock first")


@router.post("/block")
async def block(chat: ChatHere, sandbox: SandboxHere) -> Json:
    return {"blocked": True, "update_id": members.set_blocked(sandbox, chat, True)}


@router.post("/unblock")
async def unblock(chat: ChatHere, sandbox: SandboxHere) -> Json:
    return {"blocked": False, "update_id": members.set_blocked(sandbox, chat, False)}


@router.get("/messages")
async def messages(
    chat: ChatHere,
    sandbox: SandboxHere,
    base_url: BaseUrl,
    after: Annotated[int | None, Query(description="Messages with a greater message_id.")] = None,
    edits_after: Annotated[int | None, Query(description="Messages changed since this version.")] = None,
    wait_s: Wait = 0,
) -> list[Json]:
    """With both `after` and `edits_after`, what is either new or changed."""
    await sandbox.bell.wait(chat, lambda: bool(messages_after(chat, after, edits_after)), wait_s)
    return [message_view(sandbox, message, base_url) for message in messages_after(chat, after, edits_after)]


@router.get("/answers")
async def answers(
    chat: ChatHere,
    sandbox: SandboxHere,
    after: Annotated[int, Query(description="Answers with a greater version.")] = 0,
    wait_s: Wait = 0,
) -> list[Json]:
    await sandbox.bell.wait(chat, lambda: bool(chat.answers) and chat.answers[-1].version > after, wait_s)
    return [answer.view() for answer in chat.answers if answer.version > after]
