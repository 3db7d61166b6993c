"""Both languages say the same, and every placeholder is one that can be written."""

from __future__ import annotations

from string import Formatter

import pytest

from core.program.checks import BUILT_IN
from core.words.sentences import Sentences
from core.words.texts import LANGUAGES, spoken, texts

PLURALS = ("one", "other")


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


def test_both_languages_have_the_same_sentences() -> None:
    """But for plural forms, of which Chinese has one."""
    english, chinese = ({key for key in texts(each) if not key.endswith(PLURALS)} for each in LANGUAGES)
    assert english == chinese
    assert {key for key in texts("zh-Hans") if key.endswith(PLURALS)} <= set(texts("en"))


@pytest.mark.parametrize("key", sorted(set(texts("en")) & set(texts("zh-Hans"))))
def test_sentences_have_the_same_placeholders(key: str) -> None:
    assert placeholders(texts("en")[key]) == placeholders(texts("zh-Hans")[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_placeholder_has_a_known_form(language: str) -> None:
    forms = Sentences(None, language).forms
    for key, pattern in texts(language).items():
        for _, name, form, _ in Formatter().parse(pattern):
            assert name is None or form in forms, f"{key}: {{{name}:{form}}}"


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("zh-Hans", "zh-Hans"), ("zh", "zh-Hans"), ("zh_TW", "zh-Hans"), ("de", "en"), ("", "en")],
)
def test_the_nearest_language_is_spoken(tag: str, language: str) -> None:
    assert spoken(tag) == language


def test_what_the_books_call_their_own_has_words() -> None:
    assert {key.removeprefix("rule.") for key in texts("en") if key.startswith("rule.")} == set(BUILT_IN)
