"""The reference in docs/programs.md, read off the schema. `python -m tests.program.reference` writes it anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from core.program.keys import example, known_keys
from core.program.mending import show

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "programs.md"
BEGIN, END = "<!-- keys: begin -->\n", "<!-- keys: end -->\n"
TABLES: dict[str, tuple[str | int, ...]] = {
    "The top": (),
    "`[program]`": ("program",),
    "`[[categories]]`": ("categories", 0),
    "`[joining]`": ("joining",),
    "`[[joining.proofs]]`": ("joining", "proofs", 0),
    "`[[tiers]]`": ("tiers", 0),
    "`ways` in `[[tiers]]`": ("tiers", 0, "ways", 0),
    "`[tiering]`": ("tiering",),
    "`measures` in `[tiering]`": ("tiering", "measures", 0),
    "`[earning]`": ("earning",),
    "`[[earning.rules]]`": ("earning", "rules", 0),
    "`when` in `[[earning.rules]]`": ("earning", "rules", 0, "when"),
    "`day_rates` in `[[earning.rules]]`": ("earning", "rules", 0, "day_rates", 0),
    "`[dormancy]`": ("dormancy",),
    "`[check_in]`": ("check_in",),
    "`streaks` in `[check_in]`": ("check_in", "streaks", 0),
    "`[referral]`": ("referral",),
    "`[[coupons]]`": ("coupons", 0),
    "`discount` in `[[coupons]]`": ("coupons", 0, "discount"),
    "`validity` in `[[coupons]]`": ("coupons", 0, "validity"),
    "`season` in `[[offers]]`, `[[member_prices]]`, `[[prize_draws]]`": ("offers", 0, "season"),
    "`[[rewards]]`": ("rewards", 0),
    "`prices` and `tier_prices` in `[[rewards]]`": ("rewards", 0, "prices", 0),
    "`[[offers]]`": ("offers", 0),
    "`[[activities]]`": ("activities", 0),
    "`[[year_end]]`": ("year_end", 0),
    "`[[goals]]`": ("goals", 0),
    "`steps` in `[[goals]]`": ("goals", 0, "steps", 0),
    "`[birthday]`": ("birthday",),
    "`[[benefits]]`": ("benefits", 0),
    "`[benefits.daily]`": ("benefits", 0, "daily"),
    "`steps` in `[benefits.daily]`": ("benefits", 0, "daily", "steps", 0),
    "`gifts` in `[[benefits]]`": ("benefits", 0, "gifts", 0),
    "`[[discounts]]`": ("discounts", 0),
    "`[[member_prices]]`": ("member_prices", 0),
    "`[[prize_draws]]`": ("prize_draws", 0),
    "`prizes` in `[[prize_draws]]`": ("prize_draws", 0, "prizes", 0),
    "`[[journeys]]`": ("journeys", 0),
    "`[[journeys.steps]]`": ("journeys", 0, "steps", 0),
    "`[stored_value]`": ("stored_value",),
    "`bonuses` in `[stored_value]`": ("stored_value", "bonuses", 0),
    "`[messages]`": ("messages",),
    "`quiet_hours` in `[messages]`": ("messages", "quiet_hours"),
    "`[marketing]`": ("marketing",),
}


def reference() -> str:
    """A table of keys for every table of the file."""
    return "\n".join(_table(heading, path) for heading, path in TABLES.items())


def _table(heading: str, path: tuple[str | int, ...]) -> str:
    rows = [_row(key, field) for key, field in known_keys(path).items()]
    return "\n".join([f"### {heading}\n", "| key | must | meaning | example |", "|---|---|---|---|", *rows, ""])


def _row(key: str, field: FieldInfo) -> str:
    sample = example(field)
    meaning = " ".join((field.description or "").removesuffix(f"`{sample}`").split())
    return f"| `{key}` | {_must(field)} | {meaning} | `{sample}` |"


def _must(field: FieldInfo) -> str:
    default: Any = field.default
    if default is PydanticUndefined:
        return "yes"
    return f"no: {_default(default)}" if isinstance(default, (bool, int, str, list)) and default != [] else "no"


def _default(default: Any) -> str:
    return f"`[{', '.join(map(show, default))}]`" if isinstance(default, list) else f"`{show(default)}`"


if __name__ == "__main__":
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{reference()}\n{END}{rest.split(END)[1]}", encoding="utf-8")
