"""What a message is made of, checked as Telegram checks it: text, caption, photo, document, keyboards, reply."""

from __future__ import annotations

from bot.sandbox import images, keyboards
from bot.sandbox.formatting.entities import formatted
from bot.sandbox.methods.request import Request
from bot.sandbox.parameters import Upload
from bot.sandbox.state import Chat, StoredFile
from bot.sandbox.wording import BotApiError, Json, bad_request

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
PHOTO_BYTES = 10_000_000
FILE_BYTES = 50_000_000
PHOTO_SIDES = 10_000
PHOTO_RATIO = 20


def text(request: Request) -> Json:
    """text and entities of a message."""
    params = request.params
    plain, entities = formatted(params.text("text"), params.text("parse_mode"), params.items("entities"))
    if not plain:
        raise bad_request("message text is empty")
    if len(plain) > TEXT_LIMIT:
        raise bad_request("message is too long")
    content: Json = {"text": plain}
    if entities:
        content["entities"] = entities
    if preview := params.json("link_preview_options"):
        content["link_preview_options"] = preview
    return content


def caption(source: str, parse_mode: str, entities: list[Json]) -> Json:
    """caption and caption_entities of a message; nothing when it is empty."""
    plain, found = formatted(source, parse_mode, entities)
    if len(plain) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return ({"caption": plain} if plain else {}) | ({"caption_entities": found} if found else {})


def given_caption(request: Request) -> Json:
    params = request.params
    return caption(params.text("caption"), params.text("parse_mode"), params.items("caption_entities"))


def caption_of_media(request: Request) -> Json:
    """The caption, and whether it is shown above the picture."""
    content = given_caption(request)
    return content | ({"show_caption_above_media": True} if request.params.flag("show_caption_above_media") else {})


def attached(request: Request, kind: str, source: str) -> Json:
    """The photo or document that `source` names: an uploaded part, attach://part, or a file_id."""
    upload = request.params.upload(source.removeprefix("attach://"))
    stored = _kept(request, kind, upload) if upload else request.sandbox.files.get(source)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if kind == "document":
        return {"document": stored.as_document()}
    if stored.picture is None:
        raise bad_request("type of file mismatch")
    return {"photo": [stored.as_photo()]}


def media(request: Request) -> Json:
    """The content of an InputMedia: photo or document, with its caption."""
    given = request.params.json("media")
    if not isinstance(given, dict) or given.get("type") not in ("photo", "document"):
        raise bad_request("can't parse InputMedia: media of type photo or document is expected")
    content = attached(request, given["type"], str(given.get("media", "")))
    entities = given.get("caption_entities") or []
    return content | caption(given.get("caption") or "", given.get("parse_mode") or "", entities)


def _kept(request: Request, kind: str, upload: Upload) -> StoredFile:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > FILE_BYTES:
        raise BotApiError(413, "Request Entity Too Large")
    picture = _picture(upload) if kind == "photo" else None
    return request.sandbox.keep_file(upload.name, picture[0] if picture else upload.mime, upload.data, picture)


def _picture(upload: Upload) -> images.Picture:
    """What the picture's header says; raises what Telegram says of pictures that it does not take."""
    found = images.read(upload.data)
    if found is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    if len(upload.data) > PHOTO_BYTES:
        raise bad_request("file is too big")
    _, width, height = found
    if not 0 < width + height <= PHOTO_SIDES or max(width, height) > PHOTO_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return found


def markup(request: Request) -> tuple[Json, Json | None]:
    """(reply_markup of the message, other markup that goes with it)."""
    inline, other = keyboards.checked(request.params.json("reply_markup"))
    return ({"reply_markup": inline} if inline else {}), other


def reply(request: Request, chat: Chat) -> Json:
    """reply_to_message, when the message answers another one."""
    given = request.params.json("reply_parameters")
    if not isinstance(given, dict):
        return {}
    answered = chat.present(given.get("message_id"))
    if answered is None and not given.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    if answered is None:
        return {}
    return {"reply_to_message": {key: value for key, value in answered.body.items() if key != "reply_to_message"}}
