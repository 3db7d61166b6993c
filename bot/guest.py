"""Who stands at the desk: one update's view of a chat and its member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlmodel import Session

from bot.codes import Scan
from bot.screen import Dialogue
from bot.texts import Say
from core.insight.chats import chat_of
from core.insight.forecasts import Pace
from core.insight.members import MemberView, member_in_chat
from core.program.schema import Program
from core.rules.refusal import Refused
from core.rules.staff import GiftLimits
from core.services.once import Caller
from core.shop import Shop, Version

W = TypeVar("W", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


class Forged(Exception):
    """A button's data that this bot never gave to this member."""


class ForAThread(Exception):
    """More than a quick look: to be handled again where waiting holds nobody up. Nothing was done yet."""


class WantsPicture(Exception):
    """A picture is to be fetched and looked at first; then the update is handled again. Nothing was done yet."""

    def __init__(self, file_id: str) -> None:
        super().__init__(file_id)
        self.file_id = file_id


@dataclass(frozen=True, slots=True)
class StaffRules:
    """gifts: what one person gives a day alone. pace: how fast broadcasts go, for their forecasts."""

    gifts: GiftLimits = field(default_factory=lambda: GiftLimits(points=500, coupons=5))
    pace: Pace = field(default_factory=Pace)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where members are served. username: the bot's own, for links to it. quick: only what reads a few rows.

    staff: what the shop's settings say of staff in chat. carry_on: told which campaign was just launched, resumed or
    called off; without it the scheduler finds it.
    """

    shop: Shop
    username: str = ""
    quick: bool = False
    staff: StaffRules = field(default_factory=StaffRules)
    carry_on: Callable[[int], object] = lambda _: None
    names: dict[tuple[object, ...], str] = field(default_factory=dict, compare=False, repr=False)
    """What entries are called, once looked up: a version of the program never changes."""

    def no_hurry(self) -> None:
        """ForAThread where only quick looks are served."""
        if self.quick:
            raise ForAThread


@dataclass
class Guest:
    """key: names this update, so that what it asks for is done once. session: a snapshot to make a screen from.

    in_force: the program's version, if it was read with the chat. scan: of the picture that came with it, once it was
    looked at.
    """

    desk: Desk
    chat_id: int
    first_name: str
    say: Say
    member_id: int | None
    dialogue: Dialogue | None
    key: str
    session: Session = field(repr=False)
    in_force: int | None = None
    scan: Scan | None = None

    @property
    def shop(self) -> Shop:
        return self.desk.shop

    @property
    def language(self) -> str:
        return self.say.language

    @cached_property
    def version(self) -> Version:
        if self.in_force is not None:
            return self.shop.version(self.session, self.in_force)
        return self.shop.version_at(self.session, self.shop.now())

    @property
    def program(self) -> Program:
        return self.version.program

    @property
    def zone(self) -> ZoneInfo:
        return self.program.program.zone

    @cached_property
    def member(self) -> MemberView:
        """Refused: unknown-member."""
        member = member_in_chat(self.session, self.chat_id)
        if member is None:
            raise Refused("unknown-member")
        return member

    @property
    def id(self) -> int:
        """The member's; screens for members only are never made for others."""
        if self.member_id is None:
            raise Refused("unknown-member")
        return self.member_id

    def money(self, minor: int) -> str:
        return self.say.money(minor, self.program.program.currency)

    def do(self, service: Callable[[Shop, Caller, W], R], wish: W, nonce: str = "", *, actor: str = "") -> R:
        """Ask a service for something, once per update, or once per nonce; afterwards everything is read anew.

        actor: in whose name, by default this chat's. Refused: as the service.
        """
        self.desk.no_hurry()
        self.session.rollback()
        key = f"tg:{self.chat_id}:{nonce}" if nonce else f"{self.key}:{service.__name__}"
        done = service(self.shop, Caller(actor or f"telegram:{self.chat_id}", key), wish)
        for known in ("member", "version"):
            self.__dict__.pop(known, None)
        self.in_force = None
        chat = chat_of(self.session, self.chat_id)
        self.member_id = chat.member_id if chat else None
        return done

    def nonce(self) -> str:
        """Made when a question is drawn: however often its yes is tapped, it is one wish."""
        return self.shop.chance.code(8)


def number(text: str) -> int:
    """A whole number in a button's data. Forged: it is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Forged(text)
    return int(text)
