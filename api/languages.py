"""The language an answer is worded in (RFC 9110, 12.5.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

LANGUAGES = ("en", "zh-Hans")


def preferred(accept: str | None) -> str:
    """The first of LANGUAGES in an Accept-Language header, by its weights; "en" when it names none of them."""
    wishes = [_weighed(part) for part in (accept or "").split(",")]
    for _, tag in sorted((wish for wish in wishes if wish[0] > 0), key=lambda wish: -wish[0]):
        for language in LANGUAGES:
            if tag.split("-")[0] == language.split("-")[0].lower():
                return language
    return "en"


async def _of(request: Request) -> str:
    return preferred(request.headers.get("accept-language"))


Language = Annotated[str, Depends(_of)]


def _weighed(part: str) -> tuple[float, str]:
    tag, _, parameters = part.strip().lower().partition(";")
    weight = parameters.strip().removeprefix("q=")
    try:
        return (float(weight) if weight else 1.0), tag.strip()
    except ValueError:
        return 0.0, tag.strip()
