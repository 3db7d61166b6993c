"""A person's chat and a member come together: one member a chat, one chat a member."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints
from sqlalchemy import and_, select, update
from sqlmodel import Session

from core.db.chats import chats
from core.db.fact_queries import note_stale, note_stale_chats
from core.db.inserting import insert_into
from core.db.ledger_queries import lock_account
from core.db.members import kept, members
from core.insight.chats import ChatView, chat_of
from core.insight.members import MemberRef, member_of
from core.rules.refusal import Refused
from core.services.common import Result, Wish
from core.services.members.enrol import EnrolForm, enrol_in
from core.services.once import Caller, once
from core.shop import Shop

ChatId = Annotated[int, Field(strict=True, ge=-(2**62), le=2**62)]


class PayloadJoin(Wish):
    """payload: the secret that came with the card (`Enrolled.join_payload`)."""

    chat_id: ChatId
    payload: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class PhoneJoin(Wish):
    """phone: of the contact that was shared. The caller has checked that the contact is the sender's own."""

    chat_id: ChatId
    phone: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40)]


class NewJoin(Wish):
    """A new member from the chat; without a language in the form, the chat's."""

    chat_id: ChatId
    form: EnrolForm


class Leave(Wish):
    chat_id: ChatId


class Joined(Result):
    """new: this call brought them together; False when they were already."""

    member_id: int
    card_number: str
    new: bool


class Left(Result):
    """member_id: who was in the chat; None if nobody was."""

    member_id: int | None


def chat_language(language_code: str | None) -> str:
    """The chat's first language from Telegram's IETF tag: zh-Hans for every zh, else en."""
    return "zh-Hans" if (language_code or "").lower().split("-")[0] == "zh" else "en"


def open_chat(shop: Shop, chat_id: int, language_code: str | None) -> ChatView:
    """Somebody wrote: the chat is known from now on, and can be written to again. Its language stays what it was."""
    fresh = {"id": chat_id, "language": chat_language(language_code), "blocked": False, "seen_at": shop.now()}
    again = {"blocked": False, "seen_at": fresh["seen_at"]}
    with shop.write() as session:
        note_stale_chats(session, [chat_id], blocked=False)
        seen = insert_into(session, chats).values(fresh)
        session.execute(seen.on_conflict_do_update(index_elements=["id"], set_=again))
        view = chat_of(session, chat_id)
    assert view is not None
    return view


def join_by_payload(shop: Shop, caller: Caller, wish: PayloadJoin) -> Joined:
    """Refused: unknown-chat, join-code-unknown, card-in-another-chat, chat-has-another-member."""

    def work(session: Session) -> Joined:
        with_code = (members.c.join_code == wish.payload, members.c.forgotten_at.is_(None))
        member_id = session.execute(select(kept(and_(*with_code)))).scalar_one_or_none()
        if member_id is None:
            raise Refused("join-code-unknown")
        return _join(session, wish.chat_id, member_id)

    return once(shop, caller, wish, Joined, work)


def join_by_phone(shop: Shop, caller: Caller, wish: PhoneJoin) -> Joined:
    """Refused: unknown-chat, phone-invalid, unknown-member, card-in-another-chat, chat-has-another-member."""

    def work(session: Session) -> Joined:
        return _join(session, wish.chat_id, member_of(session, MemberRef(phone=wish.phone)).id)

    return once(shop, caller, wish, Joined, work)


def join_new(shop: Shop, caller: Caller, wish: NewJoin) -> Joined:
    """Enrol and join in one commit. Refused: unknown-chat, chat-has-another-member, and what enrol refuses."""

    def work(session: Session) -> Joined:
        chat = _chat(session, wish.chat_id)
        if chat.member_id is not None:
            raise Refused("chat-has-another-member", chat_id=chat.id)
        form = wish.form if wish.form.language else wish.form.model_copy(update={"language": chat.language})
        return _join(session, wish.chat_id, enrol_in(shop, session, caller, form).id)

    return once(shop, caller, wish, Joined, work)


def leave(shop: Shop, caller: Caller, wish: Leave) -> Left:
    """The chat and its member part; the membership goes on. Refused: unknown-chat."""

    def work(session: Session) -> Left:
        chat = _chat(session, wish.chat_id)
        if chat.member_id is not None:
            unlink(session, chat.member_id)
        return Left(member_id=chat.member_id)

    return once(shop, caller, wish, Left, work)


def unlink(session: Session, member_id: int) -> None:
    """Nobody is in the member's chat any more; a half-finished dialogue ends."""
    session.execute(update(chats).where(chats.c.member_id == member_id).values(member_id=None, dialogue=None))
    note_stale(session, member_id)


def _join(session: Session, chat_id: int, member_id: int) -> Joined:
    """The member's row is locked first, so two chats cannot both win; they are told apart after that."""
    lock_account(session, member_id)
    member = member_of(session, MemberRef(id=member_id))
    chat = _chat(session, chat_id)
    if chat.member_id not in (None, member_id):
        raise Refused("chat-has-another-member", chat_id=chat_id)
    elsewhere = select(chats.c.id).where(chats.c.member_id == member_id, chats.c.id != chat_id)
    if session.execute(elsewhere).first() is not None:
        raise Refused("card-in-another-chat", card_number=member.card_number)
    if chat.member_id is None:
        session.execute(update(chats).where(chats.c.id == chat_id).values(member_id=member_id))
        session.execute(update(members).where(members.c.id == member_id).values(language=chat.language))
        note_stale(session, member_id)
    return Joined(member_id=member_id, card_number=member.card_number, new=chat.member_id is None)


def _chat(session: Session, chat_id: int) -> ChatView:
    """Locked against a second join at once."""
    session.execute(select(chats.c.id).where(chats.c.id == chat_id).with_for_update())
    chat = chat_of(session, chat_id)
    if chat is None:
        raise Refused("unknown-chat", chat_id=chat_id)
    return chat
