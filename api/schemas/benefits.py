"""What tills send to draw of a benefit; which one stands in the address."""

from __future__ import annotations

from pydantic import BaseModel

from core.insight.benefits import BenefitView
from core.program.benefits import Benefit
from core.services.common import MemberRef, Wish
from core.services.rewards.draw_benefit import DrawAmount


class BenefitForm(Wish):
    """amount: in the benefit's unit."""

    member: MemberRef
    amount: DrawAmount


class BenefitCatalogue(BaseModel):
    """All of them, as the program has them."""

    items: list[Benefit]


class BenefitList(BaseModel):
    """All of them: a program has never more than a few."""

    items: list[BenefitView]
