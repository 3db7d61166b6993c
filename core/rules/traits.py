"""What tells that two members may be one person: card, phone, name and birthday, each brought to one form."""

from __future__ import annotations

import unicodedata
from datetime import date

WEIGHTS = {"card": 60, "person": 60, "phone": 50}
"""How much a trait in common says. Several add up, to SURE at most."""
SURE = 100
PHONE_DIGITS = 9
FIRST_CJK = "\u2e80"


def traits(card_number: str, name: str, phone: str | None, birthday: date | None) -> dict[str, str]:
    """By kind. A trait that says nothing is left out."""
    person = f"{plain_name(name)} {birthday}" if birthday and plain_name(name) else ""
    found = {"card": _card(card_number), "person": person, "phone": _phone(phone or "")}
    return {kind: value for kind, value in found.items() if value}


def plain_name(name: str) -> str:
    """Without case, width, accents, spaces and marks; words of letters in alphabetical order, as some systems put the
    family name first. Chinese names are taken as they are written, but for spaces."""
    flat = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(each if each.isalnum() else " " for each in flat if not unicodedata.combining(each))
    words = kept.split()
    return "".join(words if any(each >= FIRST_CJK for each in kept) else sorted(words))


def _card(number: str) -> str:
    """`0012-345` and `12345` may be one card, read by two tills."""
    return "".join(each for each in number.upper() if each.isalnum()).lstrip("0")


def _phone(number: str) -> str:
    """The last digits of E.164: what stays where a country code was left out or guessed wrong."""
    digits = "".join(each for each in number if each.isdigit())
    return digits[-PHONE_DIGITS:] if len(digits) >= PHONE_DIGITS else ""
