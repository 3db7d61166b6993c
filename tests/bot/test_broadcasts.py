"""What an approver sees of a broadcast in chat is all that they agree to."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from bot.staff import corrections
from bot.staff.broadcast_screen import RULE, campaign_screen, titled
from bot.texts import say
from core.insight.staff import StaffView
from core.services.campaigns.correct_campaign import Correction, correct_campaign
from core.services.campaigns.plan_campaigns import plan_campaigns
from core.services.segments.save_segment import SegmentDraft, save_segment
from core.shop import Shop
from core.words.texts import texts as core_texts
from tests.services.campaigning import ANN, answer, block, by, drafted, launched, seat, view

ASKED = {"fact": "tier", "is": "at_least", "value": "gold"}
BUTTONS = [[{"text": "Card", "open": "card"}, {"text": "More", "url": "https://example.org"}]]
TEXT = {"language": "en", "text": "Hello", "buttons": BUTTONS}
IN_TWO = [TEXT, {"language": "zh-Hans", "text": "您好"}]


def seen(shop: Shop, looked: bool, **form: Any) -> tuple[str, bool]:
    """The screen of an admin who had no hand in it, and whether Approve is among the buttons."""
    asked = view(shop, drafted(shop, [seat(shop, "Ann")], **form).id).model_copy(update={"status": "awaiting_approval"})
    bea = StaffView(id=2, name="bea", role="admin", chat_id=2, created_at=shop.now(), revoked_at=None)
    with shop.read() as session:
        screen = campaign_screen(say("en"), session, asked, bea, looked)
    return screen.text, "s_approve" in str(screen.buttons)


def test_all_that_is_approved_is_shown(small_shop: Shop) -> None:
    save_segment(small_shop, by(ANN), SegmentDraft.model_validate({"name": "rich", "filter": ASKED}))
    later = {"schedule": {"at": "2026-12-01T10:00:00-05:00"}, "ends_at": "2026-12-05T00:00:00Z"}
    more = {"holdout": 500, "canary": {"first": 200, "worst": 300}}
    text, approves = seen(small_shop, False, audience={"segment": "rich"}, contents=[TEXT], **later, **more)
    assert text.split("\n\n")[-1].splitlines() == [
        "👥 rich (the tier is at least gold)",
        "· an offer, to those who agreed to offers",
        "· on 2026-12-01 15:00 UTC",
        "· not after 2026-12-05 00:00 UTC",
        "· 5 % are held out, to measure by",
        "· the first 200 alone; stops if more than 3 % fail",
        "· button “Card”: card",
        "· button “More”: https://example.org",
    ]
    assert approves
    assert "👥 the tier is at least gold\n" in seen(small_shop, False, audience={"filter": ASKED})[0]


def test_what_is_not_all_shown_is_looked_at_first_or_approved_elsewhere(small_shop: Shop) -> None:
    two = {"audience": {"filter": ASKED}, "contents": IN_TWO}
    text, approves = seen(small_shop, False, **two)
    assert ("Look at all of it first" in text, approves) == (True, False)
    text, approves = seen(small_shop, True, **two)
    assert ("Look at all of it first" in text, approves) == (False, True)
    text, approves = seen(small_shop, True)  # for members by name
    assert ("API or command line" in text, approves) == (True, False)


def corrected(shop: Shop, about: int, looked: bool, *contents: Any) -> tuple[str, bool]:
    """The screen of a correction for an admin who did not ask for it, and whether Approve is among the buttons."""
    wish = Correction.model_validate({"campaign": about, "contents": contents, "reason": "r"})
    fix = correct_campaign(shop, by(ANN), wish)
    bea = StaffView(id=2, name="bea", role="admin", chat_id=2, created_at=shop.now(), revoked_at=None)
    shown = corrections.screen(say("en"), fix, bea, looked)
    return shown.text, "s_fix_yes" in str(shown.buttons)


def test_all_that_a_correction_says_is_shown_before_it_is_approved(small_shop: Shop) -> None:
    about = launched(small_shop, [seat(small_shop, "Ann", 1)], contents=IN_TWO)
    other = [[{"text": "Card", "url": "https://example.com"}]]
    text, approves = corrected(
        small_shop, about, False, {"text": "Hi", "buttons": other}, {"language": "zh-Hans", "text": "您好！"}
    )
    assert text.splitlines() == [
        "✏️ <b>Correction</b> by ann",
        "",
        "· the text of arm a in en",
        RULE,
        "Hi",
        RULE,
        "Buttons before:",
        "· button “Card”: card",
        "· button “More”: https://example.org",
        "Buttons from now on:",
        "· button “Card”: https://example.com",
        "",
        "· the text of arm a in zh-Hans",
        RULE,
        "您好！",
        RULE,
        "",
        "⏳ Waits for approval",
    ]
    assert approves


def test_a_long_correction_is_looked_at_first_and_one_that_no_message_holds_approved_elsewhere(
    small_shop: Shop,
) -> None:
    about = launched(small_shop, [seat(small_shop, "Ann", 1)], contents=IN_TWO)
    text, approves = corrected(small_shop, about, False, {"text": "x" * 701})
    assert ("Look at all of it first" in text, "xxx" in text, approves) == (True, False, False)
    assert "· button “More”: https://example.org\n" in text  # as they stay
    text, approves = corrected(small_shop, about, True, {"text": "x" * 701})
    assert ("Look at all of it first" in text, approves) == (False, True)
    cut = '<a href="https://example.org/way">Tea</a>' * 101
    text, approves = corrected(small_shop, about, True, {"text": cut})
    assert ("API or command line" in text, approves) == (True, False)
    far = [[{"text": "Far", "url": "https://example.org/" + "x" * 380}]] * 8
    text, approves = corrected(small_shop, about, True, {"text": "Hi", "buttons": far})
    assert ("API or command line" in text, approves) == (True, False)
    whole = {"audience": {"filter": ASKED}, "contents": [{"language": "en", "text": cut}]}
    assert ("API or command line" in seen(small_shop, True, **whole)[0], seen(small_shop, True, **whole)[1]) == (
        True,
        False,
    )


def test_who_approved_a_correction_is_named_as_text(small_shop: Shop) -> None:
    about = launched(small_shop, [seat(small_shop, "Ann", 1)])
    wish = Correction.model_validate({"campaign": about, "contents": [{"text": "&amp;" * 4_096}], "reason": "r"})
    fix = correct_campaign(small_shop, by(ANN), wish)
    agreed = fix.model_copy(update={"status": "planned", "approved_by": "staff:Bo <boss> & co"})
    bea = StaffView(id=2, name="bea", role="admin", chat_id=2, created_at=small_shop.now(), revoked_at=None)
    shown = corrections.screen(say("en"), agreed, bea)
    assert shown.text.splitlines()[-1] == "✅ Approved by Bo &lt;boss&gt; &amp; co"


def test_the_end_tells_each_state_and_reason_in_the_readers_words(small_shop: Shop) -> None:
    ids = [seat(small_shop, "Ann", 1), seat(small_shop, "Bob", 2), seat(small_shop, "Cid")]
    ids += [seat(small_shop, "Dan", 4, consents=[]), seat(small_shop, "Eve", 5, consents=[])]
    block(small_shop, ids[1])
    about = launched(small_shop, ids)
    plan_campaigns(small_shop)
    answer(small_shop, "sent", ids[0])
    assert told(small_shop, about, "en") == [
        "<b>5</b> of 5 done.",
        "✅ 1 sent",
        "🚫 1 blocked",
        "🔕 2 left out: no wish for offers",
        "🔕 1 left out: no chat joined",
    ]
    assert told(small_shop, about, "zh-Hans")[-2] == "🔕 不发 2：不接收优惠"
    assert titled(say("en"), view(small_shop, about), ZoneInfo("UTC")).startswith("🚀 Spring · ann, ")


def told(shop: Shop, about: int, language: str) -> list[str]:
    """The lines on how far it is."""
    bea = StaffView(id=2, name="bea", role="admin", chat_id=2, created_at=shop.now(), revoked_at=None)
    with shop.read() as session:
        text = campaign_screen(say(language), session, view(shop, about), bea).text
    return text.split("\n\n")[-1].splitlines()


def test_every_reason_for_a_broadcast_left_out_has_words() -> None:
    of_care_alone = {
        "purchase-made", "points-spent", "tier-changed", "tier-kept", "journey-ended", "yielded", "other",
    }  # fmt: skip
    prefix = "delivery.suppressed."
    known = {key.removeprefix(prefix) for key in core_texts("en") if key.startswith(prefix)}
    assert {each for each in known - of_care_alone if not say("en").has(f"broadcast.why.{each}")} == set()
