"""What to send, as an example for each body; the description shows them."""

from __future__ import annotations

from typing import Any

_MEMBER = {"card_number": "386535849137"}
_LINES = [
    {"sku": "apples", "category": "produce/apples", "quantity": 2, "unit_price": 350, "regular_price": 400},
    {"sku": "milk", "category": "grocery", "quantity": 1, "unit_price": 3300},
]

EXAMPLES: dict[str, dict[str, Any]] = {
    "EnrolForm": {"name": "Anna", "phone": "+1 212 555 0123", "birthday": "1990-05-31", "consents": ["offers"]},
    "MemberForm": {"language": "zh-Hans", "quiet_from": 1320, "quiet_until": 480},
    "HandOnForm": {"to": {"name": "Bea", "phone": "+1 212 555 0124", "consents": ["offers"]}},
    "ReopenForm": {"reason": "Back from abroad, asked at the till"},
    "MergeForm": {"other": _MEMBER, "reason": "Same phone, asked at the till"},
    "UnmergeForm": {"reason": "Two sisters"},
    "SegmentDraft": {
        "name": "Silent gold",
        "filter": {
            "all": [
                {"fact": "tier", "is": "at_least", "value": "gold"},
                {"fact": "stage", "is": "one_of", "value": ["silent", "lost"]},
            ]
        },
    },
    "SegmentPreviewForm": {"filter": {"fact": "days_since_purchase", "is": "between", "value": [60, 90]}},
    "FreezeForm": {"into": "Silent gold, March"},
    "ActivityForm": {"activity": "review", "about": "apples"},
    "PurchaseOrder": {
        "external_id": "T1-000042",
        "member": _MEMBER,
        "occurred_at": "2026-03-02T10:15:00-05:00",
        "store": "north",
        "channel": "store",
        "lines": _LINES,
        "tender": [{"kind": "card", "amount": 4000}],
    },
    "DeliveryForm": {"delivered_at": "2026-03-04T09:30:00-05:00"},
    "RefundForm": {"external_id": "T1-000043", "lines": [{"sku": "apples", "quantity": 1}]},
    "CouponForm": {"member": _MEMBER, "template": "welcome-5", "source": "apology"},
    "CouponBasket": {"external_id": "T1-000044", "member": _MEMBER, "lines": _LINES},
    "CouponReturn": {"external_id": "T1-000044"},
    "RewardForm": {"member": _MEMBER, "price": 1, "points": 200, "money": 400},
    "PlayForm": {"price": 50},
    "BenefitForm": {"member": _MEMBER, "amount": 2},
    "TopUpOrder": {"external_id": "T1-000045", "member": _MEMBER, "amount": 50000, "store": "north"},
    "TakeBackForm": {"external_id": "T1-000046", "amount": 10000, "cause": "payout", "store": "north"},
    "PaymentOrder": {"external_id": "T1-000047", "member": _MEMBER, "amount": 4000, "store": "north"},
    "PaymentRefundForm": {"external_id": "T1-000048", "amount": 700, "store": "north"},
    "Adjustment": {"member": _MEMBER, "points": 300, "reason": "Spilt coffee"},
    "NewDraft": {"version": 1, "note": "The rate of December was a mistake"},
    "PublicationForm": {
        "sha256": "8f632fdb39b9aa7b0352de343efbb782a27731dd55410d626ee6279350e62d68",
        "effective_at": "2026-12-01T00:00:00-05:00",
    },
    "StaffInvite": {"name": "ann", "role": "staff"},
    "CampaignForm": {
        "name": "Fruit week",
        "audience": {"filter": {"fact": "tier", "is": "at_least", "value": "gold"}},
        "contents": [
            {
                "language": "en",
                "text": "<b>{name|Hello}</b>, fruit is 20 % off for you until Saturday: {coupon_code}",
                "buttons": [[{"text": "My coupons", "open": "coupons"}]],
            },
            {"language": "zh-Hans", "text": "{name|您好}，本周水果八折，优惠券：{coupon_code}"},
        ],
        "coupon": "welcome-5",
        "schedule": {"at": "2026-12-01T10:00:00-05:00"},
        "ends_at": "2026-12-05T00:00:00-05:00",
        "canary": {"first": 200, "worst": 300},
    },
    "CampaignPatch": {"schedule": {"at": "2026-12-01T10:00:00-05:00"}, "coupon": None},
    "PreviewForm": {"members": [_MEMBER]},
    "TestForm": {"to": [_MEMBER]},
    "ApprovalForm": {"sha256": "8f632fdb39b9aa7b0352de343efbb782a27731dd55410d626ee6279350e62d68"},
    "CorrectionForm": {
        "contents": [{"language": "en", "text": "<b>{name|Hello}</b>, fruit is 10 % off for you: {coupon_code}"}],
        "reason": "It is 10 %, not 20 %",
    },
    "CorrectionApprovalForm": {"sha256": "8f632fdb39b9aa7b0352de343efbb782a27731dd55410d626ee6279350e62d68"},
    "RecallForm": {"reason": "It went to the wrong members"},
    "KeyForm": {"name": "north-till-1", "scopes": ["till"]},
}
