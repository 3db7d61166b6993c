"""Whatever the services write into the points book has a name and a sentence, filled by what is written with it: found
in the source, so that a new one without words fails."""

from __future__ import annotations

import re
from string import Formatter

import pytest
from sqlalchemy import CheckConstraint

from core.db.ledger import entries
from core.program.loading import load_file
from core.words import entry_name
from core.words.explanations import _SPECIAL, NAMED
from core.words.texts import LANGUAGES, texts
from tests.conftest import FIVE_TIER
from tests.words.steps_in_source import Step, Written, steps, written
from tests.words.test_explanations import codes

PROGRAM = load_file(FIVE_TIER)
STEPS, WRITTEN = steps(), written()
GIVEN = {"rule_name"}
"""What the renderer adds."""


def kinds() -> set[str]:
    """As the database holds them."""
    checks = [each for each in entries.constraints if isinstance(each, CheckConstraint)]
    return {
        kind
        for each in checks
        if each.name == "ledger_entry_kind"
        for kind in re.findall(r"'(\w+)'", str(each.sqltext))
    }


def test_the_source_is_searched() -> None:
    assert {"adjust", "give_back", "invite", "still_active", "brought_over"} <= {step.code for step in STEPS}
    assert {"manual", "expiry", "reward:*", "year_end:*"} <= {each.rule for each in WRITTEN}
    assert kinds() == {"accrual", "bonus", "redemption", "expiry", "reversal", "adjustment"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.code}@{step.where}")
def test_a_step_has_a_sentence_and_the_facts_for_it(step: Step, language: str) -> None:
    known, key = texts(language), f"explain.{step.code}"
    sentences = [text for each, text in known.items() if each == key or each.startswith(f"{key}.")]
    assert sentences, f"{step.where}: no words for {step.code} in core/words/{language}.toml"
    if step.code not in _SPECIAL:
        needed = {name for text in sentences for _, name, _, _ in Formatter().parse(text) if name}
        assert needed - step.facts - GIVEN == set(), f"{step.where}: {step.code} does not say it"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("each", WRITTEN, ids=lambda each: f"{each.kind}-{each.rule}@{each.where}")
def test_an_entry_has_a_name(each: Written, language: str) -> None:
    noun, _, wanted = each.rule.partition(":")
    assert each.kind in kinds()
    assert noun in NAMED if wanted else not noun or f"rule.{noun}" in texts(language), each.where


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sorted(kinds()))
def test_every_kind_of_entry_tells_its_rule_by_name(kind: str, language: str) -> None:
    shown = {"kind": kind, "points": 1, "rule": "base", "explanation": {"inputs": {}, "steps": [{"do": "rejudged"}]}}
    told = entry_name(PROGRAM, shown, language, strict=True)
    assert PROGRAM.earning.rules[0].name[language] in told
    assert not {"base", kind} & set(re.findall(r"\w+", told))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cap_has_a_sentence(language: str) -> None:
    assert [each for each in sorted(codes("cap")) if f"cap.{each}" not in texts(language)] == []
