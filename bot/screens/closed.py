"""What a member sees whose account is closed because nothing was bought for so long."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Screen
from bot.screens import buttons
from core.program.schema import words


def screen(guest: Guest) -> Screen | None:
    """None while the account is open."""
    say, since = guest.say, guest.member.closed_at
    if since is None:
        return None
    club = words(guest.program.program.name, guest.language)
    text = say("home.closed", name=guest.member.name, since=say.day(since, guest.program.program.zone), club=club)
    return Screen(text, (buttons.to(say, "history", "settings"), buttons.to(say, "feedback")))
