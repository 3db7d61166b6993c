"""A broadcast from chat: the very message, who gets it, what would happen, a second person, and how it goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telegram import Message

from bot.guest import Forged, Guest, number
from bot.screen import KEEP, Answer, Button, Rows, Screen, show
from bot.screens import buttons
from bot.staff.desk import back, on_duty
from bot.texts import Marked, Say
from core.insight.amendments import Amended, amended
from core.insight.campaigns import CampaignView, agreed_to, campaign, campaigns, progress
from core.insight.forecasts import Forecast, Funnel, Pace
from core.insight.segments import Audience, segments_after
from core.insight.staff import StaffView, admins_but
from core.program.filters import Filter
from core.rules.campaigns import Content
from core.rules.refusal import Refused
from core.rules.staff import may
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
from core.services.staff.notices import notify_about
from core.shop import Shop
from core.words.filters import filter_words

EVERYBODY = Filter.model_validate({"fact": "joined", "is": "on_or_after", "value": "1900-01-01"})
SEGMENTS, RECENT = 20, 6
MOST_SAID = 3_000  # characters of what is approved, so that a message holds it and how it stands
SHOWN = 700  # characters of a message shown within another
RULE = "—" * 12
Step = Callable[[Shop, Any, CampaignRef], CampaignHead]
STEPS: dict[str, Step] = {
    "launch": launch_campaign,
    "pause": pause_campaign,
    "resume": resume_campaign,
    "cancel": cancel_campaign,
}
"""What a button does to a campaign at once."""


def screen(guest: Guest) -> Screen:
    """The latest broadcasts, and a new one."""
    on_duty(guest, "staff")
    found = campaigns(guest.session, None, RECENT)
    rows = [(Button(_titled(guest.say, each), f"s_cast:{each.id}"),) for each in found]
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
        name=guest.say.plain("broadcast.name", by=who.name, day=guest.say.day(guest.shop.now(), guest.zone)),
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
        guest.do(_forecast_at(guest.desk.staff.pace), CampaignRef(campaign=view.id), guest.nonce(), actor=who.actor)
        view = campaign(guest.session, view.id)
    shown = campaign_screen(guest.say, guest.session, view, who, looked)
    return Screen(shown.text, (*shown.buttons, (Button(guest.say("broadcast.list"), "s_casts"), *back(guest))))


def seen(guest: Guest, campaign_id: str) -> Answer:
    """The message as members get it, each of its contents below."""
    on_duty(guest, "staff")
    view = campaign(guest.session, number(campaign_id))
    each_one = (Screen(each.text, photo=shown(guest.session, each.photo)) for each in view.contents)
    return show(detail(guest, campaign_id, looked=True), *each_one)


def ask_approval(guest: Guest, campaign_id: str) -> Answer:
    """Every admin but this one is told. Refused: no-approver, as request_approval."""
    who, about = on_duty(guest, "staff"), number(campaign_id)
    others = admins_but(guest.session, who.id)
    if not others:
        raise Refused("no-approver")
    guest.do(request_approval, CampaignRef(campaign=about), actor=who.actor)
    notify_about(guest.shop, [who.id, *(each.id for each in others)], f"campaign:{about}")
    return show(detail(guest, campaign_id), toast=guest.say.plain("broadcast.asked"))


def approve(guest: Guest, campaign_id: str, sha256: str) -> Answer:
    """Of exactly what was shown. Refused: as approve_campaign."""
    who, view = on_duty(guest, "admin"), campaign(guest.session, number(campaign_id))
    if not view.sha256.startswith(sha256) or len(sha256) < 8:
        raise Refused("campaign-changed", campaign=view.id, sha256=view.sha256)
    guest.do(approve_campaign, Approval(campaign=view.id, sha256=view.sha256), actor=who.actor)
    return show(detail(guest, campaign_id), toast=guest.say.plain("broadcast.approved"))


def step(guest: Guest, what: str, campaign_id: str) -> Answer:
    """Launch, pause, resume or cancel, and follow it from then on. Refused: as that service."""
    who, about = on_duty(guest, "staff"), number(campaign_id)
    if what not in STEPS:
        raise Forged(what)
    guest.do(STEPS[what], CampaignRef(campaign=about), actor=who.actor)
    notify_about(guest.shop, [who.id], f"campaign:{about}")
    return show(detail(guest, campaign_id))


def campaign_screen(say: Say, session: Any, view: CampaignView, reader: StaffView, looked: bool = False) -> Screen:
    """What it says, to whom, how it stands; and the buttons of what this reader may do. Approved is only what is seen:
    all that a second person agrees to stands here, or is below (looked)."""
    lines = [say("broadcast.head", name=view.name, state=Marked(_state(say, view))), *_said(say, session, view)]
    whole = _whole(view, looked) and sum(map(len, lines)) <= MOST_SAID
    if view.status == "awaiting_approval" and _approves(view, reader) and not whole:
        lines.append(say("broadcast.approve_elsewhere" if looked or view.audience.members else "broadcast.look_first"))
    if view.launched_at is None and view.forecast is not None:
        lines += _forecast(say, Forecast.model_validate(view.forecast).funnel)
    if view.launched_at is not None:
        lines += _progress(say, session, view)
    now = amended(session, view.id)
    return Screen(
        "\n\n".join(lines + _amended(say, now)), (*_buttons(say, view, reader, whole), *_after(say, view, now))
    )


def settled(view: CampaignView) -> bool:
    """Nothing more happens to it."""
    return view.ended_at is not None or view.status in ("cancelled", "finished")


def _audience(place: str, names: list[str]) -> Audience:
    if place == "all":
        return Audience(filter=EVERYBODY)
    if number(place) >= len(names):
        raise Forged(place)
    return Audience(segment=names[number(place)])


def _forecast_at(pace: Pace) -> Callable[[Shop, Any, CampaignRef], Forecast]:
    def forecast(shop: Shop, caller: Any, wish: CampaignRef) -> Forecast:
        return forecast_campaign(shop, caller, wish, pace)

    return forecast


def _titled(say: Say, view: CampaignView) -> str:
    return f"{view.name} · {say.plain(f'broadcast.states.{view.status}', by='', reason='')}"


def _state(say: Say, view: CampaignView) -> str:
    reason = say.plain(f"broadcast.paused_by.{view.paused_reason}") if view.paused_reason else ""
    state = "approved_by" if view.status == "approved" else view.status
    return say(f"broadcast.states.{state}", by=(view.approved_by or "").partition(":")[2], reason=reason)


def _approves(view: CampaignView, reader: StaffView) -> bool:
    return may(reader.role, "admin") and reader.actor not in view.authors


def _whole(view: CampaignView, looked: bool) -> bool:
    """Whether nothing of it is left unseen; members by name are too many to show."""
    first = view.contents[0]
    short = len(view.contents) == 1 and not first.photo and len(first.text) <= SHOWN
    return (short or looked) and not view.audience.members


def _said(say: Say, session: Any, view: CampaignView) -> list[str]:
    first = view.contents[0]
    photo = say("broadcast.with_photo") + "\n" if first.photo else ""
    text = first.text if len(first.text) <= SHOWN else say("broadcast.too_long")
    more = [say("broadcast.more_contents", count=len(view.contents) - 1)] if len(view.contents) > 1 else []
    terms = [say("broadcast.to", audience=_named(say, session, view)), *_terms(say, view)]
    return [f"{RULE}\n{photo}{text}\n{RULE}", "\n".join(terms), *more]


def _terms(say: Say, view: CampaignView) -> list[str]:
    """Whatever else a second person agrees to."""
    at, local, end = view.schedule.at, view.schedule.local, view.ends_at
    terms: list[tuple[str, dict[str, object]]] = [(view.kind, {})]
    if at is not None:
        terms.append(("at", {"at": f"{at:%Y-%m-%d %H:%M}"}))
    elif local is not None:
        terms.append(("local", {"at": f"{local:%Y-%m-%d %H:%M}"}))
    else:
        terms.append(("now", {}))
    if end is not None:
        terms.append(("ends", {"at": f"{end:%Y-%m-%d %H:%M}"}))
    if view.coupon is not None:
        terms.append(("coupon", {"coupon": view.coupon}))
    if view.holdout:
        terms.append(("holdout", {"share": f"{view.holdout / 100:g}"}))
    if view.canary is not None:
        terms.append(("canary", {"first": view.canary.first, "worst": f"{view.canary.worst / 100:g}"}))
    if len(view.arms) > 1:
        terms += [("arm", {"arm": arm, "share": f"{share / 100:g}"}) for arm, share in view.arms.items()]
    for button in (each for content in view.contents for row in content.buttons for each in row):
        terms.append(("button", {"text": button.text, "to": button.url or button.claim or button.open or ""}))
    return [say(f"broadcast.terms.{name}", **data) for name, data in terms]


def _named(say: Say, session: Any, view: CampaignView) -> str:
    audience = view.audience
    if audience.segment is not None:
        meant = agreed_to(session, view)["audience"]["meant"]
        asked = filter_words(None, Filter.model_validate(meant), say.language) if isinstance(meant, dict) else meant
        return f"{audience.segment} ({asked})" if asked else audience.segment
    if audience.filter == EVERYBODY:
        return say.plain("broadcast.everybody")
    if audience.filter is not None:
        return filter_words(None, audience.filter, say.language)
    return say.plain("broadcast.members", count=len(audience.members or ()))


def _forecast(say: Say, funnel: Funnel) -> list[str]:
    left_out = {name: count for name, count in funnel if count and name not in ("matched", "to_send", "quiet_now")}
    reasons = [say(f"broadcast.left_out.{name}", count=count) for name, count in left_out.items()]
    return ["\n".join([say("broadcast.forecast", matched=funnel.matched, to_send=funnel.to_send), *reasons])]


def _progress(say: Say, session: Any, view: CampaignView) -> list[str]:
    now = progress(session, view.id)
    states = [say(f"broadcast.ends.{each}", count=n) for each in _ENDS if (n := _of(now.states, each))]
    done = now.recipients - now.open
    return ["\n".join([say("broadcast.progress", done=done, all=now.recipients), *states])]


_ENDS = ("sent", "blocked", "suppressed", "held_out", "expired", "failed", "in_doubt")


def _of(states: list[Any], state: str) -> int:
    return sum(each.count for each in states if each.state == state)


def _amended(say: Say, now: Amended) -> list[str]:
    """What the message says was changed since it was launched."""
    if now.recalled:
        return [say("broadcast.recalled")]
    return [say("broadcast.corrections_made", count=now.corrections)] if now.corrections else []


def _after(say: Say, view: CampaignView, now: Amended) -> Rows:
    """What may be done about messages that have left already."""
    if view.launched_at is None or now.recalled:
        return ()
    waits = ((Button(say("broadcast.to_correction"), f"s_fixes:{now.waiting}"),),) if now.waiting else ()
    fix = Button(say("broadcast.correct"), f"s_fix:{view.id}")
    return (*waits, (fix, Button(say("broadcast.recall"), f"s_recall:{view.id}")))


def _buttons(say: Say, view: CampaignView, reader: StaffView, whole: bool) -> Rows:
    look = Button(say("broadcast.look"), f"s_seen:{view.id}")
    off = Button(say("broadcast.cancel"), f"s_step:cancel:{view.id}")
    match view.status:
        case "draft":
            return ((Button(say("broadcast.ask_approval"), f"s_ask:{view.id}"),), (look, off))
        case "awaiting_approval":
            if _approves(view, reader) and whole:
                yes = Button(say("broadcast.approve"), f"s_approve:{view.id}:{view.sha256[:16]}")
                return ((yes,), (look, off))
            return ((look, off),)
        case "approved":
            return ((Button(say("broadcast.launch"), f"s_step:launch:{view.id}"),), (look, off))
        case "launched":
            return ((Button(say("broadcast.pause"), f"s_step:pause:{view.id}"), off),)
        case "paused":
            return ((Button(say("broadcast.resume"), f"s_step:resume:{view.id}"), off),)
    return ((look,),)
