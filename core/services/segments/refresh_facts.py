"""What is known of each member is brought in line with the books: of all of them at night, of who changed meanwhile.

Nothing here is on the path of a purchase: who changed is read off the books, from marks on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pydantic import AwareDatetime
from sqlmodel import Session

from core.db import fact_queries as queries
from core.db.among import among
from core.db.fact_queries import CUT, MEASURES, Wanted
from core.insight.tier import contribution
from core.program.filters import WINDOWS
from core.program.schema import Program
from core.rules import life_cycle, rfm, tiers
from core.rules.terms import business_day
from core.services.common import Result
from core.shop import Shop

CHUNK = 5_000
MOST_CHANGED = 50_000
"""When more than these have changed, all are refreshed."""
OVERLAP = timedelta(minutes=2)
"""Marks are so old at least when they are used: what a transaction wrote that was still open then is seen the next
time. One that was open for longer is seen at night."""
SUMS = ("visits", "purchases", "spend", *(f"{sum_}_{days}" for days in WINDOWS for sum_ in ("purchases", "spend")))


class FactsReport(Result):
    """members: how many were looked at. whole: whether these were all there are."""

    members: int
    whole: bool
    as_of: AwareDatetime


@dataclass(frozen=True, slots=True)
class _Yardstick:
    """What one member is compared with: the cuts between fifths, by measure, and the shop's rhythm in days."""

    cuts: dict[str, list[Any]]
    rhythm: int


def refresh_facts(shop: Shop, whole: bool = False) -> FactsReport:
    """Everybody's facts, or those of who changed since the last time. whole also moves the purchases' windows on, cuts
    the fifths anew and finds the shop's rhythm. Twice is once."""
    now = shop.now()
    with shop.read() as session:
        last = queries.last_refresh(session)
        seen = queries.marks(session)
        whole = whole or last is None or last.whole_at is None
        ids = [] if whole else queries.changed(session, last.marks["since"], MOST_CHANGED + 1)  # type: ignore[union-attr]
    if last is None:
        with shop.write() as session:
            queries.note_refresh(session, {"as_of": now, "marks": _marks(None, seen, now), "cuts": {}})
    whole = whole or len(ids) > MOST_CHANGED
    count = _refresh_all(shop, now) if whole else _refresh_some(shop, ids, now)
    with shop.write() as session:
        noted = {"as_of": now, "marks": _marks(last, seen, now)}
        queries.note_refresh(session, noted | ({"whole_at": now} if whole else {}))
    return FactsReport(members=count, whole=whole, as_of=now)


def _marks(last: Any, seen: dict[str, int], now: datetime) -> dict[str, Any]:
    """since: to begin at the next time. seen: what will be begun at once it is old enough."""
    if last is None:
        return {"since": seen, "seen": seen, "at": now.isoformat()}
    if now - datetime.fromisoformat(last.marks["at"]) < OVERLAP:
        return dict(last.marks)
    return {"since": last.marks["seen"], "seen": seen, "at": now.isoformat()}


def _refresh_some(shop: Shop, ids: Sequence[int], now: datetime) -> int:
    yardstick = _yardstick(shop)
    for start in range(0, len(ids), CHUNK):
        _refresh_chunk(shop, partial(_among, ids[start : start + CHUNK]), now, yardstick)
    return len(ids)


def _among(ids: Sequence[int], column: Any) -> Any:
    return among(column, ids)


def _between(first: int, last: int, column: Any) -> Any:
    return column.between(first, last)


def _refresh_all(shop: Shop, now: datetime) -> int:
    """Derived first, judged against the others once all are there."""
    yardstick, count, days, gaps = _yardstick(shop), 0, 0, 0
    for wanted, size in _chunks(shop):
        more_days, more_gaps = _refresh_chunk(shop, wanted, now, yardstick)
        count, days, gaps = count + size, days + more_days, gaps + more_gaps
    rhythm = life_cycle.mean_gap(days, gaps) if gaps else life_cycle.USUAL
    with shop.read() as session:
        places = rfm.places(queries.how_many_bought(session))
        cuts = {each: queries.values_at(session, MEASURES[each], places) for each in CUT}
    with shop.write() as session:
        queries.note_refresh(session, {"cuts": _as_json(cuts), "rhythm": rhythm})
    _judge_all(shop, _Yardstick(cuts, rhythm), now)
    return count


def _chunks(shop: Shop) -> Iterator[tuple[Wanted, int]]:
    last = 0
    while True:
        with shop.read() as session:
            ids = queries.next_ids(session, last, CHUNK)
        if not ids:
            return
        yield partial(_between, last + 1, ids[-1]), len(ids)
        last = ids[-1]


def _refresh_chunk(shop: Shop, wanted: Wanted, now: datetime, yardstick: _Yardstick) -> tuple[int, int]:
    """Read without holding anybody up, written at once. The days between these members' visits, and how many pauses."""
    with shop.read() as session:
        notes = queries.stale_ids(session, wanted)
        program = shop.version_at(session, now).program
        facts = _derived(shop, session, wanted, program, now)
        categories = [dict(row._mapping) for row in queries.category_sums(session, wanted, now)]
    bought: dict[int, list[str]] = defaultdict(list)
    for row in categories:
        bought[row["member_id"]].append(row["category"])
    known = {each["member_id"] for each in facts}
    for each in facts:
        each["categories"] = f",{','.join(sorted(bought[each['member_id']]))},"
        each |= _judged(each, program, now, yardstick)
    with shop.write() as session:
        queries.last_refresh(session, locked=True)  # one at a time
        queries.replace(session, wanted, facts, [each for each in categories if each["member_id"] in known])
        queries.drop_notes(session, notes)
    returning = [each for each in facts if each["visits"] > 1]
    return sum(_days_between(each, program) for each in returning), sum(each["visits"] - 1 for each in returning)


def _days_between(fact: dict[str, Any], program: Program) -> int:
    zone = program.program.zone
    return (business_day(fact["last_purchase_at"], zone) - business_day(fact["first_purchase_at"], zone)).days


def _derived(shop: Shop, session: Session, wanted: Wanted, program: Program, now: datetime) -> list[dict[str, Any]]:
    """What the books say, without what takes a comparison with others."""
    zone = program.program.zone
    bought = {row.member_id: row for row in queries.purchase_sums(session, wanted, zone, now)}
    points = {row.member_id: row.points for row in queries.balances(session, wanted, now)}
    stores = {row.member_id: row.store for row in queries.last_stores(session, wanted, now)}
    since = tiers.since([program], now)
    counting: dict[int, list[tiers.Contribution]] = defaultdict(list)
    for row in queries.qualifying(session, wanted, since):
        counting[row.member_id].append(contribution(row))
    facts = []
    for row in queries.people(session, wanted):
        fact = dict(row._mapping)
        birthday, chat, closed_at = fact.pop("birthday_md"), fact.pop("chat_id"), fact.pop("closed_at")
        spend, earned = tiers.counting(program, counting.get(row.member_id, []), now)
        sums = bought.get(row.member_id)
        facts.append(
            fact
            | {each: int(getattr(sums, each)) if sums else 0 for each in SUMS}
            | {
                "balance": int(points.get(row.member_id, 0)),
                "qualifying_spend": spend,
                "qualifying_points": earned,
                "first_purchase_at": sums.first_purchase_at if sums else None,
                "last_purchase_at": sums.last_purchase_at if sums else None,
                "last_store": stores.get(row.member_id),
                "birthday_month": birthday // 100 if birthday else None,
                "has_chat": chat is not None,
                "stage": life_cycle.CLOSED if closed_at is not None else None,
                "as_of": now,
            }
        )
        facts[-1]["rhythm"] = _rhythm(facts[-1], program)
    return facts


def _rhythm(fact: dict[str, Any], program: Program) -> int | None:
    if not fact["visits"]:
        return None
    zone = program.program.zone
    first, last = (business_day(fact[f"{which}_purchase_at"], zone) for which in ("first", "last"))
    return life_cycle.rhythm(fact["visits"], first, last)


def _judged(fact: Any, program: Program, now: datetime, yardstick: _Yardstick) -> dict[str, Any]:
    """The stage and the fifths."""
    zone, last = program.program.zone, fact["last_purchase_at"]
    away = (business_day(now, zone) - business_day(last, zone)).days if last else 0
    stage = fact["stage"]
    if stage != life_cycle.CLOSED:
        stage = life_cycle.stage(fact["visits"], away, fact["rhythm"] or yardstick.rhythm)
    bought = fact["purchases"] > 0
    fifths = {each: rfm.fifth(fact[MEASURES[each]], yardstick.cuts.get(each, [])) if bought else None for each in CUT}
    return {"stage": stage, **fifths}


def _judge_all(shop: Shop, yardstick: _Yardstick, now: datetime) -> None:
    """Whom the new cuts and the new rhythm put elsewhere is written anew."""
    last = 0
    while True:
        with shop.read() as session:
            program = shop.version_at(session, now).program
            rows = [dict(row._mapping) for row in queries.judged_columns(session, last, CHUNK)]
        if not rows:
            return
        moved = []
        for row in rows:
            judged = _judged(row, program, now, yardstick)
            if any(row[name] != value for name, value in judged.items()):
                moved.append({"of_member": row["member_id"], **judged})
        if moved:
            with shop.write() as session:
                queries.judge_anew(session, moved)
        last = rows[-1]["member_id"]


def _yardstick(shop: Shop) -> _Yardstick:
    """As of the last whole refresh; before the first one everybody is in the lowest fifth."""
    with shop.read() as session:
        last = queries.last_refresh(session)
    cuts = dict(last.cuts) if last else {}
    moments = [datetime.fromisoformat(each) for each in cuts.get("recency", [])]
    return _Yardstick(cuts | {"recency": moments}, (last.rhythm if last else None) or life_cycle.USUAL)


def _as_json(cuts: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return cuts | {"recency": [each.isoformat() for each in cuts["recency"]]}
