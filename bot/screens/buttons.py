"""Buttons that many screens share."""

from __future__ import annotations

from collections.abc import Sequence

from bot.screen import Button, Rows
from bot.texts import Say


def home(say: Say) -> tuple[Button, ...]:
    return (Button(say("menu.home"), "home"),)


def back(say: Say, data: str) -> tuple[Button, ...]:
    return (Button(say("menu.back"), data), Button(say("menu.home"), "home"))


def to(say: Say, *names: str) -> tuple[Button, ...]:
    """A row of the main screens' buttons."""
    return tuple(Button(say(f"menu.{name}"), name) for name in names)


def in_rows(buttons: Sequence[Button], width: int) -> Rows:
    return tuple(tuple(buttons[start : start + width]) for start in range(0, len(buttons), width))


def pages(say: Say, name: str, page: int, count: int) -> Rows:
    """‹ 2/3 ›, or nothing for a single page. page counts from 0."""
    if count < 2:
        return ()
    before = Button(say("menu.previous"), f"{name}:{(page - 1) % count}")
    after = Button(say("menu.next"), f"{name}:{(page + 1) % count}")
    return ((before, Button(f"{page + 1}/{count}", f"{name}:{page}"), after),)
