"""What a member can set: language, birthday, zone, quiet hours, what may be sent, how to be served."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.dates import Unclear, YearMissing, read_date
from bot.guest import Forged, Guest, number
from bot.screen import Answer, Button, Screen, show
from bot.screens import buttons, mutes
from bot.texts import LANGUAGES, Marked, say
from core.insight.mutes import muted
from core.program.calendars import next_lunar
from core.program.messages import QuietHours
from core.rules.messaging import quiet_hours
from core.rules.terms import business_day
from core.services.members.update_member import MemberChange, update_member

STYLES = ("lively", "calm", "fast", "careful")
CALENDARS = ("solar", "lunar")
PURPOSES = ("offers", "care", "statement")
ZONES = (
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""From west to east, far enough apart for most; staff can set any other."""
QUIET = ((1260, 480), (1320, 480), (1320, 540), (1380, 420))  # minutes after midnight


def screen(guest: Guest) -> Screen:
    say, member = guest.say, guest.member
    allowed = [say(f"settings.purposes.{each}") for each in PURPOSES if getattr(member, f"allow_{each}")]
    text = say(
        "settings.text",
        language=say("settings.language_name"),
        birthday=_birthday_now(guest),
        quiet=_quiet_now(guest),
        zone=_clock_in(guest, guest.member.zone or guest.program.program.timezone),
        allowed=say("coupons.list_comma").join(allowed) or say("settings.allowed_none"),
        style=say(f"settings.styles.{member.style}") if member.style else say("settings.style_none"),
    )
    choices = [
        Button(say(f"settings.{name}"), name)
        for name in ("language", "birthday", "quiet", "zone", "allow", "style", "data")
    ]
    return Screen(text, (*buttons.in_rows(choices, 2), buttons.home(say)))


def language(guest: Guest, wanted: str = "") -> Answer:
    """Which language, or the change to one: from this very answer on the bot speaks it."""
    if not wanted:
        choices = [Button(say(each)("settings.language_name"), f"language:{each}") for each in LANGUAGES]
        return show(Screen(guest.say("settings.language_ask"), (tuple(choices), buttons.back(guest.say, "settings"))))
    if wanted not in LANGUAGES:
        raise Forged(wanted)
    _change(guest, language=wanted)
    guest.say = say(wanted)
    return show(screen(guest), toast=guest.say("settings.saved"))


def birthday(guest: Guest, wanted: str = "", calendar: str = "solar") -> Answer:
    """Asks for the day, or keeps the one that was confirmed."""
    if guest.member.birthday is not None:
        return show(_birthday_set(guest, guest.member.birthday))
    if not wanted:
        return show(_ask_birthday(guest, "settings.birthday_ask"), dialogue={"ask": "birthday"})
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        raise Forged(wanted) from None
    if calendar not in CALENDARS:
        raise Forged(calendar)
    _change(guest, birthday=day, birthday_calendar=calendar)
    return show(screen(guest), toast=guest.say("settings.birthday_saved"))


def calendar(guest: Guest, wanted: str) -> Answer:
    """By which calendar the birthday is celebrated; who has not told it yet is asked for it."""
    if wanted not in CALENDARS:
        raise Forged(wanted)
    if guest.member.birthday is None:
        return birthday(guest)
    _change(guest, birthday_calendar=wanted)
    return show(_birthday_set(guest, guest.member.birthday), toast=guest.say("settings.saved"))


def birthday_told(guest: Guest, text: str) -> Answer:
    """Shows how the date was read before it is kept: it can be set only once."""
    try:
        day = read_date(text)
    except YearMissing:
        return show(_ask_birthday(guest, "settings.birthday_year"), dialogue=guest.dialogue)
    except Unclear:
        return show(_ask_birthday(guest, "settings.birthday_unclear"), dialogue=guest.dialogue)
    yes = Button(guest.say("settings.birthday_yes"), f"birthday:{day.isoformat()}")
    no = Button(guest.say("settings.birthday_no"), "birthday")
    by_lunar = Button(guest.say.plain("settings.birthday_yes_lunar", day=_next_lunar(guest, day)), f"{yes.data}:lunar")
    text = guest.say("settings.birthday_check", day=guest.say.day(day))
    return show(Screen(text, ((yes, no), (by_lunar,))), dialogue=guest.dialogue)


def quiet(guest: Guest, since: str = "", until: str = "") -> Answer:
    """Choices of hours; `off`: none, `shop`: what the shop has by default, if it has."""
    if since == "off":
        return _changed(guest, never_quiet=True)
    if since == "shop":
        return _changed(guest, quiet_from=None, quiet_until=None)
    if since:
        pair = (number(since), number(until))
        if pair not in QUIET:
            raise Forged(f"{pair}")
        return _changed(guest, quiet_from=pair[0], quiet_until=pair[1])
    hours = [Button(_hours(*pair), f"quiet:{pair[0]}:{pair[1]}") for pair in QUIET]
    off = (Button(guest.say("settings.quiet_off"), "quiet:off"),)
    shops = guest.program.messages.quiet_hours
    default = () if shops is None else ((Button(_by_the_shop(guest, shops), "quiet:shop"),),)
    rows = (*buttons.in_rows(hours, 2), *default, off, buttons.back(guest.say, "settings"))
    return show(Screen(guest.say("settings.quiet_ask"), rows))


def zone(guest: Guest, wanted: str = "") -> Answer:
    """Where the member lives, told by what the clock says there; `off` for where the shop is."""
    if wanted and wanted not in (*ZONES, "off"):
        raise Forged(wanted)
    if wanted:
        return _changed(guest, zone=None if wanted == "off" else wanted)
    shops = guest.program.program.timezone
    here = Button(guest.say.plain("settings.zone_shop", clock=_clock_in(guest, shops)), "zone:off")
    others = [Button(_clock_in(guest, each), f"zone:{each}") for each in ZONES if each != shops]
    rows = ((here,), *buttons.in_rows(others, 2), buttons.back(guest.say, "settings"))
    return show(Screen(guest.say("settings.zone_ask"), rows))


def _clock_in(guest: Guest, zone: str) -> str:
    """`Shanghai 23:00`."""
    return f"{guest.say.place(zone)} {guest.shop.now().astimezone(ZoneInfo(zone)):%H:%M}"


def allow(guest: Guest, purpose: str = "", state: str = "") -> Answer:
    """What may be sent. Each button names the state it brings, so a second tap changes nothing."""
    if purpose:
        if purpose not in PURPOSES or state not in ("on", "off"):
            raise Forged(f"{purpose}:{state}")
        _change(guest, **{f"allow_{purpose}": state == "on"})
    rows = tuple((_allow_button(guest, each),) for each in PURPOSES)
    unheard = muted(guest.session, guest.id)
    back = tuple(
        (Button(guest.say.plain("mutes.hear_again", kind=mutes.name(guest, kind)), f"unmute:{kind}"),)
        for kind in unheard
    )
    text = "\n\n".join([guest.say("settings.allow_ask"), *([guest.say("mutes.some")] if unheard else [])])
    toast = guest.say("settings.saved") if purpose else ""
    return show(Screen(text, (*rows, *back, buttons.back(guest.say, "settings"))), toast=toast)


def style(guest: Guest, wanted: str = "") -> Answer:
    """How to be served (lively, calm, fast, careful)."""
    say = guest.say
    if wanted:
        if wanted not in STYLES:
            raise Forged(wanted)
        return _changed(guest, style=wanted)
    lines = [say("settings.style_ask"), *(Marked(say(f"settings.style_means.{each}")) for each in STYLES)]
    choices = [Button(say(f"settings.styles.{each}"), f"style:{each}") for each in STYLES]
    return show(Screen("\n\n".join(lines), (*buttons.in_rows(choices, 2), buttons.back(say, "settings"))))


def _quiet_now(guest: Guest) -> str:
    held, shops = quiet_hours(guest.member, guest.program.messages), guest.program.messages.quiet_hours
    if held is None:
        return guest.say("settings.quiet_none")
    return _hours(*held) if shops is None or guest.member.quiet_from is not None else _by_the_shop(guest, shops)


def _by_the_shop(guest: Guest, shops: QuietHours) -> str:
    return guest.say.plain("settings.quiet_shop", hours=_hours(*shops.minutes))


def _hours(since: int, until: int) -> str:
    """`22:00–08:00`."""
    return f"{_clock(since)}–{_clock(until)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _birthday_now(guest: Guest) -> str:
    born = guest.member.birthday
    if born is None:
        return guest.say("settings.birthday_none")
    told = "settings.birthday_lunar" if guest.member.birthday_calendar == "lunar" else "settings.birthday_solar"
    return guest.say(told, day=guest.say.day(born))


def _birthday_set(guest: Guest, born: date) -> Screen:
    """When it is celebrated, and a button for the other calendar."""
    lunar = guest.member.birthday_calendar == "lunar"
    texts = [guest.say("settings.birthday_set", day=guest.say.day(born))]
    if lunar:
        texts.append(guest.say("settings.celebrated_lunar", day=_next_lunar(guest, born)))
        other = Button(guest.say("settings.to_solar"), "calendar:solar")
    else:
        other = Button(guest.say.plain("settings.to_lunar", day=_next_lunar(guest, born)), "calendar:lunar")
    return Screen("\n\n".join(texts), ((other,), buttons.back(guest.say, "settings")))


def _next_lunar(guest: Guest, born: date) -> str:
    zone = ZoneInfo(guest.member.zone or guest.program.program.timezone)
    return guest.say.day(next_lunar(born, business_day(guest.shop.now(), zone)))


def _ask_birthday(guest: Guest, key: str) -> Screen:
    return Screen(guest.say(key), ((Button(guest.say("menu.cancel"), "settings"),),))


def _allow_button(guest: Guest, purpose: str) -> Button:
    on = getattr(guest.member, f"allow_{purpose}")
    mark, state = ("☑", "off") if on else ("☐", "on")
    return Button(f"{mark} {guest.say(f'settings.purpose_buttons.{purpose}')}", f"allow:{purpose}:{state}")


def _change(guest: Guest, **changes: Any) -> None:
    guest.do(update_member, MemberChange(member_id=guest.id, **changes))


def _changed(guest: Guest, **changes: Any) -> Answer:
    _change(guest, **changes)
    return show(screen(guest), toast=guest.say("settings.saved"))
