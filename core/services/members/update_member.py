"""A member's settings: language, zone, city, birthday, quiet hours, how to be served, what may be sent."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import exists, insert, select, update
from sqlmodel import Session

from core.db.chats import chats
from core.db.fact_queries import note_stale
from core.db.journeys import journey_marks
from core.db.ledger_queries import lock_account
from core.db.members import consents, members
from core.insight.members import MemberRef, MemberView, member_of
from core.program.values import Zone
from core.rules.refusal import Refused
from core.rules.terms import business_day
from core.services.common import Day, Label, Result, Wish
from core.services.members.enrol import BirthdayCalendar, celebrated, check_birthday
from core.services.members.traits import note_traits
from core.services.once import Caller, once
from core.shop import Shop

Minute = Annotated[int, Field(strict=True, ge=0, le=1439)]
PURPOSES = {"allow_offers": "offers", "allow_care": "care", "allow_statement": "statement"}


class OfMember(Wish):
    """A base of its own, so that member_id comes first, as it does in the fingerprints that are kept."""

    member_id: int


class MemberSettings(Wish):
    """Only what is given changes. quiet_from, quiet_until: minutes after midnight in the member's zone, both or
    neither; given as null, the quiet hours are the shop's again (and style, zone, city are taken back). never_quiet:
    none, whatever the shop's are."""

    language: Annotated[str, StringConstraints(max_length=10)] | None = None
    birthday: Day | None = None
    birthday_calendar: BirthdayCalendar | None = None
    quiet_from: Minute | None = None
    quiet_until: Minute | None = None
    never_quiet: bool | None = None
    style: Literal["lively", "calm", "fast", "careful"] | None = None
    allow_offers: bool | None = None
    allow_care: bool | None = None
    allow_statement: bool | None = None
    zone: Zone | None = None
    city: Label | None = None


class MemberChange(MemberSettings, OfMember):
    """The settings of one member."""

    @model_validator(mode="after")
    def _quiet_hours_are_a_pair(self) -> MemberChange:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("give quiet_from and quiet_until together, or both as null to leave them to the shop")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours that begin and end at the same minute; give never_quiet to have none")
        if self.quiet_from is not None and self.never_quiet:
            raise ValueError("give quiet_from and quiet_until, or never_quiet, not both")
        return self


class MemberChanged(Result):
    """changed: the names of what is different now. The values are read with member_of: a result is kept under its key,
    and a person's data is kept in one place only, where it can be forgotten."""

    member_id: int
    changed: list[str]


def update_member(shop: Shop, caller: Caller, wish: MemberChange) -> MemberChanged:
    """What may be sent is also kept as a consent, with its time and source.

    Refused: unknown-member, language-unknown, birthday-set-already, birthday-impossible.
    """

    def work(session: Session) -> MemberChanged:
        lock_account(session, wish.member_id)
        member = member_of(session, MemberRef(id=wish.member_id))
        changed = _changes(shop, session, member, wish)
        if changed:
            values = {name: value for name, value in changed.items() if name != "birthday_calendar"}
            moved = _moved(session, member.id, shop.now()) if "zone" in changed else {}
            session.execute(update(members).where(members.c.id == member.id).values(values | moved))
            note_stale(session, member.id)
        if "birthday" in changed:
            note_traits(session, member.id)
        if "language" in changed:
            session.execute(update(chats).where(chats.c.member_id == member.id).values(language=wish.language))
        _keep_consents(shop, session, caller, member, changed)
        return MemberChanged(member_id=member.id, changed=sorted(changed.keys() - {"birthday_md", "lunar_birthday_md"}))

    return once(shop, caller, wish, MemberChanged, work)


def _changes(shop: Shop, session: Session, member: MemberView, wish: MemberChange) -> dict[str, Any]:
    """Columns and their new values, those left out that are so already."""
    clearable = {"quiet_from", "quiet_until", "style", "zone", "city"}
    given = wish.model_dump(include=wish.model_fields_set - {"member_id"})
    wanted = {name: value for name, value in given.items() if value is not None or name in clearable}
    if wanted.get("never_quiet"):
        wanted |= {"quiet_from": None, "quiet_until": None}
    elif "quiet_from" in wanted:
        wanted["never_quiet"] = False
    changed = {name: value for name, value in wanted.items() if getattr(member, name) != value}
    program = shop.version_at(session, shop.now()).program.program
    if changed.get("language", member.language) not in (*program.languages, member.language):
        raise Refused("language-unknown", language=changed["language"], known=program.languages)
    if "birthday" in changed:
        if member.birthday is not None:
            raise Refused("birthday-set-already", birthday=member.birthday.isoformat())
        check_birthday(changed["birthday"], business_day(shop.now(), program.zone))
    if {"birthday", "birthday_calendar"} & changed.keys():
        calendar = changed.get("birthday_calendar", member.birthday_calendar)
        changed |= celebrated(changed.get("birthday", member.birthday), calendar)
    return changed


def _moved(session: Session, member_id: int, now: datetime) -> dict[str, Any]:
    """Where they move from, so that care finds what the new zone's clock has struck already and that one's has not. Who
    moves again before care is planned moves from where it last knew them to be."""
    columns = (members.c.zone, members.c.zone_before, members.c.zone_since)
    was = session.execute(select(*columns).where(members.c.id == member_id)).one()
    known = (
        was.zone_since is None
        or session.execute(select(exists().where(journey_marks.c.planned_until >= was.zone_since))).scalar_one()
    )
    return {"zone_before": was.zone if known else was.zone_before, "zone_since": now}


def _keep_consents(shop: Shop, session: Session, caller: Caller, member: MemberView, changed: dict[str, Any]) -> None:
    rows = [
        {"member_id": member.id, "purpose": purpose, "granted": changed[name], "at": shop.now(), "source": caller.actor}
        for name, purpose in PURPOSES.items()
        if name in changed
    ]
    if rows:
        session.execute(insert(consents), rows)
