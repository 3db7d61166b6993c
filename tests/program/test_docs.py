"""docs/programs.md documents every key of the schema, as the schema does."""

from __future__ import annotations

import re

import pytest

from core.program.keys import known_keys
from core.program.loading import load_file
from tests.conftest import FIVE_TIER
from tests.program.reference import BEGIN, DOCUMENT, END, TABLES, reference
from tests.program.test_schema import keys


def test_the_reference_is_that_of_the_schema() -> None:
    """If it is not: python -m tests.program.reference"""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text.split(BEGIN)[1].split(END)[0].strip() == reference().strip()


def test_no_table_is_left_out() -> None:
    documented = {id(field) for path in TABLES.values() for field in known_keys(path).values()}
    assert [place for place, field in keys().items() if id(field) not in documented] == []


@pytest.mark.parametrize(
    ("department", "slug"),
    [("DRUG GM", "drug-gm"), ("MEAT-PCKGD", "meat-pckgd"), ("ELECT &PLUMBING", "elect-plumbing")],
)
def test_the_rule_for_categories_is_as_documented(department: str, slug: str) -> None:
    made = re.sub(r"[^a-z0-9]+", "-", department.lower()).strip("-")
    assert made == slug
    assert load_file(FIVE_TIER).category(slug) is not None
    assert f"`{department}` is `{slug}`" in DOCUMENT.read_text(encoding="utf-8")
