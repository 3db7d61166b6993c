"""What a member sees: plain data that the sender turns into Telegram's calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Dialogue = dict[str, Any]
"""The question last asked (`ask`) and what was answered so far, as JSON."""


@dataclass(frozen=True, slots=True)
class Button:
    """data: at most 64 bytes, comes back when pressed. With url it opens that instead."""

    text: str
    data: str = ""
    url: str = ""


Rows = tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Screen:
    """text: Telegram HTML, at most 4096 characters, 1024 with a photo (a PNG, or the file id or URL of one) or a
    document.

    contact_button: label of a button below the input field that shares one's own phone number.
    closes_keyboard: takes such a button away again.
    """

    text: str
    buttons: Rows = ()
    photo: bytes | str | None = None
    document: File | None = None
    contact_button: str = ""
    closes_keyboard: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """The dialogue stays as it is."""


KEEP: Final = Keep()


@dataclass(frozen=True, slots=True)
class Answer:
    """What one update is answered with. toast: a short line over the chat after a press, plain text, 200 characters.

    dialogue: where the conversation stands once this has been shown; None closes it. apart: the message whose button
    was pressed stays as it is.
    """

    screens: tuple[Screen, ...] = ()
    toast: str = ""
    dialogue: Dialogue | Keep | None = None
    apart: bool = False


def show(screen: Screen, *more: Screen, toast: str = "", dialogue: Dialogue | Keep | None = None) -> Answer:
    return Answer((screen, *more), toast, dialogue)
