"""What a replay came to, for the whole shop: who gains, who loses, what moves and what it is owed for."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel


class Sides(BaseModel):
    """One figure as it is, and as it would be."""

    before: int = 0
    after: int = 0


class Moved(BaseModel):
    """How many members, and how many points together."""

    members: int = 0
    points: int = 0


class TierMove(BaseModel):
    """A cell of the matrix: so many members hold `before` as it is and would hold `after`."""

    before: str
    after: str
    members: int


class UnpaidReward(BaseModel):
    """A reward that was taken and could not have been, so many times; points: what it would have cost together."""

    reward: str
    reason: str
    times: int
    points: int


class Standing(BaseModel):
    """How a member stands at the end. balance = active + pending - debt."""

    balance: int
    active: int
    pending: int
    debt: int
    lapsed: int
    tier: str
    tier_until: datetime | None


class RuleSides(BaseModel):
    """What entries of a rule came to together, reversals included."""

    rule: str
    before: int
    after: int


class Example(BaseModel):
    """The moment at which the rule that makes most of the difference differs most. explained_*: its arithmetic in
    words, but for the lines that are the same on both sides."""

    rule: str
    at: datetime
    before: int
    after: int
    explained_before: list[str]
    explained_after: list[str]


class Affected(BaseModel):
    """rules: those that make a difference, the largest first. example: None where no entry differs."""

    member_id: int
    card_number: str
    before: Standing
    after: Standing
    rules: list[RuleSides]
    example: Example | None


class ReplayReport(BaseModel):
    """version: the one in force. sha256: of the draft's text. since: from when on the draft judges; None: all along.

    different: members of whom anything at all differs. not_replayed: those whose books were joined with others, counted
    as they are. gaining, losing: by balance. liability: points that can be
    spent now or later; money: what they would take off, at the best that the program's rewards give for a point, in
    minor units rounded down, None where no reward is money off. notices: occasions of telling a member, by kind.
    refused: what else the draft would not have taken, by reason. affected: those of the largest differences.
    """

    program: str
    version: int
    sha256: str
    since: datetime | None
    at: datetime
    members: int
    different: int
    not_replayed: int
    gaining: Moved
    losing: Moved
    unchanged: int
    tiers: list[TierMove]
    active: Sides
    pending: Sides
    debt: Sides
    liability: Sides
    money: Sides | None
    lapsed: Sides
    notices: dict[str, Sides]
    unpaid: list[UnpaidReward]
    refused: dict[str, int]
    affected: list[Affected]
