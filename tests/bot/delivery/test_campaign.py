"""A campaign through the real worker and the sandbox: every member in one state, and Telegram knows of no other."""

from __future__ import annotations

import asyncio
from collections import Counter

from core.rules.campaigns import held_out, in_control
from core.services.campaigns.pause_campaign import pause_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.campaigns.resume_campaign import resume_campaign
from core.shop import Shop
from tests.bot.delivery.conftest import Post
from tests.bot.delivery.post import seat as open_chats
from tests.bot.talk import until
from tests.services.campaigning import change_member, do, launched, rows, seat, view

HOLDOUT = 2_500
CONTENTS = [
    {"arm": arm, "text": f"{arm}: hello {{name}}", "buttons": [[{"text": "See", "open": "offers"}]]} for arm in "ab"
]


async def test_every_member_ends_in_one_state(post: Post, shop: Shop) -> None:
    seats = await open_chats(post.http, 20)
    ids = [seat(shop, f"M{number}", chat) for number, chat in enumerate(seats)]
    lonely = seat(shop, "Lonely")
    change_member(shop, ids[0], allow_offers=False)
    await post.http.post(f"/sandbox/chats/{seats[1]}/block")
    campaign_id = launched(
        shop, [*ids, lonely], contents=CONTENTS, holdout=HOLDOUT, canary={"first": 4, "worst": 9_000}
    )
    async with post.sending():
        await planned(shop)
        await settled(shop)
        assert sum(row.left_at is not None for row in rows(shop)) == 4
        do(shop, pause_campaign, campaign_id)
        await planned(shop)
        assert len(rows(shop)) < len(ids)
        do(shop, resume_campaign, campaign_id)
        await planned(shop)
        await settled(shop)
    await planned(shop)
    assert view(shop, campaign_id).status == "finished"
    out = {each for each in ids if in_control(each, 100) or held_out(campaign_id, each, HOLDOUT)} - {ids[0]}
    assert 0 < len(out) < 10
    found = {row.member_id: (row.state, row.reason) for row in rows(shop)}
    expected = dict.fromkeys(ids, ("sent", None)) | {each: found[each] for each in out}
    expected |= {ids[0]: ("suppressed", "no-consent"), lonely: ("suppressed", "no-chat")}
    if ids[1] not in out:
        expected[ids[1]] = ("blocked", None)
    assert found == expected
    assert {found[each][0] for each in out} == {"held_out"}
    by_chat = dict(zip(seats, ids, strict=True))
    taken = Counter(by_chat[call["chat_id"]] for call in await post.calls() if call["outcome"] == "ok")
    assert taken == dict.fromkeys((each for each, (state, _) in found.items() if state == "sent"), 1)


async def planned(shop: Shop) -> None:
    """What the scheduler does each time it wakes, twice: to look at the canary, then to plan what follows."""
    for _ in range(2):
        await asyncio.get_running_loop().run_in_executor(None, plan_campaigns, shop)


async def settled(shop: Shop) -> None:
    async def none_open() -> bool:
        return not {"planned", "sending"} & {row.state for row in rows(shop)}

    await until(none_open, "an end for every message that was planned")
