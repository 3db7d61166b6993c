"""A member as staff see one: found by card, phone or name, and every look is noted."""

from __future__ import annotations

from unicodedata import normalize

from telegram import Message

from bot.codes import MOST_BYTES, Scan
from bot.guest import Guest, WantsPicture, number
from bot.screen import Answer, Button, Screen, show
from bot.screens.entries import line as entry_line
from bot.staff.desk import back, on_duty
from bot.texts import Marked
from core.insight.balance import Balance, balance
from core.insight.campaigns import campaign
from core.insight.coupons import coupons
from core.insight.deliveries import deliveries_of
from core.insight.ledger import latest
from core.insight.members import MemberRef, MemberView, member_of, members_of_cards, search
from core.insight.mutes import name_of_kind
from core.program.schema import words
from core.rules.staff import may
from core.services.staff.look_up import FoundMembers, Look, look_up, note_found
from core.words.deliveries import delivery_words

FOUND = 8
ENTRIES, MESSAGES = 5, 3


def ask(guest: Guest) -> Answer:
    """Which member? The next message says."""
    on_duty(guest)
    return show(Screen(guest.say("staff.find_ask"), (back(guest),)), dialogue={"ask": "s_find"})


def told(guest: Guest, text: str) -> Answer:
    """One is shown at once, several are offered, none is asked for again."""
    on_duty(guest)
    return _offered(guest, _found(guest, text), guest.say("staff.found_none", text=text[:60]))


def photographed(guest: Guest, message: Message) -> Answer:
    """The card of a member. WantsPicture: it is to be looked at first."""
    on_duty(guest)
    if guest.scan is None:
        file = message.photo[-1] if message.photo else message.document
        assert file is not None
        if (file.file_size or 0) <= MOST_BYTES:
            raise WantsPicture(file.file_id)
    scan = guest.scan or Scan(fault="too_large")
    ids = sorted(set(members_of_cards(guest.session, scan.codes).values()))
    if scan.fault is not None:
        said = guest.say(f"staff.photo.{scan.fault}")
    elif scan.codes:
        said = guest.say("staff.photo.no_card", text=scan.codes[0])
    else:
        said = guest.say("staff.photo.no_code")
    return _offered(guest, [member_of(guest.session, MemberRef(id=each)) for each in ids], said)


def _offered(guest: Guest, found: list[MemberView], nobody: str) -> Answer:
    asked = {"ask": "s_find"}
    if len(found) == 1:
        return show(screen(guest, str(found[0].id)))
    if not found:
        return show(Screen(nobody, (back(guest),)), dialogue=asked)
    rows = tuple((Button(f"{each.name} · {each.card_number}", f"s_member:{each.id}"),) for each in found[:FOUND])
    shown = FoundMembers(chat_id=guest.chat_id, member_ids=[each.id for each in found[:FOUND]])
    guest.do(note_found, shown)
    many = guest.say("staff.found_more" if len(found) > FOUND else "staff.found", count=min(len(found), FOUND))
    return show(Screen(many, (*rows, back(guest))), dialogue=asked)


def _found(guest: Guest, text: str) -> list[MemberView]:
    """A phone number may come without its plus."""
    kept = _as_kept(text)
    found = search(guest.session, kept, FOUND + 1)
    return found or (search(guest.session, f"+{kept}", FOUND + 1) if kept.isdigit() else [])


def screen(guest: Guest, member_id: str) -> Screen:
    """Who it is, what is in the books, what was sent. Refused: unknown-member."""
    who = on_duty(guest)
    looked = guest.do(look_up, Look(chat_id=guest.chat_id, member_id=number(member_id)))
    member = member_of(guest.session, MemberRef(id=looked.member_id))
    rows: tuple[tuple[Button, ...], ...] = ()
    if may(who.role, "staff"):
        points = Button(guest.say("staff.give_points"), f"s_points:{member.id}")
        rows = ((points, Button(guest.say("staff.give_coupon"), f"s_coupons:{member.id}")),)
    again = Button(guest.say("staff.find"), "s_find")
    text = "\n".join([*_person(guest, member), "", *_books(guest, member), *_messages(guest, member)])
    return Screen(text, (*rows, (again, *back(guest))))


def _as_kept(text: str) -> str:
    """A card or phone number without what it is written apart with, in digits of half width."""
    text = normalize("NFKC", text)
    bare = "".join(each for each in text if each not in " -().\u00a0")
    return bare if bare.removeprefix("+").isdigit() else text


def _person(guest: Guest, member: MemberView) -> list[str]:
    say = guest.say
    lines = [
        say("staff.name", name=member.name, tier=words(guest.program.tier(member.tier).name, guest.language)),
        say("staff.card", card=member.card_number),
    ]
    if member.phone:
        lines.append(say("staff.phone", phone=member.phone))
    return [*lines, say("staff.joined", day=say.day(member.joined_at, guest.zone))]


def _books(guest: Guest, member: MemberView) -> list[str]:
    say, held = guest.say, balance(guest.shop, guest.session, member.id)
    lines = [say("staff.points", points=Marked(say.points(held.active))), *_aside(guest, held)]
    named = [words(each.name, guest.language) for each in coupons(guest.shop, guest.session, member.id)]
    if named:
        lines.append(say("staff.coupons", names=say("coupons.list_comma").join(named)))
    shown = latest(guest.session, member.id, ENTRIES)
    return [*lines, *(entry_line(guest, place, each) for place, each in enumerate(shown))]


def _aside(guest: Guest, held: Balance) -> list[str]:
    say = guest.say
    lines = [say("staff.pending", points=Marked(say.points(held.pending)))] if held.pending else []
    return [*lines, say("staff.debt", points=Marked(say.points(held.debt)))] if held.debt else lines


def _messages(guest: Guest, member: MemberView) -> list[str]:
    found = deliveries_of(guest.session, member.id, None, MESSAGES)
    lines = [
        guest.say(
            "staff.message",
            day=guest.say.short_day(each.due_at, guest.zone),
            source=_named(guest, each.source),
            what=delivery_words(guest.program, each.model_dump(), guest.language),
        )
        for each in found
    ]
    return ["", *lines] if lines else []


def _named(guest: Guest, source: str) -> str:
    """What a journey, a broadcast or a test of one (campaign:7:test) is called."""
    noun, *own = source.split(":")
    if noun == "campaign":
        return campaign(guest.session, int(own[0])).name
    return name_of_kind(guest.program, source, guest.language) or source
