"""What the description says beyond the routes' own words."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.examples import EXAMPLES
from api.filter_schema import filter_schema
from api.problems import Problem

DESCRIPTION = """\
Tills post purchases and refunds and use coupons; staff enrol, look up and adjust; admins hold the keys.

* Amounts are integers in minor units of the program's currency, points are integers, times carry their offset.
* **Keys**: `Authorization: Bearer rk_…`; scopes till < staff < admin. Each route names the one it needs.
* **Sending again**: every POST that writes may be sent again with the same `Idempotency-Key` (or the same
  `external_id`) and gives the same answer; with another body it is refused with 409.
* **Errors** are `application/problem+json` (RFC 9457): branch on `reason`, show `detail` (worded in
  Accept-Language: en, zh-Hans), read `facts`, mend `errors`.
* **Pages**: pass `next` as `after` until it is null.
"""
TAGS = [
    {"name": "members", "description": "Who they are, what they have and what they may get."},
    {"name": "purchases", "description": "What tills sell and take back."},
    {"name": "coupons", "description": "Issued, checked, redeemed at the till, rolled back."},
    {"name": "rewards", "description": "What points buy."},
    {"name": "prize draws", "description": "What members play for, and the proof of every play."},
    {"name": "benefits", "description": "What members get besides points, drawn at the till."},
    {"name": "stored value", "description": "Money that members pay in, and buy with later."},
    {"name": "segments", "description": "Whom a message is for: filters over what is known of members, and lists."},
    {"name": "adjustments", "description": "Points put right by hand."},
    {"name": "reports", "description": "What staff look at and export."},
    {"name": "programs", "description": "The rules in force, those before them, and drafts of the next."},
    {"name": "campaigns", "description": "What many members are told, after a second person has agreed."},
    {"name": "journeys", "description": "What members are sent as time passes."},
    {"name": "keys", "description": "Who may call."},
    {"name": "staff", "description": "Who works from a chat with the bot."},
    {"name": "feedback", "description": "What members tell the shop."},
    {"name": "operations", "description": "For those who run it."},
    {"name": "telegram", "description": "Telegram's side."},
]


def describe(app: FastAPI) -> None:
    """Adds the schema of problems, which no route returns and every route refers to, and the examples."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        schema = generate()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {}) | {"Problem": problem}
        for name in (each for each in ("Filter", "Filter-Input", "Filter-Output") if each in schemas):
            schemas[name] = filter_schema(name)
        for name, example in EXAMPLES.items():
            schemas[name]["examples"] = [example]
        return schema

    app.openapi = openapi  # type: ignore[method-assign]
