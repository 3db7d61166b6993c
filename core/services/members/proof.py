"""Proof of belonging: what somebody showed as they joined or took a card over, and who has seen it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import delete, insert
from sqlmodel import Session

from core.db.members import member_proofs
from core.program.schema import Program
from core.rules.refusal import Refused
from core.rules.terms import business_day
from core.services.common import Day, Label, Wish
from core.services.once import Caller


class ProofShown(Wish):
    """kind: one of the program's. reference: what the shop keeps of it, such as its last digits. valid_until: its last
    day, ISO date."""

    kind: Annotated[str, Field(min_length=1, max_length=40)]
    reference: Label | None = None
    valid_until: Day | None = None


def check_proof(program: Program, shown: ProofShown | None, now: datetime) -> None:
    """Refused: proof-missing where the program asks for one; proof-unknown, proof-over."""
    known = [proof.id for proof in program.joining.proofs] if program.joining else []
    today: date = business_day(now, program.program.zone)
    if shown is None:
        if known:
            raise Refused("proof-missing", proofs=known)
    elif known and shown.kind not in known:
        raise Refused("proof-unknown", kind=shown.kind, known=known)
    elif shown.valid_until is not None and shown.valid_until < today:
        raise Refused("proof-over", kind=shown.kind, valid_until=shown.valid_until.isoformat())


def keep_proof(session: Session, member_id: int, shown: ProofShown, caller: Caller, now: datetime) -> None:
    """It has been checked."""
    row = {"member_id": member_id, **shown.model_dump(), "at": now, "seen_by": caller.actor}
    session.execute(insert(member_proofs), row)


def forget_proofs(session: Session, member_id: int) -> None:
    session.execute(delete(member_proofs).where(member_proofs.c.member_id == member_id))
