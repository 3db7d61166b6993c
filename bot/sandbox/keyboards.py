"""reply_markup: inline keyboards, reply keyboards, their removal, forced replies."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bot.sandbox.wording import Json, bad_request

INLINE_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
REPLY_KINDS = ("request_contact", "request_location", "request_poll", "request_users", "request_chat", "web_app")
LOOKS = ("style", "icon_custom_emoji_id")
DATA_LIMIT = 64
BUTTON_LIMIT = 100


def checked(markup: Any) -> tuple[Json | None, Json | None]:
    """(inline keyboard, other markup) of a reply_markup; raises Bad Request for what Telegram refuses."""
    if not markup:
        return None, None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return inline(markup), None
    if "keyboard" in markup:
        return None, {**markup, "keyboard": _rows(markup["keyboard"], _reply_button)}
    if markup.get("remove_keyboard") or markup.get("force_reply"):
        return None, markup
    return None, None


def inline(markup: Any) -> Json | None:
    """The inline keyboard, or None when it has no button."""
    if not markup:
        return None
    if not isinstance(markup, dict) or "inline_keyboard" not in markup:
        raise bad_request("inline keyboard expected")
    rows = _rows(markup["inline_keyboard"], _inline_button)
    return {"inline_keyboard": rows} if rows else None


def _rows(rows: Any, button: Any) -> list[list[Json]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse keyboard: an array of arrays of buttons is expected")
    kept = [[button(each) for each in row] for row in rows if row]
    if sum(map(len, kept)) > BUTTON_LIMIT:
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return kept


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: Object expected")
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_request("can't parse inline keyboard button: Text of the button must be non-empty")
    kinds = [kind for kind in INLINE_KINDS if button.get(kind) not in (None, False)]
    if not kinds:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if kinds[0] == "callback_data":
        _check_data(button["callback_data"])
    elif kinds[0] == "url":
        _check_url(button["url"])
    return {"text": text, kinds[0]: button[kinds[0]]} | {key: button[key] for key in LOOKS if button.get(key)}


def _check_data(data: Any) -> None:
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or not parts.netloc or parts.scheme not in ("http", "https", "tg", "ton"):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply_button(button: Any) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request("can't parse keyboard button: Text of the button must be non-empty")
    return {"text": button["text"]} | {key: button[key] for key in (*REPLY_KINDS, *LOOKS) if button.get(key)}
