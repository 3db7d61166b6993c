"""A member's coupons: a list in pages, and each with its QR code and terms."""

from __future__ import annotations

from bot.guest import Guest, number
from bot.pictures import qr
from bot.screen import Button, Screen
from bot.screens import buttons
from core.insight.coupons import CouponOut, CouponTerms, coupon, coupons
from core.program.schema import AmountOff, words

PER_PAGE = 5


def screen(guest: Guest, page: str = "0") -> Screen:
    """The coupons that can be used now or later, what lapses first on top."""
    say, wanted = guest.say, number(page)
    held = coupons(guest.shop, guest.session, guest.id)
    if not held:
        return Screen(say("coupons.none"), (buttons.to(say, "offers", "rewards"), buttons.home(say)))
    count = (len(held) + PER_PAGE - 1) // PER_PAGE
    shown_page = min(wanted, count - 1)
    shown = held[shown_page * PER_PAGE :][:PER_PAGE]
    lines = [say("coupons.title", count=len(held)), *(_line(guest, each) for each in shown)]
    opening = tuple((Button(f"🎟 {words(each.name, guest.language)}", f"coupon:{each.code}"),) for each in shown)
    rows = (*opening, *buttons.pages(say, "coupons", shown_page, count), buttons.to(say, "offers", "home"))
    return Screen("\n\n".join(lines), rows)


def detail(guest: Guest, code: str) -> Screen:
    """One coupon. Refused: coupon-unknown, coupon-of-another-member."""
    return of(guest, coupon(guest.shop, guest.session, code, guest.id))


def of(guest: Guest, held: CouponOut) -> Screen:
    say = guest.say
    lines = [say("coupons.name", name=words(held.name, guest.language)), _when(guest, held), *conditions(guest, held)]
    lines += ["", say("coupons.code", code=held.code)]
    picture = qr(held.code) if held.status in ("issued", "not_yet") else None
    return Screen("\n".join(lines), (buttons.back(say, "coupons"),), photo=picture)


def conditions(guest: Guest, coupon: CouponTerms) -> list[str]:
    """What it is worth, from which sum on, for what, and its terms."""
    say, lines = guest.say, [discount(guest, coupon)]
    if coupon.min_spend:
        lines.append(say("coupons.min_spend", amount=guest.money(coupon.min_spend)))
    if coupon.categories:
        lines.append(say("coupons.only_for", categories=_categories(guest, coupon.categories)))
    if coupon.terms:
        return [*lines, say("coupons.terms", text=words(coupon.terms, guest.language))]
    return [*lines, say(f"coupons.stacking_{coupon.stacking}")]


def discount(guest: Guest, coupon: CouponTerms) -> str:
    """`$5.00 off`, `20 % off, at most $6.00`."""
    say, off = guest.say, coupon.discount
    if isinstance(off, AmountOff):
        return say("coupons.amount_off", amount=guest.money(off.amount))
    if off.cap is None:
        return say("coupons.percent_off", percent=percent(off.percent))
    return say("coupons.percent_off_capped", percent=percent(off.percent), cap=guest.money(off.cap))


def percent(basis_points: int) -> str:
    """12.5 for 1250."""
    return f"{basis_points / 100:g}"


def _line(guest: Guest, held: CouponOut) -> str:
    name = words(held.name, guest.language)
    return f"{guest.say('coupons.name', name=name)}\n{_when(guest, held)}"


def _when(guest: Guest, held: CouponOut) -> str:
    say = guest.say
    if held.status == "not_yet":
        return say(
            "coupons.from", since=say.day(held.valid_from, guest.zone), until=say.last_day(held.valid_until, guest.zone)
        )
    return say(f"coupons.{held.status}", day=say.last_day(held.valid_until, guest.zone))


def _categories(guest: Guest, paths: list[str]) -> str:
    found = [guest.program.category(path) for path in paths]
    names = [words(each.name, guest.language) if each else path for each, path in zip(found, paths, strict=True)]
    return guest.say("coupons.list_comma").join(dict.fromkeys(names))
