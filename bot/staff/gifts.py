"""Points and coupons from staff's hands: asked for in a few steps, kept after a yes, decided by a second person."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial

from bot.guest import Forged, Guest, number
from bot.screen import KEEP, Answer, Button, Rows, Screen, show
from bot.screens import buttons
from bot.staff.desk import back, on_duty
from bot.texts import Say
from core.insight.members import MemberRef, MemberView, member_of
from core.insight.staff import GiftView, StaffView, gift, gifts_awaiting
from core.program.schema import Program, words
from core.rules.refusal import Refused
from core.rules.staff import may
from core.services.books.adjust import MAX_ADJUSTMENT
from core.services.staff.give import Gift, GiftDecision, GiftState, decide_gift, give

AMOUNT_AND_REASON = re.compile(
    r"""\+?\s*(\d{1,3}(?:[,，]\d{3}){1,2}|\d{1,8})  # 1000 or 1,000
    (?![,，:：]?\d|\s+\d{3}(?!\d))  # but not the beginning of 1,5 or 1:30 or 1 000
    \s*(?:points|积分|分)?[\s,，:：]+(\S.{0,480})""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def ask_points(guest: Guest, member_id: str) -> Answer:
    """How many, and why? The next message says."""
    member = _member(guest, member_id)
    text = guest.say("staff.points_ask", name=member.name)
    return show(Screen(text, (_to(guest, member),)), dialogue={"ask": "s_points", "member": member.id})


def points_told(guest: Guest, text: str) -> Answer:
    found, member = AMOUNT_AND_REASON.fullmatch(text), _asked_about(guest)
    points = int(re.sub("[,，]", "", found[1])) if found else 0
    if found is None or not 1 <= points <= MAX_ADJUSTMENT:
        unclear = guest.say("staff.points_too_many" if points else "staff.points_unclear", most=MAX_ADJUSTMENT)
        return show(Screen(unclear, (_to(guest, member),)), dialogue=guest.dialogue)
    return _confirm(guest, member, points=points, coupon=None, reason=found[2].strip())


def ask_coupon(guest: Guest, member_id: str) -> Screen:
    """Which of the program's coupons?"""
    member = _member(guest, member_id)
    choices = [
        Button(words(each.name, guest.language), f"s_coupon:{member.id}:{place}")
        for place, each in enumerate(guest.program.coupons)
    ]
    rows = (*buttons.in_rows(choices, 2), _to(guest, member))
    return Screen(guest.say("staff.coupon_ask" if choices else "staff.coupon_none", name=member.name), rows)


def ask_reason(guest: Guest, member_id: str, place: str) -> Answer:
    member, known = _member(guest, member_id), guest.program.coupons
    if number(place) >= len(known):
        raise Forged(place)
    coupon = known[number(place)]
    text = guest.say("staff.reason_ask", coupon=words(coupon.name, guest.language), name=member.name)
    return show(
        Screen(text, (_to(guest, member),)), dialogue={"ask": "s_reason", "member": member.id, "coupon": coupon.id}
    )


def reason_told(guest: Guest, text: str) -> Answer:
    member = _asked_about(guest)
    if not 1 <= len(text) <= 480:
        return show(Screen(guest.say("staff.reason_unclear"), (_to(guest, member),)), dialogue=guest.dialogue)
    return _confirm(guest, member, points=None, coupon=(guest.dialogue or {})["coupon"], reason=text)


def told_again(guest: Guest, text: str) -> Answer:
    """Other words instead of a yes."""
    return reason_told(guest, text) if (guest.dialogue or {})["points"] is None else points_told(guest, text)


def hand_over(guest: Guest, nonce: str) -> Answer:
    """The yes, to exactly what was shown. Refused: as give."""
    asked = guest.dialogue or {}
    if asked.get("ask") != "s_give" or asked.get("nonce") != nonce:
        return Answer(toast=guest.say.plain("staff.over"), dialogue=KEEP)
    wish = Gift(
        chat_id=guest.chat_id,
        member_id=asked["member"],
        points=asked["points"],
        coupon=asked["coupon"],
        reason=asked["reason"],
    )
    done: GiftState = guest.do(partial(give, limits=guest.desk.staff.gifts), wish, nonce)
    found = gift(guest.session, done.id)
    assert found is not None
    text = _text(guest.say, guest.program, found, guest.shop.now())
    member = Button(guest.say("staff.to_member"), f"s_member:{found.member_id}")
    return show(Screen(text, ((member, *back(guest)),)), toast=guest.say.plain(f"staff.toasts.{done.state}"))


def waiting(guest: Guest) -> Screen:
    """What waits for this admin to decide."""
    who = on_duty(guest, "admin")
    found = gifts_awaiting(guest.session, guest.shop.now(), but=who.id)
    rows = tuple((Button(f"{each.by} → {each.member}", f"s_gift:{each.id}"),) for each in found)
    return Screen(guest.say("staff.gifts_title" if found else "staff.gifts_none"), (*rows, back(guest)))


def detail(guest: Guest, gift_id: str) -> Screen:
    who = on_duty(guest, "admin")
    found = gift(guest.session, number(gift_id))
    if found is None:
        raise Forged(gift_id)
    shown = screen(guest.say, guest.program, found, who, guest.shop.now())
    return Screen(shown.text, (*shown.buttons, back(guest)))


def decide(guest: Guest, gift_id: str, through: str) -> Answer:
    """Refused: as decide_gift; what another has decided already, or nobody in time, is shown as it stands."""
    if through not in ("yes", "no"):
        raise Forged(through)
    wish = GiftDecision(chat_id=guest.chat_id, gift_id=number(gift_id), through=through == "yes")
    try:
        done = guest.do(decide_gift, wish)
    except Refused as refused:
        found = gift(guest.session, wish.gift_id)
        if found is None or refused.refusal.reason not in ("gift-decided", "gift-lapsed"):
            raise
        state = _state(guest.say, found, guest.shop.now())
        return show(detail(guest, gift_id), toast=guest.say.plain("broadcast.meanwhile", state=state))
    return show(detail(guest, gift_id), toast=guest.say.plain(f"staff.toasts.{done.state}"))


def screen(say: Say, program: Program, found: GiftView, reader: StaffView, now: datetime) -> Screen:
    """A gift, with what this reader may decide about it."""
    rows: Rows = ()
    if waits(found, now) and may(reader.role, "admin") and reader.id != found.by_id:
        yes = Button(say("staff.let_through"), f"s_decide:{found.id}:yes")
        rows = ((yes, Button(say("staff.refuse"), f"s_decide:{found.id}:no")),)
    return Screen(_text(say, program, found, now), rows)


def waits(found: GiftView, now: datetime) -> bool:
    """Whether a second person may still decide about it."""
    return found.state == "awaiting" and now < found.lapses_at


def _text(say: Say, program: Program, found: GiftView, now: datetime) -> str:
    what = say.points(found.points) if found.points is not None else _named(program, found.coupon or "", say.language)
    state = _state(say, found, now)
    return say("staff.gift", by=found.by, what=what, name=found.member, reason=found.reason, state=state)


def _state(say: Say, found: GiftView, now: datetime) -> str:
    if found.state == "awaiting" and not waits(found, now):
        return say.plain("staff.states.lapsed")
    named = "_by" if found.state == "given" and found.decided_by else ""
    return say.plain(f"staff.states.{found.state}{named}", by=found.decided_by or "")


def _named(program: Program, template: str, language: str) -> str:
    coupon = program.coupon(template)
    return words(coupon.name, language) if coupon else template


def _confirm(guest: Guest, member: MemberView, *, points: int | None, coupon: str | None, reason: str) -> Answer:
    nonce = guest.nonce()
    what = guest.say.points(points) if points is not None else _named(guest.program, coupon or "", guest.language)
    text = guest.say("staff.confirm", what=what, name=member.name, reason=reason)
    rows = ((Button(guest.say("staff.yes"), f"s_give:{nonce}"),), _to(guest, member))
    asked = {"ask": "s_give", "member": member.id, "points": points, "coupon": coupon, "reason": reason}
    return show(Screen(text, rows), dialogue={**asked, "nonce": nonce})


def _member(guest: Guest, member_id: str) -> MemberView:
    on_duty(guest, "staff")
    return member_of(guest.session, MemberRef(id=number(member_id)))


def _asked_about(guest: Guest) -> MemberView:
    on_duty(guest, "staff")
    return member_of(guest.session, MemberRef(id=(guest.dialogue or {})["member"]))


def _to(guest: Guest, member: MemberView) -> tuple[Button, ...]:
    return (Button(guest.say("staff.to_member"), f"s_member:{member.id}"), *back(guest))
