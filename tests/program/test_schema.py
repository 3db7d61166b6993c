"""The program as data: exact rates, kinds of validity, and what the checks must know of the schema."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from pydantic import BaseModel

from core.program.keys import example, fields_of, known_keys
from core.program.loading import ProgramError, load
from core.program.schema import Fixed, Program, Relative
from core.program.word_checks import TEXTS
from tests.program.club import SOURCE


def rate(written: str) -> Fraction:
    source = SOURCE.replace("silver = 1.1", f"silver = {written}")
    return load(source, "club").earning.rules[0].tier_rates["silver"]


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("1.1", Fraction(11, 10)),
        ("0.333333333", Fraction(333333333, 10**9)),
        ('"1/3"', Fraction(1, 3)),
        ('"1.5"', Fraction(3, 2)),
        ("0", Fraction(0)),
        ("1000", Fraction(1000)),
    ],
)
def test_rates_are_exact(written: str, exact: Fraction) -> None:
    assert rate(written) == exact


@pytest.mark.parametrize("written", ["1e3", "inf", "nan", '"1/0"', '"1e99"', '""', "true", "1000.1", "-1", "[1]"])
def test_other_rates_are_refused(written: str) -> None:
    with pytest.raises(ProgramError, match=r"club:48: earning\.rules\[base\]\.tier_rates\.silver: "):
        rate(written)


def test_validity_is_one_of_two_kinds() -> None:
    five, season = load(SOURCE, "club").coupons
    assert five.validity == Relative(days=30)
    assert season.validity == Fixed(
        since=datetime.fromisoformat("2026-12-20T00:00:00-05:00"),
        until=datetime.fromisoformat("2027-01-06T00:00:00-05:00"),
    )


def test_a_tier_of_an_earlier_version_ranks_below_all() -> None:
    program = load(SOURCE, "club")
    assert [program.rank(tier) for tier in ("regular", "silver", "gold", "iron")] == [0, 1, 2, -1]
    assert [program.tier(tier).id for tier in ("regular", "gold", "iron")] == ["regular", "gold", "regular"]


def test_a_program_can_be_made_again_from_its_data() -> None:
    program = load(SOURCE, "club")
    assert Program.model_validate(program.model_dump(by_alias=True)) == program


def keys(path: tuple[str | int, ...] = ()) -> dict[str, Any]:
    """Every key that a program file can have, under its dotted pattern."""
    found: dict[str, Any] = {}
    for key, field in known_keys(path).items():
        found[pattern((*path, key))] = field
        for inner in ((*path, key), (*path, key, 0), (*path, key, "any"), (*path, key, "any", 0)):
            found |= keys(inner)
    return found


def pattern(path: tuple[str | int, ...]) -> str:
    return ".".join("*" if part == 0 else "?" if part == "any" else str(part) for part in path)


def test_texts_are_checked_wherever_the_schema_has_them() -> None:
    by_language = {
        each
        for each, field in keys().items()
        if str(field.annotation).startswith("dict[str, ") and not each.endswith(("_rates", "_prices", "_percents"))
    }
    assert by_language == set(TEXTS)


def test_every_key_is_documented_with_an_example_that_names_it() -> None:
    for place, field in keys().items():
        name = place.rsplit(".", 1)[-1]
        assert field.description, f"{place} has no text"
        assert example(field).startswith((f"{name} = ", f"[{place}]", f"[[{place.replace('.*', '')}]]")), place


@pytest.mark.parametrize(
    ("path", "some"),
    [
        ((), {"schema", "tiers", "birthday"}),
        (("tiers", 3), {"spend", "colour"}),
        (("coupons", 0, "discount"), {"kind", "amount", "percent", "cap"}),
        (("rewards", 1, "tier_prices", "gold", 0), {"points", "money"}),
        (("tiers", 0, "name"), set()),
    ],
)
def test_the_keys_of_a_place_are_read_off_the_schema(path: tuple[str | int, ...], some: set[str]) -> None:
    assert some <= known_keys(path).keys()
    assert bool(some) == bool(known_keys(path))


def test_fields_are_called_as_the_file_spells_them() -> None:
    model: type[BaseModel] = Program
    assert next(iter(fields_of(model))) == "schema"
