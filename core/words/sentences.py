"""Sentences with facts in them: a placeholder says how its fact is written, as in `{min_spend:money}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from string import Formatter
from typing import Any

from core.program.schema import Program, words
from core.words import figures
from core.words.texts import spoken, text, texts

Facts = Mapping[str, Any]


class UnknownWords(LookupError):
    """There is no sentence for a code, or no fact for a placeholder of its sentence."""


class Sentences(Formatter):
    """Speaks one language about one program. Without a program, ids stand for names and minor units for money.

    strict: raise UnknownWords where otherwise the code itself or an ellipsis would be shown.
    """

    def __init__(self, program: Program | None, language: str, strict: bool = False) -> None:
        self.program = program
        self.language = spoken(language)
        self.strict = strict
        self.forms: dict[str, Callable[[Any], str]] = {
            "": str,
            "money": self._money,
            "points": lambda value: figures.points(_exact(value), self.language),
            "number": lambda value: figures.number(_exact(value), self.language),
            "times": lambda value: figures.counted("time", int(value), self.language),
            "days": lambda value: figures.counted("day", int(value), self.language),
            "purchases": lambda value: figures.counted("purchase", int(value), self.language),
            "members": lambda value: figures.counted("member", int(value), self.language),
            "place": lambda value: figures.number(int(value) + 1, self.language),
            "lines": self._lines,
            "day": lambda value: self._when(figures.day, value),
            "last_day": lambda value: self._when(figures.last_day, value),
            "moment": lambda value: self._when(figures.moment, value),
            "list": self._list,
            "status": self._status,
            "statuses": lambda value: self._list([self._status(each) for each in value]),
            **{
                noun: self._namer(noun) for noun in ("category", "tier", "reward", "offer", "coupon", "rule", "benefit")
            },
            "activity": self._namer("activity"),
            "prize_draw": self._namer("prize_draw"),
            "journey": self._namer("journey"),
            "channel": self._channel,
            "channels": lambda value: self._list([self._channel(each) for each in value]),
            "categories": lambda value: self._names("category", value),
            "tiers": lambda value: self._names("tier", value),
            "coupons": lambda value: self._names("coupon", value),
            "proof": self._namer("proof"),
            "proofs": lambda value: self._names("proof", value),
        }

    def say(self, key: str, facts: Facts) -> str:
        """The sentence under a dotted key, filled."""
        pattern = text(self.language, key)
        if pattern is None:
            return str(self._unknown(key, key.rsplit(".", 1)[-1]))
        return self.vformat(pattern, (), facts)

    def has(self, key: str) -> bool:
        return key in texts(self.language)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[str(key)] if key in kwargs else self._unknown(str(key), _MISSING)

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is _MISSING:
            return "…"
        try:
            return self.forms[format_spec](value)
        except (TypeError, ValueError):
            return str(self._unknown(f"{value!r} as {format_spec}", value))

    def _unknown(self, what: str, instead: Any) -> Any:
        if self.strict:
            raise UnknownWords(f"{what} in {self.language}")
        return instead

    def _money(self, amount: int) -> str:
        if self.program is None:
            return texts(self.language)["count.minor_units"].format(n=figures.number(amount, self.language))
        return figures.money(self.program, int(amount), self.language)

    def _when(self, write: Callable[[Program, Any, str], str], value: str | datetime | date) -> str:
        """Facts carry ISO days and moments."""
        at = value
        if isinstance(value, str):
            at = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        return write(self.program, at, self.language) if self.program else str(value)

    def _lines(self, numbers: Sequence[int]) -> str:
        """`item 3`, `items 1, 3`, or only how many if they are many."""
        if len(numbers) > 5:
            return figures.counted("item", len(numbers), self.language)
        form = "one" if len(numbers) == 1 else "other"
        return texts(self.language)[f"count.numbered_item.{form}"].format(n=self._list(numbers))

    def _channel(self, channel: str) -> str:
        """A channel that tills usually name, or what this till calls it."""
        return texts(self.language).get(f"channel.{channel}", channel)

    def _status(self, status: str) -> str:
        """How a campaign stands."""
        return texts(self.language).get(f"campaign.status.{status}", status)

    def _list(self, parts: Sequence[Any]) -> str:
        told = texts(self.language)
        return told["count.comma"].join(str(part) for part in parts) or told["count.none"]

    def _names(self, noun: str, ids: Sequence[str]) -> str:
        return self._list([self.forms[noun](each) for each in ids])

    def _namer(self, noun: str) -> Callable[[str], str]:
        return lambda wanted: self.name(noun, wanted)

    def name(self, noun: str, wanted: str) -> str:
        """What members call the thing with that id: its name in the program, else the id."""
        program = self.program
        if program is None:
            return wanted
        root = wanted.split("/", 1)[0]
        things: Mapping[str, Sequence[Any]] = {
            "category": program.categories,
            "tier": program.tiers,
            "proof": program.joining.proofs if program.joining else [],
            "reward": program.rewards,
            "offer": program.offers,
            "coupon": program.coupons,
            "rule": program.earning.rules,
            "benefit": program.benefits,
            "activity": program.activities,
            "year_end": program.year_end,
            "goal": program.goals,
            "prize_draw": program.prize_draws,
            "journey": program.journeys,
        }
        found = next((each for each in things[noun] if each.id == (root if noun == "category" else wanted)), None)
        return words(found.name, self.language) if found is not None else wanted


_MISSING = object()


def _exact(value: int | str | Fraction) -> int | Fraction:
    """Facts carry fractions as `617/40`."""
    exact = Fraction(value)
    return int(exact) if exact.denominator == 1 else exact
