"""How a broadcast reads in chat: what it says, to whom, how it stands, and what its reader may do about it."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlmodel import Session

from bot.replying import LONGEST_CAPTION, LONGEST_TEXT
from bot.screen import Button, Rows, Screen
from bot.texts import Marked, Say
from core.insight.amendments import Amended, amended, as_it_reads
from core.insight.campaigns import CampaignView, Count, agreed_to, progress
from core.insight.forecasts import Forecast, Funnel
from core.insight.staff import StaffView
from core.program.filters import Filter
from core.rules.staff import may
from core.words.filters import filter_words

EVERYBODY = Filter.model_validate({"fact": "joined", "is": "on_or_after", "value": "1900-01-01"})
MOST_SAID = 3_000  # characters of what is approved, so that a message holds it and how it stands
SHOWN = 700  # characters of a message shown within another
RULE = "—" * 12


def campaign_screen(say: Say, session: Session, view: CampaignView, reader: StaffView, looked: bool = False) -> Screen:
    """What it says, to whom, how it stands; and the buttons of what this reader may do. Approved is only what is seen:
    all that a second person agrees to stands here, or is below (looked)."""
    now = amended(session, view.id)
    view = as_it_reads(session, view) if now.corrections else view
    head = say("broadcast.head", name=view.name, by=name_of(view.drafted_by), state=state_words(say, view))
    lines = [head, *_said(say, session, view)]
    whole = _whole(view, looked) and sum(map(len, lines)) <= MOST_SAID
    if view.status == "awaiting_approval" and _approves(view, reader) and not whole:
        lines.append(say("broadcast.approve_elsewhere" if looked or view.audience.members else "broadcast.look_first"))
    if view.launched_at is None and view.forecast is not None:
        lines += _forecast(say, Forecast.model_validate(view.forecast).funnel)
    if view.launched_at is not None:
        lines += _progress(say, session, view)
    return Screen(
        "\n\n".join(lines + _amended(say, now)), (*_buttons(say, view, reader, whole), *_after(say, view, now))
    )


def settled(view: CampaignView) -> bool:
    """Nothing more happens to it."""
    return view.ended_at is not None or view.status in ("cancelled", "finished")


def titled(say: Say, view: CampaignView, zone: ZoneInfo) -> str:
    """A line of the list: the sign of its state, what it is called, who wrote it and when."""
    sign = state_words(say, view).split(" ")[0]
    return f"{sign} {view.name} · {name_of(view.drafted_by)}, {say.short_day(view.drafted_at, zone)}"


def state_words(say: Say, view: CampaignView) -> str:
    """How it stands, as plain text."""
    reason = say.plain(f"broadcast.paused_by.{view.paused_reason}") if view.paused_reason else ""
    state = "approved_by" if view.status == "approved" else view.status
    return say.plain(f"broadcast.states.{state}", by=name_of(view.approved_by or ""), reason=reason)


def name_of(actor: str) -> str:
    """ann, of staff:ann."""
    return actor.partition(":")[2]


def _approves(view: CampaignView, reader: StaffView) -> bool:
    return may(reader.role, "admin") and reader.actor not in view.authors


def _whole(view: CampaignView, looked: bool) -> bool:
    """Whether nothing of it is left unseen; members by name are too many to show, and so is HTML that would be cut."""
    first = view.contents[0]
    short = len(view.contents) == 1 and not first.photo and len(first.text) <= SHOWN
    uncut = all(len(each.text) <= (LONGEST_CAPTION if each.photo else LONGEST_TEXT) for each in view.contents)
    return (short or (looked and uncut)) and not view.audience.members


def _said(say: Say, session: Session, view: CampaignView) -> list[str]:
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


def _named(say: Say, session: Session, view: CampaignView) -> str:
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
    left_out = {name: count for name, count in funnel if count and name not in ("matched", "to_send")}
    reasons = [say(f"broadcast.left_out.{name}", count=count) for name, count in left_out.items()]
    return ["\n".join([say("broadcast.forecast", matched=funnel.matched, to_send=funnel.to_send), *reasons])]


def _progress(say: Say, session: Session, view: CampaignView) -> list[str]:
    """How many are through, and for each state and reason how many ended so."""
    now = progress(session, view.id)
    ends = sorted(
        (each for each in now.states if each.state in _ENDS), key=lambda each: (_ENDS.index(each.state), -each.count)
    )
    done = now.recipients - now.open
    return ["\n".join([say("broadcast.progress", done=done, all=now.recipients), *(_end(say, each) for each in ends)])]


_ENDS = ("sent", "blocked", "suppressed", "held_out", "expired", "failed", "in_doubt")


def _end(say: Say, each: Count) -> str:
    end = say(f"broadcast.ends.{each.state}", count=each.count)
    if each.reason is None:
        return end
    known = say.has(f"broadcast.why.{each.reason}")
    why = say(f"broadcast.why.{each.reason}") if known else each.reason
    return say("broadcast.end_why", end=Marked(end), why=why)


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
    off = Button(say("broadcast.cancel"), f"s_sure:cancel:{view.id}")
    match view.status:
        case "draft":
            return ((Button(say("broadcast.ask_approval"), f"s_sure:ask:{view.id}"),), (look, off))
        case "awaiting_approval":
            if _approves(view, reader) and whole:
                yes = Button(say("broadcast.approve"), f"s_approve:{view.id}:{view.sha256[:16]}")
                return ((yes,), (look, off))
            return ((look, off),)
        case "approved":
            return ((Button(say("broadcast.launch"), f"s_sure:launch:{view.id}"),), (look, off))
        case "launched":
            return ((Button(say("broadcast.pause"), f"s_step:pause:{view.id}"), off),)
        case "paused":
            return ((Button(say("broadcast.resume"), f"s_step:resume:{view.id}"), off),)
    return ((look,),)
