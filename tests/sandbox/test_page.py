"""The chat page in a real Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

from tests.sandbox.support import TOKEN, Json, Peer, keyboard, picture

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.browser


@pytest.fixture
async def page(telegram: Peer) -> AsyncIterator[Page]:
    """A page that fails the test on any script error, or when it asks for anything but the sandbox."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium on this machine: install chromium")
    errors: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = await browser.new_page(base_url=telegram.address, locale="en-GB", timezone_id="UTC")
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: errors.append(request.url) if _strange(request.url, telegram) else None)
        yield page
        await browser.close()
    assert errors == []


def _strange(url: str, telegram: Peer) -> bool:
    return not url.startswith((telegram.address, "data:"))


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=f"Chat of {name}")


async def test_members_side_by_side(telegram: Peer, page: Page) -> None:
    ann = await telegram.user("Ann", language_code="en")
    mei = await telegram.user("小美", language_code="zh-hans", started=False)
    await telegram.ok("setMyCommands", commands=[{"command": "points", "description": "我的积分"}], language_code="zh")
    await page.goto("/")
    await expect(page.locator(".column")).to_have_count(2)
    html = '你好 <b>小美</b>, <a href="https://example.com/">more</a> /points <script&gt;'.replace(
        "<script", "&lt;script"
    )
    await column(page, "小美").get_by_role("button", name="START").click()
    await expect(column(page, "小美").locator(".mine")).to_contain_text("/start")
    await telegram.ok("sendMessage", chat_id=mei, text=html, parse_mode="HTML")
    said = column(page, "小美").locator(".theirs .text")
    await expect(said).to_have_text("你好 小美, more /points <script>")
    await expect(said.locator("b")).to_have_text("小美")
    await expect(said.locator("a")).to_have_attribute("href", "https://example.com/")
    await said.get_by_role("button", name="/points").click()
    await column(page, "小美").get_by_title("Commands").click()
    await column(page, "小美").get_by_role("button", name="/points 我的积分").click()
    await column(page, "Ann").get_by_label("Message", exact=True).fill("你好")
    await column(page, "Ann").get_by_role("button", name="Send").click()
    await expect(column(page, "Ann").locator(".mine")).to_have_count(1)
    sent = [{"name": "card.png", "mimeType": "image/png", "buffer": picture()}]
    await column(page, "Ann").get_by_label("Photo or file").set_input_files(sent)  # type: ignore[arg-type]
    await expect(column(page, "Ann").locator(".mine img")).to_have_count(1)
    *updates, last = await telegram.ok("getUpdates")
    assert last["message"]["photo"][0]["file_size"] == len(picture())
    said_by = [(update["message"]["chat"]["id"], update["message"]["text"]) for update in updates]
    assert said_by == [(mei, "/start"), (mei, "/points"), (mei, "/points"), (ann, "你好")]


async def test_buttons_edits_photos_and_answers(telegram: Peer, page: Page) -> None:
    chat = await telegram.user("Ann")
    await telegram.ok("sendMessage", chat_id=chat, text="one", reply_markup=keyboard("More"))
    await page.goto(f"/?user={chat}")
    ann = column(page, "Ann")
    await ann.get_by_role("button", name="More").click()
    query = (await telegram.ok("getUpdates", timeout=20))[0]["callback_query"]
    await telegram.ok("editMessageText", chat_id=chat, message_id=1, text="two")
    await expect(ann.locator(".theirs .text")).to_have_text("two")
    await expect(ann.locator(".stamp")).to_contain_text("edited")
    await telegram.ok("answerCallbackQuery", callback_query_id=query["id"], text="done")
    await expect(ann.get_by_role("status")).to_have_text("done")
    fields = {"chat_id": str(chat), "caption": "card"}
    await telegram.http.post(f"/bot{TOKEN}/sendPhoto", data=fields, files={"photo": picture(90, 60)})
    await expect(ann.locator("img")).to_have_js_property("naturalWidth", 90)
    await telegram.ok("deleteMessage", chat_id=chat, message_id=1)
    await expect(ann.locator(".message")).to_have_count(1)


async def test_alerts_contacts_and_blocking(telegram: Peer, page: Page) -> None:
    chat = await telegram.user("Ann", phone="+4917012345")
    rows = [[{"text": "My number", "request_contact": True}]]
    markup = {"keyboard": rows, "one_time_keyboard": True}
    await telegram.ok("sendMessage", chat_id=chat, text="x", reply_markup=markup)
    await telegram.ok("sendMessage", chat_id=chat, text="y", reply_markup=keyboard("A"))
    await page.goto("/")
    ann = column(page, "Ann")
    await ann.get_by_role("button", name="A", exact=True).click()
    query = (await telegram.ok("getUpdates", timeout=20))[0]["callback_query"]
    await telegram.ok("answerCallbackQuery", callback_query_id=query["id"], text="Used already", show_alert=True)
    await expect(ann.get_by_role("dialog")).to_contain_text("Used already")
    await ann.get_by_role("button", name="OK").click()
    await ann.get_by_role("button", name="My number").click()
    await expect(ann.locator(".mine .contact")).to_contain_text("+4917012345")
    await expect(ann.locator(".keyboard")).to_be_hidden()
    await ann.get_by_role("button", name="Block").click()
    await expect(ann.get_by_role("button", name="Unblock")).to_be_visible()
    assert await telegram.refused("sendMessage", chat_id=chat, text="x") == "403 Forbidden: bot was blocked by the user"


async def test_new_people_deep_links_and_time(telegram: Peer, page: Page) -> None:
    await page.goto("/?start=X7")
    await page.get_by_role("button", name="New person").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("First name").fill("小美")
    await dialog.get_by_label("Language").select_option("zh-hans")
    await dialog.get_by_label("Phone").fill("+8613800001111")
    await dialog.get_by_role("button", name="Add").click()
    await column(page, "小美").get_by_role("button", name="START X7").click()
    await expect(column(page, "小美").locator(".mine")).to_contain_text("/start X7")
    (user,) = await telegram.get("/users")
    assert (user["first_name"], user["language_code"], user["phone"]) == ("小美", "zh-hans", "+8613800001111")
    assert page.url == f"{telegram.address}/?user={user['user_id']}"
    url = "https://t.me/regulars_sandbox_bot?start=friend"
    markup: Json = {"inline_keyboard": [[{"text": "Invite", "url": url}]]}
    await telegram.ok("sendMessage", chat_id=user["chat_id"], text="x", reply_markup=markup)
    await expect(page.get_by_role("link", name="Invite")).to_have_attribute("href", "/?start=friend")
    await page.get_by_role("button", name="+1 month").click()
    await expect(page.locator("#now")).to_contain_text("2 Apr 2026")
    await page.get_by_label("Go to").fill("2026-12-24T18:00")
    await page.get_by_role("button", name="Go", exact=True).click()
    await expect(page.locator("#now")).to_contain_text("24 Dec 2026")
    await page.get_by_label("Go to").fill("2026-01-01T00:00")
    await page.get_by_role("button", name="Go", exact=True).click()
    await expect(column(page, "小美").get_by_role("status")).to_contain_text("time does not go back")
