"""A friend's way in: a link and a QR code that name who invited."""

from __future__ import annotations

from urllib.parse import quote

from bot.guest import Guest
from bot.pictures import qr
from bot.screen import Button, Screen
from bot.screens import buttons
from bot.texts import Marked


def screen(guest: Guest) -> Screen:
    say, referral = guest.say, guest.program.referral
    link = f"https://t.me/{guest.desk.username}?start=i_{guest.member.invite_code}"
    text = say("invite.text", link=link)
    if referral is not None:
        yours, theirs = Marked(say.points(referral.inviter_points)), Marked(say.points(referral.friend_points))
        text += "\n\n" + say("invite.reward", yours=yours, theirs=theirs, spend=guest.money(referral.min_spend))
    share = Button(say("invite.share"), url=f"https://t.me/share/url?url={quote(link, safe='')}")
    return Screen(text, ((share,), buttons.home(say)), photo=qr(link))
