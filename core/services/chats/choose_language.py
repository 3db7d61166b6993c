"""Who is no member chooses the language of their chat; a member's is a setting of theirs."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import update
from sqlmodel import Session

from core.db.chats import chats
from core.rules.refusal import Refused
from core.services.chats.join_chat import ChatId
from core.services.common import Result, Wish
from core.services.once import Caller, once
from core.shop import Shop


class LanguageChoice(Wish):
    chat_id: ChatId
    language: Literal["en", "zh-Hans"]


class LanguageChosen(Result):
    language: str


def choose_language(shop: Shop, caller: Caller, wish: LanguageChoice) -> LanguageChosen:
    """Refused: unknown-chat (there is none, or a member is in it)."""
    theirs = update(chats).where(chats.c.id == wish.chat_id, chats.c.member_id.is_(None))

    def work(session: Session) -> LanguageChosen:
        chosen = session.execute(theirs.values(language=wish.language).returning(chats.c.id))
        if chosen.one_or_none() is None:
            raise Refused("unknown-chat", chat_id=wish.chat_id)
        return LanguageChosen(language=wish.language)

    return once(shop, caller, wish, LanguageChosen, work)
