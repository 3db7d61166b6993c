"""Money that members keep with the shop: what topping up brings, which money pays, what goes back where.

Paid-in money and bonus money lie in lots of their own. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.program.schema import Program
from core.program.stored_value import StoredValue, TopUpBonus
from core.rules.expiry import NEVER
from core.rules.lots import Lot, Take, active_points, spend
from core.rules.refusal import Refusal
from core.rules.terms import end_of_term

Money = Literal["paid_in", "bonus"]
MONEYS: tuple[Money, Money] = ("paid_in", "bonus")
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""Money never waits: its lots are active from the beginning of time."""


@dataclass(frozen=True, slots=True)
class Held:
    """Every lot with something left, by kind of money. A lot's `remaining` is minor units."""

    paid_in: tuple[Lot, ...] = ()
    bonus: tuple[Lot, ...] = ()

    def of(self, money: Money) -> tuple[Lot, ...]:
        return self.paid_in if money == "paid_in" else self.bonus


def step_reached(stored: StoredValue, amount: int) -> TopUpBonus | None:
    """The last step whose `from` the amount reaches, in the order of the file, which is that of the amounts."""
    return next((each for each in reversed(stored.bonuses) if each.reaches <= amount), None)


def bonus_for(stored: StoredValue, amount: int) -> int:
    """What topping up so much brings: the reached step's sum, or its share rounded down; 0 of nothing."""
    reached = step_reached(stored, amount) if amount else None
    if reached is None:
        return 0
    return reached.gives or amount * (reached.percent or 0) // 10_000


def bonus_lapses_at(program: Program, stored: StoredValue, given_at: datetime) -> datetime:
    """The first moment at which a bonus given then is over."""
    if stored.bonus_months is None:
        return NEVER
    return end_of_term(given_at, stored.bonus_months, program.program.zone)


def allowed(stored: StoredValue, amount: int, balance: int) -> Refusal | None:
    """Whether so much may be topped up onto what is held. Refusal: top-up-below-least, top-up-above-most,
    stored-value-above-most."""
    if amount < stored.least:
        return Refusal("top-up-below-least", {"amount": amount, "least": stored.least})
    if stored.most is not None and amount > stored.most:
        return Refusal("top-up-above-most", {"amount": amount, "most": stored.most})
    after = balance + amount + bonus_for(stored, amount)
    if stored.most_held is not None and after > stored.most_held:
        return Refusal("stored-value-above-most", {"balance": balance, "after": after, "most": stored.most_held})
    return None


def pay(held: Held, amount: int, first: Money, now: datetime) -> list[Take] | Refusal:
    """Takes that add up to exactly `amount`: all of the one money first, then of the other, each from the lot that
    lapses first and the older of two. Refusal: stored-value-short, and nothing is taken."""
    there = {money: active_points(held.of(money), now) for money in MONEYS}
    balance = sum(there.values())
    if amount > balance:
        return Refusal("stored-value-short", {"needed": amount, "balance": balance, "missing": amount - balance})
    second: Money = "bonus" if first == "paid_in" else "paid_in"
    of_first = min(amount, there[first])
    takes = []
    for money, part in ((first, of_first), (second, amount - of_first)):
        taken = spend(held.of(money), part, now)
        assert not isinstance(taken, Refusal)
        takes += taken
    return takes


def give_back(taken: Sequence[Take], amount: int) -> list[Take] | Refusal:
    """Of what a payment still holds, in the order it took it, so much goes back to the very lots: what was taken last
    goes back first, as if less had been paid. Takes are negative. Refusal: refund-above-payment."""
    left = sum(take.points for take in taken)
    if amount > left:
        return Refusal("refund-above-payment", {"asked": amount, "left": left})
    takes = []
    for take in reversed(taken):
        part = min(take.points, amount)
        if part:
            takes.append(Take(take.lot_id, -part))
            amount -= part
    return takes


def bonus_to_withdraw(stored: StoredValue, topped_up: int, taken_back: int, withdrawn: int, left: int) -> int:
    """How much of a top-up's bonus goes, by the program that it was topped up under.

    taken_back: of the top-up, in all; withdrawn: of its bonus before; left: of its bonus now. The bonus that stays is
    that of topping up what stays, so it depends on all that was taken back and not on its parts. What is spent stays
    spent, and goes as soon as a refund brings it back.
    """
    due = bonus_for(stored, topped_up) - bonus_for(stored, topped_up - taken_back)
    return min(due - withdrawn, left)
