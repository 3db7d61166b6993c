"""Every refusal has words, in both languages, filled by the facts it carries."""

from __future__ import annotations

from fnmatch import fnmatch
from string import Formatter

import pytest

from core.program.loading import load_file
from core.rules.refusal import Refusal
from core.words import UnknownWords, refusal_words
from core.words.texts import LANGUAGES, texts
from tests.conftest import FIVE_TIER
from tests.words.refusals_in_source import Site, sites

PROGRAM = load_file(FIVE_TIER)
SITES = sites()


def reasons(language: str) -> dict[str, str]:
    sentences = texts(language).items()
    return {key.removeprefix("refusal."): text for key, text in sentences if key.startswith("refusal.")}


def placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(pattern) if name}


def test_the_source_is_searched() -> None:
    assert {"points-short", "unknown-member", "order-*"} <= {site.reason for site in SITES}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("site", SITES, ids=lambda site: f"{site.reason}@{site.where}")
def test_a_refusal_has_words_and_the_facts_for_them(site: Site, language: str) -> None:
    known = reasons(language)
    fitting = [reason for reason in known if fnmatch(reason, site.reason)]
    assert fitting, f"{site.where}: no words for {site.reason} in core/words/{language}.toml"
    if site.facts is not None and "*" not in site.reason:
        missing = placeholders(known[site.reason]) - site.facts
        assert not missing, f"{site.where}: {site.reason} gives no {missing}"


def test_no_words_for_what_is_never_refused() -> None:
    unused = [each for each in reasons("en") if not any(fnmatch(each, site.reason) for site in SITES)]
    assert unused == []


@pytest.mark.parametrize(
    ("refusal", "english", "chinese"),
    [
        (
            Refusal("points-short", {"needed": 1500, "active": 1, "missing": 1499}),
            "This takes 1,500 points; 1 point can be spent: 1,499 points too few.",
            "需要 1,500 积分，目前可用 1 积分，还差 1,499 积分。",
        ),
        (
            Refusal("coupon-min-spend", {"min_spend": 3000, "eligible": 1250}),
            "This coupon needs $30.00 of what it is for; the basket has $12.50.",
            "此优惠券需适用商品满 US$30.00，目前为 US$12.50。",
        ),
        (
            Refusal("offer-not-for-tier", {"tier": "regular", "tiers": ["gold", "diamond"]}),
            "This offer is for Gold, Diamond. You are Regular.",
            "此优惠限金卡会员、钻石会员，您目前为普通会员。",
        ),
        (
            Refusal("coupon-lapsed", {"valid_until": "2026-03-02T05:00:00+00:00"}),
            "This coupon was good until Mar 1, 2026.",
            "此优惠券有效期至 2026年3月1日。",
        ),
        (
            Refusal("checked-in-already", {"day": "2026-03-02", "streak": 3}),
            "You have checked in on Mar 2, 2026 already. Come back tomorrow!",
            "您 2026年3月2日 已签到，明天再来吧！",
        ),
        (
            Refusal("reward-no-such-price", {"price": 4, "prices": 2}),
            "This reward has no price number 5. It has 2.",
            "此礼品没有第 5 种价格，共 2 种。",
        ),
    ],
)
def test_refusals_in_words(refusal: Refusal, english: str, chinese: str) -> None:
    assert refusal_words(PROGRAM, refusal, "en", strict=True) == english
    assert refusal_words(PROGRAM, refusal, "zh-Hans", strict=True) == chinese


def test_without_a_program_ids_and_minor_units_are_told() -> None:
    refusal = Refusal("refund-above-purchase", {"asked": 1234, "left": 1000})
    told = "1,234 (in the smallest unit) is more than what is left of the purchase: 1,000 (in the smallest unit)."
    assert refusal_words(None, refusal, "en") == told
    assert refusal_words(None, Refusal("offer-unknown", {"offer": "xmas"}), "en") == "There is no offer xmas any more."


def test_an_unknown_reason_is_loud_or_told_as_it_is() -> None:
    assert refusal_words(PROGRAM, Refusal("moon-too-full"), "en") == "That is not possible (moon-too-full)."
    assert refusal_words(PROGRAM, Refusal("moon-too-full"), "zh-Hans") == "无法办理（moon-too-full）。"
    with pytest.raises(UnknownWords, match="moon-too-full"):
        refusal_words(PROGRAM, Refusal("moon-too-full"), "en", strict=True)


def test_a_missing_fact_is_loud_or_left_out() -> None:
    assert refusal_words(PROGRAM, Refusal("points-short", {"needed": 5}), "en") == (
        "This takes 5 points; … can be spent: … too few."
    )
    with pytest.raises(UnknownWords, match="active"):
        refusal_words(PROGRAM, Refusal("points-short", {"needed": 5}), "en", strict=True)
