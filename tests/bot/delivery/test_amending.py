"""Messages that were sent are corrected and recalled: the sender against the sandbox."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.db.amendments import amended_messages, amendments
from core.shop import Shop
from tests.bot.delivery.amending import DELETE, EDIT, Amending
from tests.bot.delivery.conftest import Post
from tests.bot.delivery.post import TOKEN, add_members, seat
from tests.bot.talk import until
from tests.campaigns import content, launched, planned
from tests.conftest import database_url as database_url
from tests.sandbox.support import picture
from tests.services.deliveries.test_amend import approved, correction, recalled


async def uploaded(post: Post) -> str:
    """The number of a photo that Telegram has, from a chat of its own."""
    (chat_id,) = await seat(post.http, 1)
    sent = await post.http.post(f"/bot{TOKEN}/sendPhoto", data={"chat_id": chat_id}, files={"photo": picture()})
    return str(sent.json()["result"]["photo"][-1]["file_id"])


async def told(post: Post, **more: Any) -> tuple[int, int]:
    """A campaign that one member got: its id and the chat."""
    (chat_id,) = await seat(post.http, 1)
    ids = add_members(post.shop, [chat_id])
    campaign_id = launched(post.shop, ids, [content("Five off for {name}", **more)])
    planned(post.shop, campaign_id, dict.fromkeys(ids, ("a", "en")))
    async with post.sending():
        assert await post.done() == ["sent"]
    return campaign_id, chat_id


async def amended(post: Post) -> list[tuple[str, str | None]]:
    """How each change ended, with a worker that makes them."""

    async def ended() -> bool:
        with post.shop.read() as session:
            statuses = set(session.execute(select(amendments.c.status)).scalars())
        return "planning" not in statuses and not {"planned", "sending"} & {state for state, _ in ends(post.shop)}

    async with post.sending():
        await until(ended, "an end for every change")
    return ends(post.shop)


def ends(shop: Shop) -> list[tuple[str, str | None]]:
    with shop.read() as session:
        found = session.execute(select(amended_messages).order_by(amended_messages.c.id))
        return [(row.state, row.outcome) for row in found]


async def shown(post: Post, chat_id: int) -> list[tuple[str, bool, bool]]:
    """Text, edited, deleted of what the bot sent there."""
    messages = (await post.http.get(f"/sandbox/chats/{chat_id}/messages?after=0&wait_s=0")).json()
    return [(each["text"], each["edited"], each["deleted"]) for each in messages if each["from"] == "bot"]


async def changes(post: Post) -> list[tuple[str, str]]:
    """Method and outcome of each call that changes a message."""
    found = (await post.http.get("/sandbox/calls")).json()
    return [(each["method"], each["outcome"]) for each in found if each["method"].startswith(("edit", "delete"))]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("photo", "method"), [(False, EDIT), (True, "editMessageCaption")])
async def test_a_correction_arrives_and_a_recall_deletes(post: Post, photo: bool, method: str) -> None:
    campaign_id, chat_id = await told(post, photo=await uploaded(post) if photo else None)
    approved(post.shop, correction(post.shop, campaign_id, "Four off for {name}"))
    assert await amended(post) == [("done", "edited")]
    ((text, edited, deleted),) = await shown(post, chat_id)
    assert (text.startswith("Four off for M"), edited, deleted) == (True, True, False)
    recalled(post.shop, campaign_id)
    assert await amended(post) == [("done", "edited"), ("done", "deleted")]
    assert [gone for *_, gone in await shown(post, chat_id)] == [True]
    assert await changes(post) == [(method, "ok"), ("deleteMessage", "ok")]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("fault", "edited", "deleted"),
    [
        ({"kind": "lost_after"}, ("done", "unchanged"), ("done", "gone")),
        ({"kind": "500"}, ("done", "edited"), ("done", "deleted")),
        ({"kind": "403"}, ("blocked", None), ("blocked", None)),
    ],
)
async def test_what_an_answer_to_a_change_comes_to(
    post: Post, fault: dict[str, Any], edited: Any, deleted: Any
) -> None:
    campaign_id, _ = await told(post)
    for method in (EDIT, DELETE):
        await post.http.post("/sandbox/faults", json={**fault, "method": method})
    approved(post.shop, correction(post.shop, campaign_id, "Four off for {name}"))
    assert await amended(post) == [edited]
    recalled(post.shop, campaign_id)
    assert await amended(post) == [edited, deleted]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("kind", "muting"), [("promo", True), ("transactional", False)])
async def test_a_corrected_message_is_made_as_it_was_for_sending(post: Post, kind: str, muting: bool) -> None:
    """For somebody careful, who is told why it is there; what may be muted still can be."""
    (chat_id,) = await seat(post.http, 1)
    ids = add_members(post.shop, [chat_id], style="careful")
    campaign_id = launched(post.shop, ids, [content("Five off")])
    planned(post.shop, campaign_id, dict.fromkeys(ids, ("a", "en")), kind=kind)
    async with post.sending():
        assert await post.done() == ["sent"]
    address = f"/sandbox/chats/{chat_id}/messages?after=0&wait_s=0"
    before = (await post.http.get(address)).json()[-1]
    approved(post.shop, correction(post.shop, campaign_id, "Four off"))
    assert await amended(post) == [("done", "edited")]
    after = (await post.http.get(address)).json()[-1]
    assert after["text"] == before["text"].replace("Five", "Four")
    assert ("Why this message" in after["text"]) == muting
    assert after["buttons"] == before["buttons"]
    assert ("mute:" in str(after["buttons"])) == muting


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_each_message_is_changed_once_though_senders_die(shop: Shop, database_url: str) -> None:
    await Amending(database_url, 1).run()
