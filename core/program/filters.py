"""Which members are meant: conditions over what is known of a member, nested, as data.

    {"all": [{"fact": "tier", "is": "at_least", "value": "gold"},
             {"not": {"fact": "days_since_purchase", "is": "at_most", "value": 90}}]}

What is not known of a member fulfils no condition but `not`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_serializer,
    model_validator,
)

from core.program.faults import did_you_mean

MOST_DEEP = 6
MOST_CONDITIONS = 60
MOST_VALUES = 200
MOST_TEXT = 120
MOST_NUMBER = 2**53 - 1  # as far as JSON numbers are exact

Kind = Literal["number", "days", "day", "tier", "text", "choice", "yes", "set"]
OPERATORS: dict[Kind, tuple[str, ...]] = {
    "number": ("equal", "at_least", "at_most", "between", "known"),
    "days": ("at_least", "at_most", "between", "known"),
    "day": ("on_or_after", "before", "known"),
    "tier": ("one_of", "at_least", "at_most"),
    "text": ("one_of", "known"),
    "choice": ("one_of", "known"),
    "yes": ("equal",),
    "set": ("any_of", "all_of", "none_of"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """kind: how it is asked for. low, high: the least and greatest number. choices: the only texts. moment: what days
    are counted from. of: it is asked for of something, such as a category."""

    kind: Kind
    low: int = -MOST_NUMBER
    high: int = MOST_NUMBER
    choices: tuple[str, ...] = ()
    moment: str = ""
    of: bool = False


WINDOWS = (30, 90, 180, 365)
"""Days over which purchases and spend are summed."""
YEAR = WINDOWS[-1]
STAGES = ("joined", "new", "active", "silent", "lost", "closed")
STYLES = ("lively", "calm", "fast", "careful")
_COUNT = Fact("number", low=0)
_FIFTH = Fact("number", low=1, high=5)

FACTS: dict[str, Fact] = {
    "tier": Fact("tier"),
    "balance": Fact("number"),
    "qualifying_spend": _COUNT,
    "qualifying_points": _COUNT,
    "days_since_purchase": Fact("days", low=0, moment="last_purchase_at"),
    "last_purchase": Fact("day", moment="last_purchase_at"),
    "first_purchase": Fact("day", moment="first_purchase_at"),
    "visits": _COUNT,
    "purchases": _COUNT,
    "spend": _COUNT,
    **{f"purchases_{days}": _COUNT for days in WINDOWS},
    **{f"spend_{days}": _COUNT for days in WINDOWS},
    "category": Fact("set"),
    "category_purchases": Fact("number", low=0, of=True),
    "category_spend": Fact("number", low=0, of=True),
    "days_since_category": Fact("days", low=0, of=True),
    "recency": _FIFTH,
    "frequency": _FIFTH,
    "monetary": _FIFTH,
    "stage": Fact("choice", choices=STAGES),
    "rhythm": Fact("number", low=1),
    "birthday_month": Fact("number", low=1, high=12),
    "city": Fact("text"),
    "store": Fact("text"),
    "last_store": Fact("text"),
    "language": Fact("text"),
    "zone": Fact("text"),
    "joined": Fact("day", moment="joined_at"),
    "days_since_joined": Fact("days", low=0, moment="joined_at"),
    "style": Fact("choice", choices=STYLES),
    "allow_offers": Fact("yes"),
    "allow_care": Fact("yes"),
    "allow_statement": Fact("yes"),
    "has_chat": Fact("yes"),
    "blocked": Fact("yes"),
    "tag": Fact("set"),
    "coupon": Fact("set"),
    "received": Fact("set"),
    "acted_on": Fact("set"),
}
"""What may be asked. Money in minor units. docs/segments.md says what each means."""

SOURCES = ("received", "acted_on")
SOURCE = "^[a-z]+:[^:]+$"

GROUPS = ("all", "any", "not")
_CONDITION = ("fact", "of", "is", "value")


class Filter(BaseModel):
    """Exactly one of: all, any (lists of filters), not (a filter), or a condition of fact, is, value and, for some
    facts, of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: list[Filter] | None = Field(default=None, min_length=1, max_length=MOST_CONDITIONS)
    any: list[Filter] | None = Field(default=None, min_length=1, max_length=MOST_CONDITIONS)
    not_: Filter | None = Field(default=None, alias="not")
    fact: str | None = None
    of: str | None = Field(default=None, min_length=1, max_length=MOST_TEXT)
    is_: str | None = Field(default=None, alias="is")
    value: Any = None

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            for key in given:
                if key not in (*GROUPS, *_CONDITION):
                    known = [*GROUPS, *_CONDITION]
                    meant = did_you_mean(str(key), known, f"known here: {', '.join(known)}")
                    raise ValueError(f"{key!r} is no part of a filter; {meant}")
        return given

    @field_validator("value")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """To JSON 5.0 is 5."""
        if isinstance(value, list):
            return [cls._whole(each) for each in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    @model_validator(mode="after")
    def _sound(self) -> Filter:
        said = [name for name, part in self.parts() if part is not None]
        groups = [name for name in said if name in GROUPS]
        if len(groups) > 1 or (groups and len(said) > 1) or not said:
            raise ValueError("give exactly one of all, any, not, or a condition of fact, is and value")
        if groups:
            _check_size(self)
        else:
            _check(self)
        return self

    @model_serializer(mode="plain")
    def plain(self) -> dict[str, Any]:
        """As it was written: without what is absent."""
        told: dict[str, Any] = {}
        for name, part in self.parts():
            if isinstance(part, Filter):
                told[name] = part.plain()
            elif name in ("all", "any") and part is not None:
                told[name] = [each.plain() for each in part]
            elif part is not None:
                told[name] = part
        return told

    def parts(self) -> Iterator[tuple[str, Any]]:
        yield from zip(
            (*GROUPS, *_CONDITION),
            (self.all, self.any, self.not_, self.fact, self.of, self.is_, self.value),
            strict=True,
        )

    def inner(self) -> list[Filter]:
        """The filters that this one is made of; none of a condition."""
        return [*(self.all or []), *(self.any or []), *([self.not_] if self.not_ else [])]

    def conditions(self) -> Iterator[Filter]:
        """Every condition in it, in the order they are written."""
        if self.fact is not None:
            yield self
        for each in self.inner():
            yield from each.conditions()

    def values(self) -> list[Any]:
        """A condition's value as a list, whichever way it was written."""
        return list(self.value) if isinstance(self.value, list) else [self.value]

    def tiers(self, ids: Sequence[str]) -> list[str]:
        """The tiers that a condition on the tier allows. ids: all of them, the lowest first."""
        if self.is_ == "one_of":
            return self.values()
        if self.value not in ids:
            return []
        rank = ids.index(self.value)
        return list(ids[rank:] if self.is_ == "at_least" else ids[: rank + 1])


def _depth(filter_: Filter) -> int:
    return 1 + max(map(_depth, filter_.inner()), default=0)


def _check_size(filter_: Filter) -> None:
    if _depth(filter_) > MOST_DEEP:
        raise ValueError(f"nested deeper than {MOST_DEEP}; put conditions side by side in one all or any")
    if sum(1 for _ in filter_.conditions()) > MOST_CONDITIONS:
        raise ValueError(f"more than {MOST_CONDITIONS} conditions; save parts as segments of their own")


def _check(condition: Filter) -> None:
    """Raises ValueError that says what is wrong with a condition and how to mend it."""
    name = condition.fact
    if name is None:
        raise ValueError("fact is missing; a condition is fact, is and value")
    fact = FACTS.get(name)
    if fact is None:
        meant = did_you_mean(name, list(FACTS), f"known: {', '.join(FACTS)}")
        raise ValueError(f"there is no fact {name!r}; {meant}")
    known = OPERATORS[fact.kind]
    if condition.is_ not in known:
        meant = did_you_mean(condition.is_ or "", list(known), f"{name} may be asked: {', '.join(known)}")
        raise ValueError(f"{name} cannot be asked {condition.is_!r}; {meant}")
    if fact.of != (condition.of is not None):
        raise ValueError(f"{name} is asked of a category: add of" if fact.of else f"{name} takes no of; leave it out")
    _check_value(name, fact, condition)


def _check_value(name: str, fact: Fact, condition: Filter) -> None:
    operator, value = condition.is_, condition.value
    if operator == "known":
        if value is not None:
            raise ValueError(f"{name} known takes no value; for the others put it into a not")
    elif operator == "between":
        if not (isinstance(value, list) and len(value) == 2 and all(_is_number(fact, each) for each in value)):
            raise ValueError(f"{name} between takes two whole numbers {_range(fact)}, as [1, 5]")
        if value[0] > value[1]:
            raise ValueError("between takes the smaller number first, as [1, 5]")
    elif fact.kind in ("number", "days"):
        if not _is_number(fact, value):
            raise ValueError(f"{name} takes a whole number {_range(fact)}, not {value!r}")
    elif fact.kind == "day":
        _check_day(name, value)
    elif fact.kind == "yes":
        if not isinstance(value, bool):
            raise ValueError(f"{name} takes true or false, not {value!r}")
    else:
        _check_texts(name, fact, condition)


def _is_number(fact: Fact, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and fact.low <= value <= fact.high


def _range(fact: Fact) -> str:
    if fact.high < MOST_NUMBER:
        return f"from {fact.low} to {fact.high}"
    return f"from {fact.low} on" if fact.low > -MOST_NUMBER else "of the exact ones in JSON"


def _check_day(name: str, value: Any) -> None:
    try:
        date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        raise ValueError(f"{name} takes a day as in 2026-03-02, not {value!r}") from None


def _check_texts(name: str, fact: Fact, condition: Filter) -> None:
    values = condition.values()
    if not 1 <= len(values) <= MOST_VALUES or not all(_is_text(each) for each in values):
        raise ValueError(f"{name} takes a text, or a list of 1 to {MOST_VALUES}, each of 1 to {MOST_TEXT} characters")
    if condition.is_ in ("at_least", "at_most") and len(values) > 1:
        raise ValueError(f"{name} {condition.is_} takes one tier")
    for each in values:
        if name in SOURCES and not re.search(SOURCE, each):
            raise ValueError(f"{name} takes sources, such as campaign:7 or journey:birthday, not {each!r}")
        if fact.choices and each not in fact.choices:
            meant = did_you_mean(each, list(fact.choices), f"known: {', '.join(fact.choices)}")
            raise ValueError(f"{name} is never {each!r}; {meant}")


def _is_text(value: Any) -> bool:
    """JSON may write half of a character (\\ud83d), which no database takes."""
    return isinstance(value, str) and 1 <= len(value) <= MOST_TEXT and value == value.encode(errors="ignore").decode()
