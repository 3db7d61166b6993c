"""Where Telegram brings its updates, when the bot does not fetch them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from api.depends import ShopOf
from api.problems import Fault, problems
from core.services.chats.inbox import store_update


class TelegramUpdate(BaseModel):
    """https://core.telegram.org/bots/api#update; only its number is looked at here."""

    model_config = ConfigDict(extra="allow")

    update_id: Annotated[int, Field(strict=True, ge=0, le=2**53 - 1)]


class Stored(BaseModel):
    """new: false when this update had been stored before."""

    new: bool


def webhook(secret: str, on_update: Callable[[], None] | None) -> APIRouter:
    """on_update is called on the event loop once an update is stored; it must not block."""
    router = APIRouter(tags=["telegram"])

    @router.post(
        "/telegram/webhook", summary="Take an update from Telegram", responses=problems(400, 401, 413, 415, 422)
    )
    async def receive(
        shop: ShopOf,
        update: TelegramUpdate,
        token: Annotated[str, Header(alias="X-Telegram-Bot-Api-Secret-Token")] = "",
    ) -> Stored:
        """Stores the update, then acknowledges it; the bot answers it afterwards."""
        if not hmac.compare_digest(token.encode(), secret.encode()):
            raise Fault("secret-wrong", 401, "The secret token is not the one this webhook was set with.")
        payload = update.model_dump()
        new = await run_in_threadpool(store_update, shop, update.update_id, chat_of(payload), payload)
        if on_update is not None:
            on_update()
        return Stored(new=new)

    return router


def chat_of(update: dict[str, Any]) -> int | None:
    """The chat an update belongs to, or None: of the message in it, of the button's message, of a membership."""
    for kind in update.values():
        if isinstance(kind, dict):
            holder = kind.get("message", kind)
            chat = holder.get("chat", kind.get("from")) if isinstance(holder, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return None
