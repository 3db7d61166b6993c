"""A file that somebody sent, from Telegram to here."""

from __future__ import annotations

import structlog
from telegram import Bot
from telegram.error import TelegramError

log = structlog.get_logger("bot.fetching")


async def fetched(bot: Bot, file_id: str, most: int) -> bytes | None:
    """Its bytes; None: Telegram does not give it, or not within `most` bytes."""
    try:
        file = await bot.get_file(file_id)
        if file.file_size is None or file.file_size > most:
            return None
        return bytes(await file.download_as_bytearray())
    except TelegramError as error:
        log.warning("a file could not be fetched", error=type(error).__name__)
        return None
