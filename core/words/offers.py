"""Why an offer is shown to a member, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.program.schema import Program
from core.words.sentences import Sentences


def offer_reason_words(program: Program | None, reason: Mapping[str, Any], language: str, strict: bool = False) -> str:
    """One of an offer's reasons: {"code": "often_bought", "category", "times"} …"""
    return Sentences(program, language, strict).say(f"offer_reason.{reason['code']}", reason)
