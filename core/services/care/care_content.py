"""A journey's step as messages: its words are kept once for all, what is a member's own is filled in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from pydantic_core import to_json
from sqlalchemy import insert, select
from sqlmodel import Session

from core.db.journeys import journey_contents
from core.program.journey_texts import asked_for
from core.program.journeys import REVIEW, Journey, JourneyStep
from core.program.schema import Program, words
from core.rules import care
from core.rules.campaigns import in_control
from core.rules.messaging import Ended
from core.services.activities.review_purchase import MOST_STARS
from core.services.care.care_window import Due
from core.services.care.care_words import Told, filling
from core.services.deliveries.plan_deliveries import Buttons, Message, add_content


@dataclass
class Contents:
    """Messages of one step. They say what the program says now, whatever it says by the time they leave."""

    program: Program
    journey: Journey
    step: JourneyStep
    _ids: dict[str, int] = field(default_factory=dict)
    _names: dict[str, list[str]] = field(default_factory=dict)

    def message(self, session: Session, due: Due, now: datetime) -> Message:
        """A message whose moment is long past, or of a member who is held out, is one that has ended."""
        language = self.language(due)
        journey, step = self.journey, self.step
        return Message(
            member_id=due.row.member_id,
            source=journey.source,
            occasion=due.occasion,
            kind=journey.kind,
            purpose=journey.purpose,
            priority=journey.priority,
            due_at=due.moment,
            expires_at=care.expires_at(due.moment, step),
            content_id=self._content(session, language),
            buttons=stars(due.row.what) if step.opens == REVIEW else None,
            filling=self.filling(due, now),
            still=due.still or None,
            ended=self.ended(due, now),
        )

    def filling(self, due: Due, now: datetime) -> dict[str, str]:
        language = self.language(due)
        if language not in self._names:
            self._names[language] = asked_for(words(self.step.text, language))
        told = Told(self.program, self.journey, self.step, language, due.row, due.more, due.about, now)
        return filling(told, self._names[language])

    def ended(self, due: Due, now: datetime) -> Ended | None:
        """Who is held out is so for as long as the journey has its id; the control group gets nothing promotional."""
        member_id = due.row.member_id
        if self.journey.kind == "promo" and in_control(member_id, self.program.marketing.control_group):
            return Ended("held_out", "control")
        if care.is_held_out(self.journey.id, member_id, self.journey.holdout):
            return Ended("held_out", "holdout")
        return Ended("expired") if care.is_stale(due.moment, self.step, now) else None

    def language(self, due: Due) -> str:
        """The member's, else the program's first."""
        language: str = due.row.language
        return language if language in self.step.text else self.program.program.languages[0]

    def _content(self, session: Session, language: str) -> int:
        if language not in self._ids:
            self._ids[language] = self._kept(session, language)
        return self._ids[language]

    def _kept(self, session: Session, language: str) -> int:
        """The content with these very words, which an earlier run may have kept."""
        text, buttons = words(self.step.text, language), self._buttons(language)
        digest = sha256(to_json([text, buttons])).hexdigest()
        mine = (journey_contents.c.journey == self.journey.id, journey_contents.c.sha256 == digest)
        known = session.execute(select(journey_contents.c.content_id).where(*mine)).scalar()
        if known is not None:
            return int(known)
        content_id = add_content(session, text, buttons=buttons)
        values: dict[str, Any] = {"journey": self.journey.id, "sha256": digest, "content_id": content_id}
        session.execute(insert(journey_contents).values(values))
        return content_id

    def _buttons(self, language: str) -> Buttons | None:
        if self.step.opens is None or self.step.opens == REVIEW:
            return None
        return [[{"text": words(self.step.button, language), "data": self.step.opens}]]


def stars(purchase: str) -> Buttons:
    """From one to five, each a button that reviews that purchase."""
    return [[{"text": f"{each} ⭐", "data": f"{REVIEW}:{purchase}:{each}"} for each in range(1, MOST_STARS + 1)]]
