"""What core asks of the outside. Doors and tests decide what stands behind."""

from __future__ import annotations

from datetime import UTC, datetime
from secrets import choice, token_hex, token_urlsafe
from typing import Protocol


class Clock(Protocol):
    """The time. `now()` is aware and in UTC."""

    def now(self) -> datetime: ...


class Chance(Protocol):
    """Randomness for numbers and codes that must not be guessed."""

    def digits(self, count: int) -> str: ...

    def code(self, length: int) -> str: ...

    def token(self) -> str: ...

    def seed(self) -> str:
        """256 random bits as 64 hexadecimal digits."""


# No 0/O, 1/I/L, 2/Z, 5/S: a code is read aloud at a till.
CODE_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemChance:
    """The machine's source of secrets."""

    def digits(self, count: int) -> str:
        return "".join(choice("0123456789") for _ in range(count))

    def code(self, length: int) -> str:
        return "".join(choice(CODE_ALPHABET) for _ in range(length))

    def token(self) -> str:
        return token_urlsafe(24)

    def seed(self) -> str:
        return token_hex(32)
