from __future__ import annotations

import pytest

from tests.sandbox.support import Json, Peer

POINTS = {"command": "points", "description": "My points"}
JIFEN = {"command": "points", "description": "我的积分"}
VIP = {"command": "vip", "description": "VIP only"}


async def shown(telegram: Peer, chat: int) -> list[Json]:
    commands: list[Json] = (await telegram.get("/changes", chats=chat))["chats"][0]["commands"]
    return commands


async def test_commands_by_language_and_scope(telegram: Peer) -> None:
    ann, mei = await telegram.user("Ann", language_code="en"), await telegram.user("小美", language_code="zh-hans")
    assert await shown(telegram, ann) == []
    await telegram.ok("setMyCommands", commands=[POINTS])
    await telegram.ok("setMyCommands", commands=[JIFEN], language_code="zh")
    assert (await shown(telegram, ann), await shown(telegram, mei)) == ([POINTS], [JIFEN])
    await telegram.ok("setMyCommands", commands=[VIP], scope={"type": "chat", "chat_id": mei})
    assert (await shown(telegram, ann), await shown(telegram, mei)) == ([POINTS], [VIP])
    assert await telegram.ok("getMyCommands", scope={"type": "chat", "chat_id": mei}) == [VIP]
    assert await telegram.ok("getMyCommands", language_code="zh") == [JIFEN]
    assert await telegram.ok("getMyCommands", scope={"type": "all_private_chats"}) == []
    await telegram.ok("deleteMyCommands", scope={"type": "chat", "chat_id": mei})
    assert await shown(telegram, mei) == [JIFEN]


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        ({"commands": [{"command": "Points", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ({"commands": [{"command": "p", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ({"commands": [POINTS] * 101}, "BOT_COMMANDS_TOO_MUCH"),
        ({"commands": [POINTS], "language_code": "zh-Hans"}, "invalid language code specified"),
        ({"commands": [POINTS], "scope": {"type": "all"}}, "can't parse BotCommandScope: Unsupported type specified"),
        ({"commands": [POINTS], "scope": {"type": "chat", "chat_id": 5}}, "chat not found"),
        ({"commands": ["points"]}, "can't parse BotCommand: expected an Object"),
    ],
)
async def test_commands_that_are_refused(telegram: Peer, params: Json, refusal: str) -> None:
    assert await telegram.refused("setMyCommands", **params) == f"400 Bad Request: {refusal}"
    assert await telegram.ok("getMyCommands") == []


@pytest.mark.parametrize(
    ("noun", "field", "limit"),
    [("Name", "name", 64), ("Description", "description", 512), ("ShortDescription", "short_description", 120)],
)
async def test_names_and_descriptions(telegram: Peer, noun: str, field: str, limit: int) -> None:
    await telegram.ok(f"setMy{noun}", **{field: "Shop"})
    await telegram.ok(f"setMy{noun}", **{field: "店", "language_code": "zh"})
    assert await telegram.ok(f"getMy{noun}") == {field: "Shop"}
    assert await telegram.ok(f"getMy{noun}", language_code="zh") == {field: "店"}
    assert await telegram.ok(f"getMy{noun}", language_code="de") == {field: "Shop"}
    await telegram.ok(f"setMy{noun}", language_code="zh")
    assert await telegram.ok(f"getMy{noun}", language_code="zh") == {field: "Shop"}
    refused = await telegram.refused(f"setMy{noun}", **{field: "x" * (limit + 1)})
    assert refused == f"400 Bad Request: {field} is too long"


async def test_the_name_is_the_bots(telegram: Peer) -> None:
    await telegram.ok("setMyName", name="Shop")
    assert (await telegram.ok("getMe"))["first_name"] == "Shop"


async def test_menu_buttons(telegram: Peer) -> None:
    chat = await telegram.user()
    assert await telegram.ok("getChatMenuButton") == {"type": "default"}
    await telegram.ok("setChatMenuButton", menu_button={"type": "commands"})
    assert await telegram.ok("getChatMenuButton", chat_id=chat) == {"type": "commands"}
    await telegram.ok("setChatMenuButton", chat_id=chat, menu_button={"type": "default"})
    assert await telegram.ok("getChatMenuButton", chat_id=chat) == {"type": "default"}
    refused = await telegram.refused("setChatMenuButton", menu_button={"type": "sandwich"})
    assert refused == "400 Bad Request: can't parse MenuButton: Unsupported type specified"


async def test_chats_and_their_members(telegram: Peer) -> None:
    chat = await telegram.user(username="ann_in_town")
    found = await telegram.ok("getChat", chat_id=chat)
    assert (found["id"], found["type"], found["active_usernames"]) == (chat, "private", ["ann_in_town"])
    assert (await telegram.ok("getChatMember", chat_id=chat, user_id=chat))["user"]["username"] == "ann_in_town"
    assert (await telegram.ok("getChatMember", chat_id=chat, user_id=4242))["user"]["is_bot"] is True
    assert await telegram.refused("getChatMember", chat_id=chat, user_id=1) == "400 Bad Request: user not found"
    assert await telegram.refused("getChat", chat_id=1) == "400 Bad Request: chat not found"
