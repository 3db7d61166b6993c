"""Is every text there in every language of the program?"""

from __future__ import annotations

from collections.abc import Iterator

from babel import Locale, UnknownLocaleError

from core.program.faults import Finding, Path, did_you_mean
from core.program.find import Data, find
from core.program.mending import show
from core.program.schema import Head

TEXTS = (
    "program.name",
    "categories.*.name",
    "joining.proofs.*.name",
    "tiers.*.name",
    "tiers.*.benefits",
    "earning.rules.*.name",
    "coupons.*.name",
    "coupons.*.terms",
    "rewards.*.name",
    "rewards.*.description",
    "offers.*.name",
    "offers.*.text",
    "activities.*.name",
    "year_end.*.name",
    "goals.*.name",
    "benefits.*.name",
    "benefits.*.text",
    "benefits.*.partner",
    "discounts.*.name",
    "member_prices.*.name",
    "prize_draws.*.name",
    "prize_draws.*.text",
    "prize_draws.*.prizes.*.name",
    "journeys.*.name",
    "journeys.*.steps.*.text",
    "journeys.*.steps.*.button",
)
"""Where a program has texts by language."""

LANGUAGES: list[str] = Head.model_fields["languages"].default


def check_words(data: Data) -> Iterator[Finding]:
    """Texts are held against the languages only once these are right."""
    of_languages = list(_languages(data))
    yield from of_languages
    written = next((value for _, value in find(data, "program.languages")), LANGUAGES)
    if not of_languages and isinstance(written, list) and all(isinstance(each, str) for each in written):
        for pattern in TEXTS:
            for path, texts in find(data, pattern):
                if isinstance(texts, dict):
                    yield from _complete(path, texts, written)
    yield from _benefits(data)


def _languages(data: Data) -> Iterator[Finding]:
    seen: set[str] = set()
    for path, language in find(data, "program.languages.*"):
        if not isinstance(language, str):
            continue
        if language in seen:
            yield Finding(path, f"{show(language)} is there twice", "keep one")
        seen.add(language)
        try:
            Locale.parse(language, sep="-")
        except (ValueError, UnknownLocaleError):
            yield Finding(path, f"{show(language)} is no language tag", 'write one such as "en" or "zh-Hans"')
    for path, languages in find(data, "program.languages"):
        if languages == []:
            yield Finding(path, "there is no language", 'write languages = ["en", "zh-Hans"]')


def _complete(path: Path, texts: dict[str, object], languages: list[str]) -> Iterator[Finding]:
    missing = [each for each in languages if each not in texts]
    for written in texts:
        if written not in languages:
            mend = did_you_mean(written, missing, f"languages are {', '.join(languages)}; remove it or add it there")
            yield Finding((*path, written), f"{show(written)} is no language of this program", mend)
            missing = [each for each in missing if mend != f"did you mean {show(each)}?"]
    for language in missing:
        yield Finding(path, f"there is no text in {show(language)}", f'add {language} = "…"')


def _benefits(data: Data) -> Iterator[Finding]:
    for path, benefits in find(data, "tiers.*.benefits"):
        if not isinstance(benefits, dict):
            continue
        counts = {language: len(lines) for language, lines in benefits.items() if isinstance(lines, list)}
        if len(set(counts.values())) > 1:
            told = ", ".join(f"{language} {count}" for language, count in counts.items())
            yield Finding(path, f"the languages have different numbers of lines ({told})", "say the same in each")
