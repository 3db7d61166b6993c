"""A broadcast from chat: the very message, who gets it, what would happen, a second person, and how it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telegram import Message

from bot.guest import Forged, Guest, number
from bot.screen import KEEP, Answer, Button, Screen, show
from bot.screens import buttons
from bot.staff.broadcast_screen import EVERYBODY, campaign_screen, state_words, titled
from bot.staff.desk import back, on_duty
from core.insight.amendments import as_it_reads
from core.insight.campaigns import CampaignView, Status, campaign, campaigns, progress
from core.insight.forecasts import Forecast, Pace
from core.insight.segments import Audience, segments_after
from core.insight.staff import StaffView, admins_but
from core.rules import message_text
from core.rules.campaigns import Content, digest
from core.rules.refusal import Refused
from core.services.campaigns.approve_campaign import Approval, approve_campaign
from core.services.campaigns.campaigning import CampaignHead, CampaignRef
from core.services.campaigns.cancel_campaign import cancel_campaign
from core.services.campaigns.draft_campaign import CampaignForm, draft_campaign
from core.services.campaigns.forecast_campaign import forecast_campaign
from core.services.campaigns.launch_campaign import launch_campaign
from core.services.campaigns.pause_campaign import pause_campaign
from core.services.campaigns.request_approval import request_approval
from core.services.campaigns.resume_campaign import resume_campaign
from core.services.deliveries.send_photo import shown
from core.services.once import Caller, fingerprint, stored_result
from core.services.staff.notices import notify_about
from core.shop import Shop

SEGMENTS, RECENT = 20, 6
NAME = 50  # characters of the message that it is called by
Step = Callable[[Shop, Any, CampaignRef], CampaignHead]
STEPS: dict[str, Step] = {
    "launch": launch_campaign,
    "pause": pause_campaign,
    "resume": resume_campaign,
    "cancel": cancel_campaign,
}
"""What a button does to a campaign at once."""
ASKED_FIRST: dict[str, tuple[Status, ...]] = {
    "ask": ("draft",),
    "launch": ("approved",),
    "cancel": ("draft", "awaiting_approval", "approved", "launched", "paused"),
}
"""What is asked about once more, and the states in which there is anything to ask."""
OVERTAKEN = "campaign-in-another-state"


def screen(guest: Guest) -> Screen:
    """The latest broadcasts, and a new one."""
    on_duty(guest, "staff")
    found = campaigns(guest.session, None, RECENT)
    rows = [(Button(titled(guest.say, each, guest.zone), f"s_cast:{each.id}"),) for each in found]
    rows.append((Button(guest.say("broadcast.new"), "s_new"),))
    return Screen(guest.say("broadcast.title"), (*rows, back(guest)))


def ask(guest: Guest) -> Answer:
    """The next message is the message."""
    on_duty(guest, "staff")
    return show(Screen(guest.say("broadcast.ask"), (back(guest),)), dialogue={"ask": "s_cast"})


def told(guest: Guest, message: Message) -> Answer:
    """Who is to get it? text_html: what Telegram's formatting is in HTML."""
    on_duty(guest, "staff")
    photo = message.photo[-1].file_id if message.photo else None
    text = message.caption_html if photo else message.text_html if message.text else ""
    if not text:
        return show(Screen(guest.say("broadcast.unreadable"), (back(guest),)), dialogue=guest.dialogue)
    names = [each.name for each in segments_after(guest.session, "", SEGMENTS)]
    choices = [Button(name, f"s_to:{place}") for place, name in enumerate(names)]
    rows = (*buttons.in_rows(choices, 2), (Button(guest.say("broadcast.everybody"), "s_to:all"),), back(guest))
    asked = {"ask": "s_cast_to", "text": text, "photo": photo, "segments": names, "nonce": guest.nonce()}
    return show(Screen(guest.say("broadcast.to_whom"), rows), dialogue=asked)


def draft(guest: Guest, place: str) -> Answer:
    """Kept as a draft, with what it would do. Refused: as draft_campaign and forecast_campaign."""
    who, asked = on_duty(guest, "staff"), guest.dialogue or {}
    if asked.get("ask") != "s_cast_to":
        return Answer(toast=guest.say.plain("staff.over"), dialogue=KEEP)
    form = CampaignForm(
        name=_name(asked["text"]),
        audience=_audience(place, asked["segments"]),
        contents=[Content(language=guest.language, text=asked["text"], photo=asked["photo"])],
    )
    made = guest.do(draft_campaign, form, asked["nonce"], actor=who.actor)
    return show(detail(guest, str(made.id)))


def detail(guest: Guest, campaign_id: str, looked: bool = False) -> Screen:
    """How it stands, with what this person may do. A draft is forecast anew. looked: all of its contents are below."""
    who = on_duty(guest, "staff")
    view = campaign(guest.session, number(campaign_id))
    if view.status == "draft":
        _forecast(guest, who, view.id)
        view = campaign(guest.session, view.id)
    drawn = campaign_screen(guest.say, guest.session, view, who, looked)
    return Screen(drawn.text, (*drawn.buttons, (Button(guest.say("broadcast.list"), "s_casts"), *back(guest))))


def seen(guest: Guest, campaign_id: str) -> Answer:
    """The message as members get it, each of its contents below."""
    on_duty(guest, "staff")
    view = as_it_reads(guest.session, campaign(guest.session, number(campaign_id)))
    each_one = (Screen(each.text, photo=shown(guest.session, each.photo)) for each in view.contents)
    return show(detail(guest, campaign_id, looked=True), *each_one)


def sure(guest: Guest, what: str, campaign_id: str) -> Answer:
    """Once more, with how many it is about; below a message that follows the broadcast, which would overwrite it.

    Refused: no-approver, campaign-audience-empty, campaign-reaches-nobody, and what its texts are refused for.
    """
    who, view = on_duty(guest, "staff"), campaign(guest.session, number(campaign_id))
    if what not in ASKED_FIRST:
        raise Forged(what)
    if view.status not in ASKED_FIRST[what]:
        return _as_it_is(guest, view)
    asked = "drop" if what == "cancel" and view.launched_at is None else what
    question = guest.say(f"broadcast.sure.{asked}", name=view.name, **_numbers(guest, who, what, view))
    yes_data = f"s_ask:{view.id}" if what == "ask" else f"s_step:{what}:{view.id}"
    yes = Button(guest.say(f"broadcast.sure.{what}_yes"), f"{yes_data}:{guest.nonce()}:{_stand(view)}")
    no = Button(guest.say("broadcast.sure.no"), f"s_cast:{view.id}")
    return Answer((Screen(question, ((yes,), (no,))),), apart=view.launched_at is not None)


def ask_approval(guest: Guest, campaign_id: str, nonce: str = "", stand: str = "") -> Answer:
    """Every admin but this one is told. Refused: no-approver, as request_approval."""
    who, about = on_duty(guest, "staff"), number(campaign_id)
    others = _others(guest, who)
    overtaken = _acted(guest, who, _of(request_approval, stand), about, nonce, others)
    rows = ((Button(guest.say("broadcast.list"), "s_casts"), *back(guest)),)
    return overtaken or show(Screen(guest.say("broadcast.asked"), rows))


def approve(guest: Guest, campaign_id: str, sha256: str) -> Answer:
    """Of exactly what was shown. Refused: as approve_campaign."""
    who, view = on_duty(guest, "admin"), campaign(guest.session, number(campaign_id))
    if not view.sha256.startswith(sha256) or len(sha256) < 8:
        return _as_it_is(guest, view)
    try:
        guest.do(approve_campaign, Approval(campaign=view.id, sha256=view.sha256), actor=who.actor)
    except Refused as refused:
        return _or_as_it_is(guest, view.id, refused)
    return show(detail(guest, campaign_id), toast=guest.say.plain("broadcast.approved"))


def step(guest: Guest, what: str, campaign_id: str, nonce: str = "", stand: str = "") -> Answer:
    """Launch, pause, resume or cancel, and follow it from then on. Refused: as that service."""
    who, about = on_duty(guest, "staff"), number(campaign_id)
    if what not in STEPS:
        raise Forged(what)
    act = _of(STEPS[what], stand) if what in ASKED_FIRST else STEPS[what]
    overtaken = _acted(guest, who, act, about, nonce, [])
    guest.desk.carry_on(about)
    return overtaken or show(detail(guest, campaign_id))


def _acted(guest: Guest, who: StaffView, act: Step, about: int, nonce: str, others: list[StaffView]) -> Answer | None:
    """Done, and told from now on to this one and the others; how it stands, where somebody was quicker."""
    try:
        guest.do(act, CampaignRef(campaign=about), nonce, actor=who.actor)
    except Refused as refused:
        return _or_as_it_is(guest, about, refused)
    notify_about(guest.shop, [who.id, *(each.id for each in others)], f"campaign:{about}")
    return None


def _of(act: Step, stand: str) -> Step:
    """Of what the question was about alone, or over again what this very yes did. Refused: as one that comes late."""

    def as_asked(shop: Shop, caller: Caller, wish: CampaignRef) -> CampaignHead:
        with shop.read() as session:
            view = campaign(session, wish.campaign)
            done = stored_result(session, caller, fingerprint(wish, CampaignHead), CampaignHead)
        if done is None and stand != _stand(view):
            raise Refused(OVERTAKEN, campaign=view.id, status=view.status)
        return act(shop, caller, wish)

    return as_asked


def _stand(view: CampaignView) -> str:
    """Where it stands and all that it is, as short as a button's data must be."""
    return digest({"status": view.status, "said": view.sha256})[:8]


def _or_as_it_is(guest: Guest, about: int, refused: Refused) -> Answer:
    if refused.refusal.reason != OVERTAKEN:
        raise refused
    return _as_it_is(guest, campaign(guest.session, about))


def _as_it_is(guest: Guest, view: CampaignView) -> Answer:
    """Somebody was quicker, or has changed it: how it stands now."""
    return show(
        detail(guest, str(view.id)), toast=guest.say.plain("broadcast.meanwhile", state=state_words(guest.say, view))
    )


def _others(guest: Guest, who: StaffView) -> list[StaffView]:
    """Who may approve it. Refused: no-approver."""
    found = admins_but(guest.session, who.id)
    if not found:
        raise Refused("no-approver")
    return found


def _numbers(guest: Guest, who: StaffView, what: str, view: CampaignView) -> dict[str, object]:
    if what == "ask":
        _others(guest, who)
    if what == "cancel":
        return {"open": progress(guest.session, view.id).open}
    told = _forecast(guest, who, view.id)
    matched, to_send = told.funnel.matched, told.funnel.to_send
    if not matched:
        raise Refused("campaign-audience-empty", campaign=view.id)
    if told.misfit is not None:
        raise Refused(told.misfit.reason, **told.misfit.facts)
    if not to_send:
        raise Refused("campaign-reaches-nobody", campaign=view.id, matched=matched)
    return {"matched": matched, "to_send": to_send}


def _name(text: str) -> str:
    """How it begins, which is in no language of ours."""
    words = " ".join(message_text.shown(text).split())
    return words if len(words) <= NAME else words[: NAME - 1].rstrip() + "…"


def _audience(place: str, names: list[str]) -> Audience:
    if place == "all":
        return Audience(filter=EVERYBODY)
    if number(place) >= len(names):
        raise Forged(place)
    return Audience(segment=names[number(place)])


def _forecast(guest: Guest, who: StaffView, about: int) -> Forecast:
    """What would happen now, kept with it. Refused: as forecast_campaign."""
    return guest.do(_forecast_at(guest.desk.staff.pace), CampaignRef(campaign=about), guest.nonce(), actor=who.actor)


def _forecast_at(pace: Pace) -> Callable[[Shop, Any, CampaignRef], Forecast]:
    def forecast(shop: Shop, caller: Any, wish: CampaignRef) -> Forecast:
        return forecast_campaign(shop, caller, wish, pace)

    return forecast
