"""Years of care for hours: python -m tests.journeys.soak --runs 20

All journeys, members in every zone, processes killed at any write, outages, clocks set back, two schedulers. Prints the
seed of every run before it begins; the same seed lives the same year.
"""

from __future__ import annotations

import logging
import sys
from argparse import ArgumentParser
from random import SystemRandom

import structlog

from core.db.database import Database
from core.db.migrating import upgrade
from core.shop import Shop
from tests.bot.delivery.soak import databases
from tests.club import publish
from tests.conftest import CountingChance, FrozenClock
from tests.journeys.year import PROGRAM, Year


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.journeys.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="how often, on each database")
    parser.add_argument("--seed", type=int, help="of the first run; drawn unless it is given")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--days", type=int, default=370)
    wanted = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    first = SystemRandom().getrandbits(32) if wanted.seed is None else wanted.seed
    with databases(wanted.only) as made:
        for run in range(wanted.runs):
            for name, make in made.items():
                print(f"{name}, seed {first + run}:", end=" ", flush=True)
                year = _lived(make(run), first + run, wanted.people, wanted.days)
                print(len(year.gone), "messages", dict(year.happened), flush=True)
    return 0


def _lived(url: str, seed: int, people: int, days: int) -> Year:
    shop = Shop(Database(url), clock := FrozenClock(), CountingChance())
    upgrade(shop.database)
    publish(shop, PROGRAM)
    year = Year(shop, clock, seed, people=people, troubles=0.01)
    year.live(days, (2, 14))
    shop.database.dispose()
    return year


if __name__ == "__main__":
    sys.exit(main())
