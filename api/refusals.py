"""Refusals as HTTP has them: a status by what is not there, what conflicts, what the rules do not allow; and words."""

from __future__ import annotations

from core.insight.programs import version_now
from core.rules.refusal import Refusal
from core.shop import Shop
from core.words.refusals import refusal_words

NOT_FOUND = frozenset(
    {
        "benefit-unknown",
        "activity-unknown",
        "coupon-unknown",
        "journey-unknown",
        "offer-unknown",
        "order-unknown",
        "prize-draw-round-unknown",
        "prize-draw-unknown",
        "reward-unknown",
        "segment-unknown",
        "campaign-content-unknown",
        "unknown-amendment",
        "unknown-campaign",
        "unknown-draft",
        "unknown-entry",
        "unknown-feedback",
        "unknown-gift",
        "unknown-member",
        "unknown-merge",
        "unknown-message",
        "unknown-payment",
        "unknown-purchase",
        "unknown-top-up",
        "unknown-version",
    }
)
CONFLICT = frozenset(
    {
        "activity-done-already",
        "activity-once",
        "campaign-changed",
        "campaign-in-another-state",
        "campaign-recalled",
        "card-taken",
        "chat-of-other-staff",
        "checked-in-already",
        "correction-changed",
        "correction-not-waiting",
        "coupon-not-redeemed-there",
        "coupon-rolled-back",
        "coupon-used",
        "coupon-void",
        "draft-changed",
        "draft-published",
        "draft-withdrawn",
        "external-id-reused",
        "gift-decided",
        "key-name-taken",
        "key-reused",
        "member-closed",
        "member-not-closed",
        "merge-closed",
        "merge-under-another",
        "merge-undone-already",
        "offer-claimed-already",
        "one-member-already",
        "order-cancelled",
        "order-handed-over",
        "phone-taken",
        "prize-draw-between-rounds",
        "prize-draw-changed",
        "purchase-delivered-already",
        "reward-out-of-stock",
        "reward-price-changed",
        "segment-frozen",
        "segment-in-use",
        "segment-taken",
    }
)
UNAVAILABLE = frozenset({"no-program"})


def status_of(reason: str) -> int:
    if reason in NOT_FOUND:
        return 404
    if reason in CONFLICT:
        return 409
    return 503 if reason in UNAVAILABLE else 422


def say(shop: Shop, refusal: Refusal, language: str) -> str:
    """The refusal in words, with the names and the currency of the program in force."""
    return said(shop, refusal, language)[0]


def said(shop: Shop, refusal: Refusal, language: str) -> tuple[str, int | None]:
    """The same, and the number of that version of the program; None where there is no program."""
    version = version_now(shop)
    if version is None:
        return refusal_words(None, refusal, language), None
    return refusal_words(version.program, refusal, language), version.id
