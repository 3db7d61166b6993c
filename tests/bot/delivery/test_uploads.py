"""A photo of the shop's own, through the real worker and the sandbox: its bytes leave once, then its file id does."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import select, update

from core.db.photos import photo_files
from core.insight.members import MemberRef
from core.services.campaigns.add_photo import add_photo
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.send_test import CampaignTest, send_test
from core.shop import Shop
from tests.bot.delivery.conftest import Post
from tests.bot.delivery.post import TOKEN, message, plan
from tests.bot.delivery.post import seat as open_chats
from tests.services.campaigning import by, launched, seat
from tests.services.campaigns.test_add_photo import jpeg

BOT = int(TOKEN.split(":")[0])


async def got(post: Post, chats: list[int]) -> Counter[str]:
    """The files that these chats have seen in the bot's messages: each upload makes one of its own."""
    seen = Counter[str]()
    for chat in chats:
        found: list[dict[str, Any]] = (await post.http.get(f"/sandbox/chats/{chat}/messages")).json()
        seen.update(each["photo"] for each in found if each["from"] == "bot" and each["photo"])
    return seen


def file_ids(shop: Shop) -> list[tuple[int, int, str]]:
    with shop.read() as session:
        return [tuple(row) for row in session.execute(select(photo_files))]


async def test_bytes_leave_once_and_then_the_file_id_does(post: Post, shop: Shop) -> None:
    chats = await open_chats(post.http, 6)
    ids = [seat(shop, f"M{number}", chat) for number, chat in enumerate(chats)]
    photo = add_photo(shop, by("staff:ann"), jpeg()).photo
    campaign_id = launched(shop, ids[:5], contents=[{"text": "Hello {name}", "photo": photo}], kind="transactional")
    plan_campaigns(shop)
    async with post.sending():
        assert await post.done() == ["sent"] * 5
    [(file, count)] = (await got(post, chats)).items()
    assert count == 5
    assert (await post.http.get(file)).content == jpeg()
    [(photo_id, bot_id, file_id)] = file_ids(shop)
    assert (f"upload:{photo_id}", bot_id) == (photo, BOT)

    send_test(shop, by("staff:ann"), CampaignTest(campaign=campaign_id, to=[MemberRef(id=ids[5])]))
    async with post.sending():  # another worker: it knows from the books
        assert await post.done() == ["sent"] * 6
    assert await got(post, chats) == {file: 6}
    assert file_ids(shop) == [(photo_id, BOT, file_id)]


async def test_a_file_id_that_telegram_does_not_know_is_forgotten(post: Post, shop: Shop) -> None:
    [chat] = await open_chats(post.http, 1)
    member_id = seat(shop, "Anna", chat)
    photo = add_photo(shop, by("staff:ann"), jpeg()).photo
    plan(shop, message(shop, member_id, photo=photo, kind="transactional"))
    async with post.sending():
        assert await post.done() == ["sent"]
    [(_, _, file_id)] = file_ids(shop)
    with shop.write() as session:
        session.execute(update(photo_files).values(file_id="of-another-time"))
    plan(shop, message(shop, member_id, photo=photo, kind="transactional", occasion="2"))
    async with post.sending():
        assert await post.done() == ["sent", "sent"]
    [(_, _, anew)] = file_ids(shop)
    assert anew not in (file_id, "of-another-time")
    assert sorted((await got(post, [chat])).values()) == [1, 1]


async def test_a_photo_that_is_not_there_stops_no_other_message(post: Post, shop: Shop) -> None:
    [chat] = await open_chats(post.http, 1)
    member_id = seat(shop, "Anna", chat)
    plan(shop, message(shop, member_id, photo="upload:999"), message(shop, member_id, occasion="2"))
    async with post.sending():
        assert sorted(await post.done()) == ["failed", "sent"]
