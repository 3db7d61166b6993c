"""When a journey will next speak to somebody."""

from __future__ import annotations

from datetime import datetime

from core.services.care.care_occasions import occasions
from core.services.care.care_window import Window, zones_of
from core.shop import Shop


def next_care(shop: Shop, after: datetime, until: datetime) -> datetime | None:
    """The first moment after `after` and not after `until` at which a message falls due, as things stand now; None:
    there is none. For spans of a day or so: every occasion in it is looked at."""
    with shop.read() as session:
        program = shop.version_at(session, until).program
        zones = zones_of(session, program)
        moments = (
            due.moment
            for journey in program.journeys
            for step in journey.steps
            for chunk in occasions(Window(shop, session, program, journey, step, after, until, zones))
            for due in chunk
            if after < due.moment <= until
        )
        return min(moments, default=None)
