"""How a bot gets its updates: polling, or a webhook."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from bot.sandbox.methods.request import Request, method
from bot.sandbox.state import Webhook
from bot.sandbox.wording import TERMINATED_BY_WEBHOOK, WEBHOOK_IS_ACTIVE, Json, bad_request, conflict

LONGEST_POLL_S = 50
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
CONNECTIONS = 40

EVERY_KIND: frozenset[str] | None = None


@method("getUpdates")
async def get_updates(request: Request) -> list[Json]:
    params, bot = request.params, request.bot
    if bot.webhook is not None:
        raise conflict(WEBHOOK_IS_ACTIVE)
    _allow(request)
    limit = params.integer("limit", 100)
    timeout_s = min(max(params.integer("timeout"), 0), LONGEST_POLL_S)
    return await bot.queue.poll(params.integer("offset"), min(max(limit, 1), 100), timeout_s)


@method("setWebhook")
def set_webhook(request: Request) -> bool:
    """Unlike Telegram, the sandbox posts to plain http and to any port."""
    params, bot = request.params, request.bot
    url = params.text("url")
    if not url:
        return delete_webhook(request)
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = params.text("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _allow(request)
    _drop_if_asked(request)
    bot.queue.terminate_poll(TERMINATED_BY_WEBHOOK)
    connections = min(max(params.integer("max_connections", CONNECTIONS), 1), 100)
    bot.webhook = Webhook(url, secret or None, connections)
    request.sandbox.webhooks.start(bot)
    return True


@method("deleteWebhook")
def delete_webhook(request: Request) -> bool:
    _drop_if_asked(request)
    request.bot.webhook = None
    request.sandbox.webhooks.stop(request.bot)
    return True


@method("getWebhookInfo")
def get_webhook_info(request: Request) -> Json:
    bot = request.bot
    info: Json = {
        "url": bot.webhook.url if bot.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.queue.pending()),
    }
    if bot.queue.allowed is not None:
        info["allowed_updates"] = sorted(bot.queue.allowed)
    if bot.webhook is not None:
        info["max_connections"] = bot.webhook.max_connections
        if bot.webhook.last_error:
            at, why = bot.webhook.last_error
            info |= {"last_error_date": int(at.timestamp()), "last_error_message": why}
    return info


def _drop_if_asked(request: Request) -> None:
    if request.params.flag("drop_pending_updates"):
        request.bot.queue.clear()


def _allow(request: Request) -> None:
    """allowed_updates stays as it was when it is not given; an empty list means every usual kind."""
    if request.params.raw("allowed_updates") in (None, ""):
        return
    kinds = request.params.items("allowed_updates")
    request.bot.queue.allowed = frozenset(map(str, kinds)) or EVERY_KIND
