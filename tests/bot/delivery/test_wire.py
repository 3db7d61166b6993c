"""What each error of the library's means for a message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, NetworkError, TelegramError, TimedOut

from bot.delivery.taps import carried, carrying
from bot.delivery.wire import sorted_out
from bot.request import Lost
from core.services.deliveries.leaving import Outcome, Outgoing

AT = datetime(2026, 3, 2, tzinfo=UTC)
MESSAGE = Outgoing(7, 1, 5, "promo", "Hello", None, [], AT, AT, 3, 0)


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), "blocked"),
        (Forbidden("Forbidden: user is deactivated"), "blocked"),
        (BadRequest("Chat not found"), "blocked"),
        (BadRequest("Bad Request: PEER_ID_INVALID"), "blocked"),
        (BadRequest("Message is too long"), "failed"),
        (TimedOut("no answer in time"), "in_doubt"),
        (Lost("the connection broke"), "in_doubt"),
        (NetworkError("Gateway Timeout (504)"), "in_doubt"),
        (TelegramError("Invalid server response"), "in_doubt"),
        (Conflict("somebody else"), "in_doubt"),
    ],
)
def test_permanent_and_doubtful_errors(error: TelegramError, result: str) -> None:
    outcome = sorted_out(MESSAGE, error)
    assert (outcome.of, outcome.result, outcome.error) == (MESSAGE, result, str(error))


def test_telegrams_own_failure_is_tried_again_later_each_time() -> None:
    error = NetworkError("Bad Gateway")
    assert sorted_out(MESSAGE, error) == Outcome(MESSAGE, "again", error="Bad Gateway", wait_s=8.0, failure=True)


def test_a_chat_that_moved_is_followed() -> None:
    assert sorted_out(MESSAGE, ChatMigrated(-100)).moved_to == -100


def test_a_button_carries_its_delivery_where_there_is_room() -> None:
    assert carried(carrying(17, "claim:welcome")) == (17, "claim:welcome")
    assert carrying(17, "x" * 61) == "x" * 61
    for other in ("data", "d:offers", "d1x:offers", "d17:", "d" + "1" * 19 + ":offers"):
        assert carried(other) == (None, other)
