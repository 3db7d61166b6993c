"""What a broadcast says is put right, or taken back, from chat: a second person approves a correction."""

from __future__ import annotations

from collections.abc import Callable

from telegram import Message

from bot.guest import Guest, number
from bot.replying import LONGEST_TEXT
from bot.screen import KEEP, Answer, Button, Rows, Screen, show
from bot.screens import buttons
from bot.staff import broadcasts
from bot.staff.broadcast_screen import MOST_SAID, RULE, SHOWN, name_of
from bot.staff.desk import back, on_duty
from bot.texts import Say
from core.insight.amendments import AmendmentView, Change, Saying, amended, amendment
from core.insight.campaigns import campaign
from core.insight.staff import StaffView, admins_but
from core.rules.refusal import Refused
from core.rules.staff import may
from core.services.campaigns.approve_correction import CorrectionApproval, approve_correction
from core.services.campaigns.correct_campaign import Correction, Words, correct_campaign
from core.services.campaigns.recall_campaign import Recall, recall_campaign
from core.services.staff.notices import notify_about


def ask(guest: Guest, campaign_id: str, place: str = "") -> Answer:
    """The next message is what it says from now on; which content of several is asked first. Below the message that
    follows the broadcast, which would overwrite the question."""
    on_duty(guest, "staff")
    view = campaign(guest.session, number(campaign_id))
    if len(view.contents) > 1 and not place:
        choices = [
            Button(f"{each.arm} · {each.language}", f"s_fix:{view.id}:{at}") for at, each in enumerate(view.contents)
        ]
        which = Screen(guest.say("broadcast.correct_which"), (*buttons.in_rows(choices, 2), back(guest)))
        return Answer((which,), apart=True)
    asked = {"ask": "s_fix", "campaign": view.id, "place": number(place or "0")}
    return Answer((Screen(guest.say("broadcast.correct_ask"), (back(guest),)),), dialogue=asked, apart=not place)


def told(guest: Guest, message: Message) -> Answer:
    """Laid before every admin but this one. Refused: no-approver, as correct_campaign."""
    who, asked = on_duty(guest, "staff"), guest.dialogue or {}
    if not message.text:
        return show(Screen(guest.say("broadcast.correct_unreadable"), (back(guest),)), dialogue=asked)
    others = admins_but(guest.session, who.id)
    if not others:
        raise Refused("no-approver")
    contents = campaign(guest.session, asked["campaign"]).contents
    if asked["place"] >= len(contents):
        return Answer(toast=guest.say.plain("staff.over"), dialogue=KEEP)
    said = contents[asked["place"]]
    wish = Correction(
        campaign=asked["campaign"],
        contents=[Words(arm=said.arm, language=said.language, text=message.text_html)],
        reason=guest.say.plain("broadcast.from_chat"),
    )
    made = guest.do(correct_campaign, wish, actor=who.actor)
    notify_about(guest.shop, [who.id, *(each.id for each in others)], f"correction:{made.id}")
    return show(detail(guest, str(made.id)), toast=guest.say.plain("broadcast.asked"))


def detail(guest: Guest, amendment_id: str, looked: bool = False) -> Screen:
    """looked: each of its texts is below."""
    who = on_duty(guest, "staff")
    view = amendment(guest.session, number(amendment_id))
    shown = screen(guest.say, view, who, looked)
    to = Button(guest.say("broadcast.to_it"), f"s_cast:{view.campaign_id}")
    return Screen(shown.text, (*shown.buttons, (to, *back(guest))))


def seen(guest: Guest, amendment_id: str) -> Answer:
    """Each text in full, as members will read it."""
    on_duty(guest, "staff")
    view = amendment(guest.session, number(amendment_id))
    return show(detail(guest, amendment_id, looked=True), *(Screen(each.after.text) for each in view.changes))


def approve(guest: Guest, amendment_id: str, sha256: str) -> Answer:
    """Of exactly what was shown. Refused: as approve_correction."""
    who, view = on_duty(guest, "admin"), amendment(guest.session, number(amendment_id))
    if not view.sha256.startswith(sha256) or len(sha256) < 8:
        raise Refused("correction-changed", amendment=view.id, sha256=view.sha256)
    if view.status != "awaiting_approval":
        return show(
            detail(guest, amendment_id),
            toast=guest.say.plain("broadcast.meanwhile", state=_state(guest.say.plain, view)),
        )
    wish = CorrectionApproval(campaign=view.campaign_id, amendment=view.id, sha256=view.sha256)
    guest.do(approve_correction, wish, actor=who.actor)
    return show(detail(guest, amendment_id), toast=guest.say.plain("broadcast.corrected"))


def ask_recall(guest: Guest, campaign_id: str) -> Answer:
    """Once more, since it cannot be undone."""
    on_duty(guest, "staff")
    view = campaign(guest.session, number(campaign_id))
    if amended(guest.session, view.id).recalled:
        return _recalled_already(guest, campaign_id)
    yes = Button(guest.say("broadcast.recall_yes"), f"s_recalled:{view.id}:{guest.nonce()}")
    no = Button(guest.say("broadcast.to_it"), f"s_cast:{view.id}")
    return Answer((Screen(guest.say("broadcast.recall_ask", name=view.name), ((yes,), (no,))),), apart=True)


def recall(guest: Guest, campaign_id: str, nonce: str = "") -> Answer:
    """How it stands, where somebody was quicker. Refused: as recall_campaign."""
    who = on_duty(guest, "staff")
    wish = Recall(campaign=number(campaign_id), reason=guest.say.plain("broadcast.from_chat"))
    try:
        guest.do(recall_campaign, wish, nonce, actor=who.actor)
    except Refused as refused:
        if refused.refusal.reason != "campaign-recalled":
            raise
        return _recalled_already(guest, campaign_id)
    return show(broadcasts.detail(guest, campaign_id), toast=guest.say.plain("broadcast.recalled_now"))


def _recalled_already(guest: Guest, campaign_id: str) -> Answer:
    toast = guest.say.plain("broadcast.meanwhile", state=guest.say.plain("broadcast.recalled"))
    return show(broadcasts.detail(guest, campaign_id), toast=toast)


def screen(say: Say, view: AmendmentView, reader: StaffView, looked: bool = False) -> Screen:
    """A correction word for word, where there is room, with what this reader may do about it. Approved is only what is
    seen. looked: each text is below, in this order."""
    lines = [say("broadcast.correction", by=name_of(view.asked_by)), *(_said(say, each) for each in view.changes)]
    whole = _whole(view, looked) and sum(map(len, lines)) <= MOST_SAID
    approves = view.status == "awaiting_approval" and may(reader.role, "admin") and reader.actor != view.asked_by
    if approves and not whole:
        lines.append(say("broadcast.approve_elsewhere" if looked else "broadcast.look_first"))
    rows: Rows = ((Button(say("broadcast.look"), f"s_fix_seen:{view.id}"),),)
    if approves and whole:
        rows = ((Button(say("broadcast.approve"), f"s_fix_yes:{view.id}:{view.sha256[:16]}"),), *rows)
    return Screen("\n\n".join([*lines, _state(say, view)]), rows)


def _whole(view: AmendmentView, looked: bool) -> bool:
    """Whether nothing of its texts is left unseen."""
    return all(len(each.after.text) <= (LONGEST_TEXT if looked else SHOWN) for each in view.changes)


def _said(say: Say, change: Change) -> str:
    """Of one content, which it is and all that it says from now on; buttons also as they were, where they change."""
    text = change.after.text if len(change.after.text) <= SHOWN else say("broadcast.too_long")
    lines = [say("broadcast.terms.content", arm=change.arm, language=change.language), RULE, text, RULE]
    if change.before.buttons != change.after.buttons:
        lines += [say("broadcast.buttons_before"), *_rows(say, change.before), say("broadcast.buttons_after")]
    elif not change.after.buttons:
        return "\n".join(lines)
    return "\n".join([*lines, *_rows(say, change.after)])


def _rows(say: Say, saying: Saying) -> list[str]:
    found = [each for row in saying.buttons for each in row]
    told = [say("broadcast.terms.button", text=each["text"], to=each.get("url") or each["data"]) for each in found]
    return told or [say("broadcast.no_buttons")]


def _state(say: Callable[..., str], view: AmendmentView) -> str:
    return say(f"broadcast.corrections.{view.status}", by=name_of(view.approved_by or ""))
