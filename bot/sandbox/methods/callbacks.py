"""Answering a pressed button."""

from __future__ import annotations

from bot.sandbox.members import forget_old
from bot.sandbox.methods.request import Request, method
from bot.sandbox.state import Answer
from bot.sandbox.wording import QUERY_IS_GONE, bad_request

ANSWER_LIMIT = 200


@method("answerCallbackQuery")
def answer_callback_query(request: Request) -> bool:
    """Works once, within 150 s of the press."""
    sandbox, params = request.sandbox, request.params
    forget_old(sandbox, request.bot)
    text = params.text("text")
    if len(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    query = request.bot.queries.pop(params.text("callback_query_id"), None)
    if query is None:
        raise bad_request(QUERY_IS_GONE)
    version = sandbox.touch(query.chat)
    url = params.text("url") or None
    shown = (text or None, params.flag("show_alert"), url)
    query.chat.answers.append(Answer(query.query_id, query.message_id, *shown, sandbox.clock.now(), version))
    sandbox.announce(query.chat)
    return True
