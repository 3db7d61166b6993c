"""Tiers that contradict themselves: out of order, never reached, or with keys that their kind does not know."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from core.program.faults import Finding, Path, step
from core.program.find import Data, find, ids
from core.program.mending import show

_TIER_KEYS = {"rolling": ("spend", "points"), "cards": ("ways",), "years": ("ways", "keep")}
_ROLLING_KEYS = ("window_months", "validity_months", "grace_months", "grace_days", "downgrade")
_TIERING_KEYS = {"rolling": _ROLLING_KEYS, "cards": ("period_years",), "years": ()}
_BY = {"cards": ("day", "total"), "years": ("years",)}
_ADD = {
    "rolling": "add spend = 50000 or points = 800, or both",
    "cards": 'add ways = [{ by = "day", spend = 100000 }], or ways = [] for a tier by invitation only',
    "years": 'add ways = [{ by = "years", spend = 10000000 }], or ways = [] for a tier by invitation only',
}
Tiers = list[tuple[Path, dict[str, Any]]]


def check_tiers(data: Data) -> Iterator[Finding]:
    """Everything about tiers and tiering that can be told from the file."""
    kind = step(step(data, "tiering"), "kind") or "rolling"
    if kind not in _TIER_KEYS:
        return
    tiers = [(path, tier) for path, tier in find(data, "tiers.*") if isinstance(tier, dict)]
    yield from _keys(data, kind, tiers)
    yield from _reached(kind, tiers)
    yield from _thresholds(tiers)
    yield from _measures(data)
    yield from _grace(data)
    if kind != "rolling":
        for path, tier in tiers[1:]:
            for place, way in enumerate(_ways(tier)):
                yield from _way((*path, "ways", place), kind, way, tier, ids(data, "tiers"))
        yield from _pointless_ways(tiers)
        yield from _keeps(data, tiers)


def _keys(data: Data, kind: str, tiers: Tiers) -> Iterator[Finding]:
    """Keys of another kind would be read by nobody."""
    for path, tier in tiers:
        for key in ("spend", "points", "ways", "keep"):
            if key in tier and key not in _TIER_KEYS[kind]:
                message = f"{key} does nothing where the kind of tiering is {show(kind)}"
                yield Finding((*path, key), message, f"remove it, or write {_kinds_with(key)} under [tiering]")
    for key in (*_ROLLING_KEYS, "period_years"):
        if isinstance(step(data, "tiering"), dict) and key in data["tiering"] and key not in _TIERING_KEYS[kind]:
            yield Finding(("tiering", key), f"{key} does nothing where the kind is {show(kind)}", "remove it")


def _kinds_with(key: str) -> str:
    return " or ".join(f"kind = {show(kind)}" for kind, keys in _TIER_KEYS.items() if key in keys)


def _reached(kind: str, tiers: Tiers) -> Iterator[Finding]:
    for path, tier in tiers[:1]:
        for key in {*_TIER_KEYS[kind]} & tier.keys():
            yield Finding(
                (*path, key), "the lowest tier is everybody's", f"remove {key}, or put a tier without it first"
            )
    for path, tier in tiers[1:]:
        if not {"spend", "points", "ways"} & tier.keys():
            yield Finding(path, "nothing says how this tier is reached", _ADD[kind])


def _thresholds(tiers: Tiers) -> Iterator[Finding]:
    for key in ("spend", "points"):
        given = [((*path, key), tier) for path, tier in tiers[1:] if isinstance(tier.get(key), int)]
        for path, tier in given[:1]:
            if tier[key] == 0:
                yield Finding(path, "0 is reached by everybody", "write what it takes to rise")
        for (_, lower), (path, tier) in pairwise(given):
            if tier[key] <= lower[key]:
                message = f"{tier[key]} is not above the {lower[key]} of {show(lower.get('id'))}"
                yield Finding(path, message, "order the tiers from the lowest to the highest")


def _grace(data: Data) -> Iterator[Finding]:
    tiering = step(data, "tiering")
    if step(tiering, "grace_months") and step(tiering, "grace_days"):
        message = "a grace is counted in months or in days"
        yield Finding(("tiering", "grace_days"), message, "keep grace_months or grace_days")


def _measures(data: Data) -> Iterator[Finding]:
    for path, measure in find(data, "tiering.measures.*"):
        left_out = _texts(step(measure, "except_categories"))
        for place, category in enumerate(_texts(step(measure, "categories"))):
            if any(category == each or category.startswith(each + "/") for each in left_out):
                message = f"{show(category)} is left out under except_categories"
                yield Finding((*path, "categories", place), message, "keep it in one of the two")


def _way(path: Path, kind: str, way: dict[str, Any], tier: dict[str, Any], known: list[str]) -> Iterator[Finding]:
    """One way by itself: is it one of this kind, and is there anybody who could take it?"""
    by, own = way.get("by"), tier.get("id")
    if by in ("day", "total", "years") and by not in _BY[kind]:
        listed = " or ".join(show(each) for each in _BY[kind])
        yield Finding((*path, "by"), f"{show(by)} is no way where the kind is {show(kind)}", f"write {listed}")
        return
    if "years" in way and by != "years":
        yield Finding((*path, "years"), f"years does nothing in a way by {show(by)}", "remove it")
    if own not in known:
        return
    open_to = _could(by, known[: known.index(own)])
    if not open_to:
        message = f"there is no card below {show(own)}, so that nobody has a total yet"
        yield Finding((*path, "by"), message, 'write by = "day"')
        return
    for place, held in enumerate(_texts(way.get("from"))):
        if held in known and held not in open_to:
            yield Finding((*path, "from", place), _never(by, held, own, known), f"known here: {', '.join(open_to)}")


def _never(by: Any, held: str, own: str, known: list[str]) -> str:
    if known.index(held) >= known.index(own):
        return f"who holds {show(held)} needs no way to {show(own)}"
    if by == "day":
        return f"who holds {show(held)} has a card, and a day's sum is for those without one"
    return f"who holds {show(held)} has no card, and so no total"


def _could(by: Any, lower: list[str]) -> list[str]:
    """Which of the lower tiers a way can be open to."""
    return {"day": lower[:1], "total": lower[1:]}.get(by, lower)


def _pointless_ways(tiers: Tiers) -> Iterator[Finding]:
    """A way that never leads anywhere, because who takes it has already gone further."""
    known = [str(tier.get("id")) for _, tier in tiers]
    for rank, (path, tier) in enumerate(tiers):
        for place, way in enumerate(_ways(tier)):
            for below in range(1, rank):
                for lower in _ways(tiers[below][1]):
                    if _overtakes(way, known[:rank], lower, known[:below]):
                        message = f"{way['spend']} is not above the {lower['spend']} of {show(known[below])}"
                        mend = "order the tiers from the lowest to the highest"
                        yield Finding((*path, "ways", place, "spend"), message, mend)


def _overtakes(higher: dict[str, Any], above: list[str], lower: dict[str, Any], under: list[str]) -> bool:
    """Whether everybody who takes the lower way could take the higher one with the same spending."""
    if any(not isinstance(way.get("spend"), int) for way in (higher, lower)):
        return False
    same = all(higher.get(key) == lower.get(key) for key in ("by", "measure"))
    years = [way.get("years", 1) for way in (higher, lower)]
    open_to = [
        set(_texts(way.get("from")) or _could(way.get("by"), tiers)) for way, tiers in ((higher, above), (lower, under))
    ]
    sooner = all(isinstance(each, int) for each in years) and years[0] <= years[1]
    return same and sooner and open_to[1] <= open_to[0] and bool(higher["spend"] <= lower["spend"])


def _keeps(data: Data, tiers: Tiers) -> Iterator[Finding]:
    """To keep a tier must not take more than to enter it."""
    first = next(iter(ids(data, "tiering.measures")), None)
    for path, tier in tiers[1:]:
        entering = [
            way["spend"]
            for way in _ways(tier)
            if isinstance(way.get("spend"), int) and way.get("measure", first) == first
        ]
        if isinstance(tier.get("keep"), int) and entering and tier["keep"] > min(entering):
            message = f"to keep {show(tier.get('id'))} takes more than the {min(entering)} that bring it"
            yield Finding((*path, "keep"), message, f"write at most keep = {min(entering)}")


def _ways(tier: dict[str, Any]) -> list[dict[str, Any]]:
    ways = tier.get("ways")
    return [way for way in ways if isinstance(way, dict)] if isinstance(ways, list) else []


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
