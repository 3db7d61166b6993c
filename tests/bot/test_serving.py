"""A member's day in the chat: what is seen, tapped and written."""

from __future__ import annotations

import json
from datetime import date, timedelta
from zlib import crc32

from sqlalchemy import select

from core.db.activities import feedbacks
from core.insight.coupons import coupons
from core.insight.rewards import orders
from core.services.common import MemberRef
from core.services.once import Caller
from core.services.rewards.issue_coupon import CouponIssue, issue_coupon
from tests.bot.conftest import Town
from tests.bot.talk import Person, buttons, labels
from tests.club import give
from tests.shopping import bring_back, buy, line


def codes(person: Person) -> list[str]:
    with person.shop.read() as session:
        return [each.code for each in coupons(person.shop, session, person.member().id)]


def taken(person: Person) -> list[str]:
    with person.shop.read() as session:
        return [each.code for each in orders(person.shop, session, person.member().id)]


async def test_points_are_shown_and_every_entry_explains_itself(town: Town) -> None:
    anna = await town.member()
    bought = buy(town.shop, anna.member().id, "p1", line(1250), at=town.shop.now() - timedelta(days=1))
    shown = await anna.send("/points")
    assert shown["text"] == (
        "⭐ 212 points to spend\n\n"
        "⌛ Next to lapse: 212 points, good until Mar 1, 2027\n\n"
        "Latest · tap a number to see why\n"
        "① +200  Welcome points for the first purchase · Mar 1, 2026\n"
        "② +12  Points for shopping · Mar 1, 2026"
    )
    assert labels(shown)[:2] == ["①", "②"]
    why = await anna.press(buttons(shown)[1])
    assert why["message_id"] == shown["message_id"]
    assert why["text"].startswith("+12  Points for shopping\nMar 1, 2026\n\n• ")
    assert "12.5" in why["text"]

    bring_back(town.shop, bought.id, "r1", amount=1250)
    assert "⭐ 0 points to spend" in (await anna.send("balance"))["text"]


async def test_a_purchase_at_the_till_is_in_the_next_answer_and_its_history(town: Town) -> None:
    anna = await town.member()
    assert (await anna.send("history"))["text"] == "No purchases yet. Show your card when you pay."
    buy(town.shop, anna.member().id, "p1", line(2000), line(500, "produce"))
    shown = await anna.send("history")
    assert "Mar 2, 2026 · $25.00 · 227 points" in shown["text"]
    detail = await anna.press(buttons(shown)[0])
    assert "  Grocery · $20.00\n  Fruit and vegetables · $5.00" in detail["text"]
    statement = await anna.press("statement")
    assert statement["text"].startswith("📄 March 2026\nAt the start: 0 points\n+27  earned by shopping\n")


async def test_a_reward_is_taken_once_however_often_it_is_tapped(town: Town) -> None:
    anna = await town.member()
    give(town.shop, anna.member().id, 1000)
    await anna.send("rewards")
    await anna.press("reward:coffee")
    question = await anna.press("buy:coffee:0")
    assert question["text"] == "Take A coffee at the café for 150 points?\n\nYou keep 850 points."
    yes = buttons(question)[0]
    before = len(await anna.messages())
    toasts = await town.taps_before_an_answer(anna, yes, 4)
    assert toasts == ["It is yours."] * 4
    assert len(taken(anna)) == 1
    assert len(await anna.messages()) == before
    shown = await anna.newest()
    assert shown["photo"]
    assert taken(anna)[0] in shown["text"]
    assert "You have 850 points left." in shown["text"]
    assert taken(anna)[0] in (await anna.press(f"order:{taken(anna)[0]}"))["text"]


async def test_a_reward_out_of_reach_is_refused_in_words(town: Town) -> None:
    anna = await town.member()
    await anna.send("rewards")
    shown = await anna.press("reward:coffee")
    assert buttons(shown) == ["rewards", "home"]
    assert buttons(await anna.press("buy:coffee:0")) == ["rewards", "home"]
    price = f"{crc32(b'150:0'):08x}"[:6]
    toast = await anna.tap(f"take:coffee:0:{price}:AAAAAAAA")
    assert toast is not None
    assert "150" in toast
    assert taken(anna) == []


async def test_what_belongs_to_another_cannot_be_seen(town: Town) -> None:
    anna, eve = await town.member("Anna"), await town.member("Eve")
    wish = CouponIssue(member=MemberRef(id=anna.member().id), template="welcome-5", source="staff:bo")
    code = issue_coupon(town.shop, Caller("staff:bo", "c1"), wish).code
    give(town.shop, anna.member().id, 500)
    await anna.send("rewards")
    await anna.tap(buttons(await anna.press("buy:coffee:0"))[0])
    entry = buttons(await anna.send("points"))[0]
    purchase = buy(town.shop, anna.member().id, "p1", line(100))

    home = await eve.send("menu")
    for forged in (f"coupon:{code}", entry, f"order:{taken(anna)[0]}", f"purchase:{purchase.id}"):
        toast = await eve.tap(forged, home)
        assert toast, forged
        assert (await eve.newest())["text"] == home["text"], forged
    assert "$5 off your next shop" in (await anna.press(f"coupon:{code}"))["text"]


async def test_forged_buttons_are_answered_and_do_nothing(town: Town) -> None:
    anna = await town.member()
    home = await anna.send("menu")
    forged = [
        "nonsense",
        "points:1",
        "coupon:",
        "why:x",
        "why:-1",
        "take:coffee:0",
        "take:coffee:9:000000:AAAA",
        "coupons:-1",
        "style:rude",
        "quiet:1:2",
        "allow:offers:maybe",
        "allow:everything:on",
        "language:tlh",
        "birthday:2026-13-01",
        "statement:2026-99x",
        "order:NONE",
        "tell:gossip",
        "join:name:x",
        ":::",
        "reward:" + "x" * 57,
    ]
    for data in forged:
        assert await anna.tap(data, home), data
        assert (await anna.newest())["text"] == home["text"], data
    member = anna.member()
    assert (member.style, member.quiet_from, member.birthday, member.language) == (None, None, None, "en")


async def test_an_offer_is_claimed_and_becomes_a_coupon(town: Town) -> None:
    anna = await town.member()
    shown = await anna.send("offers")
    assert "Welcome to the club\n$5 off your next shop of $30 or more.\nFor every member" in shown["text"]
    toasts = await town.taps_before_an_answer(anna, "claim:welcome", 2)
    assert toasts[0] == "Yours: $5 off your next shop, good until Mar 31, 2026. It is in your coupons."
    assert len(codes(anna)) == 1
    assert "✅ Welcome to the club · yours" in (await anna.newest())["text"]
    listed = await anna.press("coupons")
    assert "$5 off your next shop\nGood until Mar 31, 2026" in listed["text"]
    detail = await anna.press(f"coupon:{codes(anna)[0]}")
    assert detail["photo"]
    assert "From $30.00\nOne per member. Not with other coupons." in detail["text"]


async def test_how_to_be_served_changes_the_offers(town: Town) -> None:
    anna = await town.member()
    counts = {}
    for style in ("lively", "calm", "fast", "careful"):
        await anna.send("settings")
        await anna.press(f"style:{style}")
        shown = await anna.send("offers")
        counts[style] = sum(each.startswith("claim:") for each in buttons(shown))
        assert ("  · $5.00 off" in shown["text"]) == (style == "careful")
    assert counts == {"lively": 6, "calm": 3, "fast": 2, "careful": 6}


async def test_check_in_once_a_day_and_a_streak(town: Town) -> None:
    anna = await town.member()
    first = await anna.send("/checkin")
    assert first["text"] == (
        "☀️ Good day! That is 2 points for looking in.\n"
        "6 days more, and you get another 10 points.\n"
        "You now have 2 points in all."
    )
    assert "already been here today" in (await anna.send("check in"))["text"]


async def test_the_language_is_telegrams_first_and_the_members_then(town: Town) -> None:
    lin = await town.member("小林", "zh-hans")
    assert (await lin.send("积分"))["text"].startswith("⭐ 可用 0 积分")
    await lin.send("设置")
    changed = await lin.press("language:en")
    assert changed["text"].startswith("⚙️ Settings")
    assert (await lin.send("积分"))["text"].startswith("⭐ 0 points to spend")
    assert lin.member().language == "en"


async def test_words_in_both_languages_lead_to_the_screens(town: Town) -> None:
    anna = await town.member()
    for word, beginning in {
        "Points!": "⭐",
        "  COUPONS ": "You have no coupons",
        "优惠券": "You have no coupons",
        "等级": "🏅",
        "Tier": "🏅",
        "/tier@regulars_sandbox_bot": "🏅",
        "礼品": "🎁",
        "help": "Tap a button",
        "/nonsense": "Sorry, I did not",
        "what is love": "Sorry, I did not",
    }.items():
        assert (await anna.send(word))["text"].startswith(beginning), word


async def test_the_tier_shows_the_way_up(town: Town) -> None:
    anna = await town.member()
    buy(town.shop, anna.member().id, "p1", line(20000))
    shown = await anna.send("tier")
    assert "On the way to Silver\n▰▰▰▰▱▱▱▱▱▱ 40 %\n$300.00 more, or 600 points more, to Silver" in shown["text"]
    assert shown["text"].startswith("🏅 Regular\n  • 1 point for every dollar")


async def test_settings_are_kept(town: Town) -> None:
    anna = await town.member()
    await anna.send("settings")
    await anna.press("quiet:1320:480")
    await anna.press("allow:offers:on")
    await anna.press("allow:offers:on")
    shown = await anna.press("settings")
    assert "Quiet hours: 22:00–08:00\n" in shown["text"]
    assert "I may send you: offers" in shown["text"]
    assert "Quiet hours: none\n" in (await anna.press("quiet:off"))["text"]
    assert anna.member().never_quiet
    assert "Quiet hours: 22:00–08:00, as the shop has it\n" in (await anna.press("quiet:shop"))["text"]
    await anna.press("allow:offers:off")
    member = anna.member()
    assert (member.quiet_from, member.never_quiet, member.allow_offers) == (None, False, False)


async def test_the_zone_is_told_by_the_clock(town: Town) -> None:
    anna = await town.member()
    await anna.send("settings")
    shown = await anna.press("zone")
    assert "What does the clock say" in shown["text"]
    assert "zone:Asia/Shanghai" in buttons(shown)
    shown = await anna.press("zone:Asia/Shanghai")
    assert "My time: Shanghai " in shown["text"]
    assert anna.member().zone == "Asia/Shanghai"
    await anna.press("zone:off")
    assert anna.member().zone is None


async def test_the_birthday_is_asked_read_back_and_set_once(town: Town) -> None:
    anna = await town.member()
    await anna.send("settings")
    await anna.press("birthday")
    assert "Which year?" in (await anna.send("5月17日"))["text"]
    assert "cannot read that" in (await anna.send("04/05/1990"))["text"]
    check = await anna.send("17.05.1990")
    assert check["text"] == "May 17, 1990: is that right? It can be set only once."
    assert anna.member().birthday is None
    await anna.press(buttons(check)[0])
    assert anna.member().birthday == date(1990, 5, 17)
    assert anna.chat().dialogue is None
    await anna.press("birthday:1991-01-01")
    assert anna.member().birthday == date(1990, 5, 17)
    assert anna.member().birthday_calendar == "solar"


async def test_a_birthday_is_kept_by_the_lunar_calendar_or_the_ordinary_one(town: Town) -> None:
    """17 May 1990 is the 23rd of the fourth month, which in 2026 is 8 June."""
    anna = await town.member(language="zh-Hans")
    await anna.press("calendar:lunar")
    check = await anna.send("1990-05-17")
    assert labels(check)[2] == "🌙 对，但我过农历生日（下次 2026年6月8日）"
    shown = await anna.press(buttons(check)[2])
    assert (anna.member().birthday, anna.member().birthday_calendar) == (date(1990, 5, 17), "lunar")
    assert "🎂 生日：1990年5月17日（过农历生日）" in shown["text"]
    assert "您过农历生日，下一次是 2026年6月8日。" in (await anna.press("birthday"))["text"]
    await anna.press("calendar:maya")
    assert anna.member().birthday_calendar == "lunar"
    shown = await anna.press("calendar:solar")
    assert anna.member().birthday_calendar == "solar"
    assert labels(shown)[0] == "🌙 我过农历生日（下次 2026年6月8日）"


async def test_feedback_goes_to_the_shop_word_for_word(town: Town) -> None:
    anna = await town.member()
    await anna.send("feedback")
    await anna.press("tell:complaint")
    thanks = await anna.send("The milk was <sour> & warm")
    assert thanks["text"].startswith("Thank you for telling us.")
    with town.shop.read() as session:
        rows = session.execute(select(feedbacks.c.kind, feedbacks.c.text)).all()
    assert [tuple(row) for row in rows] == [("complaint", "The milk was <sour> & warm")]


async def test_leaving_a_question_by_a_button_closes_it(town: Town) -> None:
    anna = await town.member()
    await anna.send("feedback")
    await anna.press("tell:idea")
    assert anna.chat().dialogue == {"ask": "feedback", "kind": "idea"}
    await anna.press("home")
    assert anna.chat().dialogue is None
    assert (await anna.send("points"))["text"].startswith("⭐")


async def test_all_data_comes_as_a_file(town: Town) -> None:
    anna = await town.member()
    await anna.send("/data")
    sent = await anna.press("export")
    assert sent["document"]["name"] == f"regulars-{anna.member().card_number}.json"
    told = json.loads((await town.http.get(sent["document"]["url"])).content)
    assert told["member"]["name"] == "Anna"


async def test_forgetting_asks_twice_and_then_knows_nobody(town: Town) -> None:
    anna = await town.member()
    await anna.send("/data")
    await anna.press("forget")
    again = await anna.press("forget_on")
    assert anna.is_member()
    gone = await anna.press(buttons(again)[1])
    assert gone["text"].startswith("It is done: we no longer know who you are.")
    assert not anna.is_member()
    assert "join:yes" in buttons(await anna.send("points"))
