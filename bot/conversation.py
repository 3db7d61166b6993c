"""One update in, one answer out: finds what is asked for, by button, command, word or dialogue, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import Parameter, signature
from typing import Any

from pydantic import ValidationError
from telegram import ChatMember, Contact, Message, Update

from bot.codes import Scan
from bot.delivery.taps import carried
from bot.guest import Desk, Forged, Guest
from bot.screen import KEEP, Answer, Screen, show
from bot.screens import (
    card,
    check_in,
    coupons,
    data,
    feedback,
    goals,
    history,
    home,
    invite,
    join,
    mutes,
    offers,
    points,
    prize_draws,
    rewards,
    settings,
    stored_value,
    tier,
)
from bot.staff import broadcasts, corrections, desk, gifts, record
from bot.texts import language_for, meant, say
from core.insight.chats import chat_at
from core.rules.refusal import Refused
from core.services.chats.block_chat import block_chat
from core.services.chats.join_chat import open_chat
from core.services.deliveries.tapped import tapped
from core.services.staff.joining import LINK
from core.words import refusal_words

LONGEST_DATA = 64  # bytes that Telegram lets a button carry


@dataclass(frozen=True, slots=True)
class Route:
    """least, most: how many arguments it takes. guests: also for those who are no members yet. quick: reads a few rows
    and writes a text, so that it may be made on the event loop."""

    make: Callable[..., Screen | Answer]
    least: int
    most: int
    guests: bool = False
    quick: bool = False


def _route(make: Callable[..., Screen | Answer], *, guests: bool = False, quick: bool = False) -> Route:
    arguments = list(signature(make).parameters.values())[1:]
    needed = sum(each.default is Parameter.empty for each in arguments)
    return Route(make, needed, len(arguments), guests, quick)


ROUTES = {
    "home": _route(home.screen, quick=True),
    "help": _route(home.help_screen, quick=True),
    "card": _route(card.screen),
    "points": _route(points.screen, quick=True),
    "entries": _route(points.all_entries, quick=True),
    "why": _route(points.why, quick=True),
    "stored_value": _route(stored_value.screen, quick=True),
    "movement": _route(stored_value.why, quick=True),
    "tier": _route(tier.screen, quick=True),
    "goals": _route(goals.screen),
    "coupons": _route(coupons.screen),
    "coupon": _route(coupons.detail),
    "offers": _route(offers.screen),
    "claim": _route(offers.claim),
    "rewards": _route(rewards.screen),
    "reward": _route(rewards.detail),
    "my_rewards": _route(rewards.mine),
    "order": _route(rewards.order),
    "buy": _route(rewards.confirm),
    "take": _route(rewards.take),
    "prize_draws": _route(prize_draws.screen),
    "prize_draw": _route(prize_draws.detail),
    "play": _route(prize_draws.play),
    "history": _route(history.screen),
    "purchase": _route(history.bought),
    "statement": _route(history.month),
    "check_in": _route(check_in.act),
    "invite": _route(invite.screen),
    "settings": _route(settings.screen),
    "language": _route(settings.language),
    "birthday": _route(settings.birthday),
    "calendar": _route(settings.calendar),
    "quiet": _route(settings.quiet),
    "allow": _route(settings.allow),
    "style": _route(settings.style),
    "zone": _route(settings.zone),
    "mute": _route(mutes.mute),
    "unmute": _route(mutes.unmute),
    "feedback": _route(feedback.screen),
    "tell": _route(feedback.ask),
    "review": _route(feedback.review),
    "data": _route(data.screen),
    "export": _route(data.export),
    "forget": _route(data.ask_forget),
    "forget_on": _route(data.ask_again),
    "forget_me": _route(data.forget),
    "join": _route(join.act, guests=True),
    "start": _route(join.start, guests=True),
    "staff": _route(desk.screen, guests=True),
    "s_language": _route(desk.language, guests=True),
    "s_find": _route(record.ask, guests=True),
    "s_member": _route(record.screen, guests=True),
    "s_points": _route(gifts.ask_points, guests=True),
    "s_coupons": _route(gifts.ask_coupon, guests=True),
    "s_coupon": _route(gifts.ask_reason, guests=True),
    "s_give": _route(gifts.hand_over, guests=True),
    "s_gifts": _route(gifts.waiting, guests=True),
    "s_gift": _route(gifts.detail, guests=True),
    "s_decide": _route(gifts.decide, guests=True),
    "s_casts": _route(broadcasts.screen, guests=True),
    "s_new": _route(broadcasts.ask, guests=True),
    "s_to": _route(broadcasts.draft, guests=True),
    "s_cast": _route(broadcasts.detail, guests=True),
    "s_seen": _route(broadcasts.seen, guests=True),
    "s_sure": _route(broadcasts.sure, guests=True),
    "s_ask": _route(broadcasts.ask_approval, guests=True),
    "s_approve": _route(broadcasts.approve, guests=True),
    "s_step": _route(broadcasts.step, guests=True),
    "s_fix": _route(corrections.ask, guests=True),
    "s_fixes": _route(corrections.detail, guests=True),
    "s_fix_seen": _route(corrections.seen, guests=True),
    "s_fix_yes": _route(corrections.approve, guests=True),
    "s_recall": _route(corrections.ask_recall, guests=True),
    "s_recalled": _route(corrections.recall, guests=True),
}

COMMANDS = {
    "start": "start",
    "menu": "home",
    "points": "points",
    "tier": "tier",
    "card": "card",
    "coupons": "coupons",
    "offers": "offers",
    "rewards": "rewards",
    "prizes": "prize_draws",
    "checkin": "check_in",
    "history": "history",
    "statement": "statement",
    "invite": "invite",
    "settings": "settings",
    "language": "language",
    "feedback": "feedback",
    "data": "data",
    "help": "help",
    "cancel": "home",
    "staff": "staff",
}

TOLD: dict[str, Callable[[Guest, str], Answer]] = {
    "name": join.named,
    "birthday": settings.birthday_told,
    "feedback": feedback.told,
    "s_find": record.told,
    "s_points": gifts.points_told,
    "s_reason": gifts.reason_told,
    "s_give": gifts.told_again,
}
"""What takes a person's words while a question of that name is open."""
VERY_MESSAGE: dict[str, Callable[[Guest, Message], Answer]] = {
    "s_cast": broadcasts.told,
    "s_cast_to": broadcasts.told,
    "s_fix": corrections.told,
}
"""What takes the whole message instead, with its formatting or its photo. Another one takes the place of the first."""
PHOTO_OF_CARD = ("", "s_find")
"""Where a photo from staff is of a member's card."""
ASKED_OF_ANYBODY = ("name", "s_find", "s_points", "s_reason", "s_give")

NOT_ON_DUTY = ("not-staff", "staff-role")
"""After these a question to staff is over: it would be refused for ever."""


def handle(desk: Desk, update: Update, late: bool = False, scan: Scan | None = None) -> Answer | None:
    """Everything about one update that needs the database. None: nothing is to be said.

    late: a press from too long ago. That it came is noted; what it asks for is asked again. scan: of its picture.

    DatabaseUnavailable, ForAThread, WantsPicture: nothing was done, the same update may be handled again.
    """
    chat = update.effective_chat
    if chat is None or chat.type != chat.PRIVATE:
        return None
    if update.my_chat_member is not None:
        desk.no_hurry()
        block_chat(desk.shop, chat.id, update.my_chat_member.new_chat_member.status == ChatMember.BANNED)
        return None
    if update.callback_query is None and update.message is None:
        return None
    with desk.shop.read() as session:
        guest = _guest(desk, update, chat.id, session)
        guest.scan = scan
        return _settled(guest, update, late)


def _guest(desk: Desk, update: Update, chat_id: int, session: Any) -> Guest:
    user = update.effective_user
    chat = chat_at(session, chat_id, desk.shop.now())
    if chat is None or chat.blocked:
        desk.no_hurry()
        session.rollback()
        chat = open_chat(desk.shop, chat_id, user.language_code if user else None)
    query = update.callback_query
    message = update.effective_message
    key = f"tg:{query.id}" if query else f"tg:{chat_id}:{message.message_id if message else update.update_id}"
    name = user.first_name if user else ""
    return Guest(desk, chat_id, name, say(chat.language), chat.member_id, chat.dialogue, key, session, chat.in_force)


def _settled(guest: Guest, update: Update, late: bool) -> Answer:
    """The answer, with the dialogue left alone where it stays what it was."""
    if update.callback_query:
        message = update.callback_query.message
        answer = _pressed(guest, update.callback_query.data or "", message.message_id if message else 0, late)
    else:
        answer = _written(guest, update)
    return replace(answer, dialogue=KEEP) if answer.dialogue == guest.dialogue else answer


def _pressed(guest: Guest, pressed: str, message_id: int, late: bool) -> Answer:
    """What a press asks for. The data comes from the client, so nothing in it is believed."""
    try:
        pressed = _own_data(guest, pressed, message_id)
        if late:
            return _with_menu(guest, guest.say("errors.late"))
        name, *arguments = pressed.split(":")
        if name not in ROUTES or len(pressed.encode(errors="replace")) > LONGEST_DATA or "" in arguments:
            raise Forged(pressed)
        return _go(guest, name, *arguments)
    except (Forged, ValidationError):
        return Answer(toast=guest.say("errors.forged"), dialogue=KEEP)
    except Refused as refused:
        return Answer(toast=refusal(guest, refused), dialogue=KEEP)


def _own_data(guest: Guest, pressed: str, message_id: int) -> str:
    """Without the delivery that the button came with, whose arrival is noted. Forged: it was not this member's."""
    delivery_id, data = carried(pressed)
    if delivery_id is not None:
        guest.desk.no_hurry()
        guest.session.rollback()
        if guest.member_id is None or not tapped(guest.shop, delivery_id, guest.member_id, message_id, data):
            raise Forged(pressed)
    return data


def _written(guest: Guest, update: Update) -> Answer:
    message = update.message
    assert message is not None
    try:
        return _understood(guest, message)
    except Forged:
        return _not_understood(guest)
    except Refused as refused:
        answer = _with_menu(guest, refusal(guest, refused))
        return replace(answer, dialogue=None) if refused.refusal.reason in NOT_ON_DUTY else answer


def _with_menu(guest: Guest, text: str) -> Answer:
    """With the ways on from there: a member's menu, the desk of staff."""
    rows = home.menu(guest.say) if guest.member_id is not None else ()
    if desk.staff_here(guest) is not None:
        rows = (*rows, desk.back(guest))
    return show(Screen(text, rows), dialogue=KEEP)


def _understood(guest: Guest, message: Message) -> Answer:
    asked = (guest.dialogue or {}).get("ask", "")
    if message.contact is not None:
        return _contact(guest, message, message.contact, asked)
    text = clean(message.text or "")
    if text.startswith("/"):
        command, _, argument = text[1:].partition(" ")
        name = COMMANDS.get(command.split("@")[0].casefold(), "")
        if name == "start" and argument.startswith(LINK):
            guest.desk.no_hurry()
            return desk.link(guest, argument.strip())
        if name == "start":
            return _go(guest, name, *argument.split())
        return _go(guest, name) if name else _not_understood(guest)
    if asked in VERY_MESSAGE:
        guest.desk.no_hurry()
        return VERY_MESSAGE[asked](guest, message)
    if (message.photo or message.document) and asked in PHOTO_OF_CARD and desk.staff_here(guest) is not None:
        guest.desk.no_hurry()
        return record.photographed(guest, message)
    if asked in TOLD and (guest.member_id is not None or asked in ASKED_OF_ANYBODY):
        guest.desk.no_hurry()
        return TOLD[asked](guest, text)
    name = meant(text)
    return _go(guest, name) if name else _not_understood(guest)


def _contact(guest: Guest, message: Message, contact: Contact, asked: str) -> Answer:
    """Of the member whom staff look for; else one's own, to find one's card by."""
    guest.desk.no_hurry()
    if asked == "s_find":
        return record.told(guest, contact.phone_number)
    own = message.from_user is not None and contact.user_id == message.from_user.id
    return join.contact_shared(guest, contact.phone_number, own)


def _not_understood(guest: Guest) -> Answer:
    return _unjoined(guest) if guest.member_id is None else show(home.not_understood(guest))


def _go(guest: Guest, name: str, *arguments: str) -> Answer:
    route = ROUTES[name]
    if not route.quick:
        guest.desk.no_hurry()
    if guest.member_id is None and not route.guests:
        return _unjoined(guest)
    if not route.least <= len(arguments) <= route.most:
        raise Forged(f"{name} with {len(arguments)} arguments")
    made = route.make(guest, *arguments)
    return made if isinstance(made, Answer) else show(made)


def _unjoined(guest: Guest) -> Answer:
    """Whoever is no member is asked to become one, where the asking stopped; staff are at their desk."""
    told = guest.dialogue or {}
    if told.get("ask") not in join.STEPS and desk.staff_here(guest) is not None:
        return show(desk.screen(guest))
    match told.get("ask"):
        case "name":
            return join.ask_name(guest, told)
        case "contact":
            return join.ask_contact(guest, told)
    return join.ask_consent(guest, {**told, "ask": "join"})


def refusal(guest: Guest, refused: Refused) -> str:
    """The rule's reason in the member's words."""
    return refusal_words(guest.program, refused.refusal, guest.language)


def unavailable(update: Update) -> Answer:
    """Said without the database: it cannot be reached."""
    return _without_database(update, "errors.unavailable")


def apology(update: Update) -> Answer:
    """Something went wrong that nobody had thought of."""
    return _without_database(update, "errors.unexpected")


def _without_database(update: Update, key: str) -> Answer:
    speak = say(language_for(update.effective_user.language_code if update.effective_user else None))
    if update.callback_query is not None:
        return Answer(toast=speak(key), dialogue=KEEP)
    return show(Screen(speak(key)), dialogue=KEEP)


def clean(text: str) -> str:
    """Without characters that no database keeps or no one can read, and halves of surrogate pairs."""
    kept = "".join(each for each in text if each in "\n\t" or each.isprintable() or each in "\u200d\ufe0f")
    return kept.encode("utf-8", "ignore").decode("utf-8").strip()
