"""The HTTP status of each refusal: what is not there, what conflicts with the books, what the rules do not allow."""

from __future__ import annotations

NOT_FOUND = frozenset(
    {
        "coupon-unknown",
        "offer-unknown",
        "order-unknown",
        "reward-unknown",
        "unknown-entry",
        "unknown-member",
        "unknown-purchase",
    }
)
CONFLICT = frozenset(
    {
        "card-taken",
        "checked-in-already",
        "coupon-not-redeemed-there",
        "coupon-rolled-back",
        "coupon-used",
        "coupon-void",
        "external-id-reused",
        "key-name-taken",
        "key-reused",
        "offer-claimed-already",
        "order-cancelled",
        "order-handed-over",
        "phone-taken",
        "reward-out-of-stock",
        "reward-price-changed",
    }
)
UNAVAILABLE = frozenset({"no-program"})


def status_of(reason: str) -> int:
    if reason in NOT_FOUND:
        return 404
    if reason in CONFLICT:
        return 409
    return 503 if reason in UNAVAILABLE else 422
