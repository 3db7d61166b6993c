"""The webhook: who knows the secret may bring updates."""

from __future__ import annotations

import pytest
from httpx import AsyncClient
from pydantic import SecretStr

from api.app import create_app
from api.routes.telegram import chat_of
from core.settings import Settings
from core.shop import Shop
from tests.api.conftest import calling, refused, unchanged
from tests.updates import open_updates

PATH = "/telegram/webhook"
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "hush"}
UPDATE = {"update_id": 7, "message": {"message_id": 1, "date": 0, "chat": {"id": 42, "type": "private"}, "text": "hi"}}


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def telegram(shop: Shop, settings: Settings, woken: list[str]) -> AsyncClient:
    settings = settings.model_copy(update={"webhook_secret": SecretStr("hush")})
    return calling(create_app(shop, settings, on_update=lambda: woken.append("woken")))


async def test_stores_an_update_then_wakes_the_bot(telegram: AsyncClient, shop: Shop, woken: list[str]) -> None:
    response = await telegram.post(PATH, json=UPDATE, headers=SECRET)
    assert (response.status_code, response.json()) == (200, {"new": True})
    assert [(each.update_id, each.chat_id, each.payload) for each in open_updates(shop)] == [(7, 42, UPDATE)]
    assert woken == ["woken"]


async def test_an_update_brought_twice_is_stored_once(telegram: AsyncClient, shop: Shop) -> None:
    await telegram.post(PATH, json=UPDATE, headers=SECRET)
    with unchanged(shop):
        again = await telegram.post(PATH, json=UPDATE, headers=SECRET)
    assert (again.status_code, again.json()) == (200, {"new": False})


@pytest.mark.parametrize(
    "headers", [{}, {"X-Telegram-Bot-Api-Secret-Token": "hus"}, {b"X-Telegram-Bot-Api-Secret-Token": b"h\xe9"}]
)
async def test_without_the_secret_nothing_is_stored(
    telegram: AsyncClient, shop: Shop, woken: list[str], headers: dict[str, str]
) -> None:
    with unchanged(shop):
        refused(await telegram.post(PATH, json=UPDATE, headers=headers), 401, "secret-wrong")
    assert woken == []


async def test_what_is_no_update_is_refused(telegram: AsyncClient, shop: Shop) -> None:
    with unchanged(shop):
        refused(await telegram.post(PATH, json={"update_id": "7"}, headers=SECRET), 422, "invalid-request")


async def test_is_off_without_a_secret(shop: Shop, settings: Settings) -> None:
    app = create_app(shop, settings)
    refused(await calling(app).post(PATH, json=UPDATE, headers=SECRET), 404, "not-found")
    assert PATH not in app.openapi()["paths"]


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        (UPDATE, 42),
        ({"update_id": 1, "callback_query": {"id": "1", "from": {"id": 5}, "message": {"chat": {"id": 42}}}}, 42),
        ({"update_id": 1, "callback_query": {"id": "1", "from": {"id": 5}, "inline_message_id": "x"}}, 5),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 42}, "from": {"id": 5}}}, 42),
        ({"update_id": 1, "inline_query": {"id": "1", "from": {"id": 5}}}, 5),
        ({"update_id": 1, "poll": {"id": "1"}}, None),
    ],
)
def test_finds_the_chat_of_an_update(update: dict[str, object], chat: int | None) -> None:
    assert chat_of(update) == chat
