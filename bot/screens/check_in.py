"""The daily visit: points once a day, more for a streak."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Answer, Screen, show
from bot.screens import buttons
from bot.texts import Marked, Say
from core.program.schema import CheckIn
from core.rules.refusal import Refused
from core.services.activities.check_in import CheckedIn, CheckInWish, check_in


def act(guest: Guest) -> Answer:
    """Checks in; a second visit on the same day is told so, kindly."""
    say = guest.say
    try:
        done = guest.do(check_in, CheckInWish(member_id=guest.id))
    except Refused as refused:
        if refused.refusal.reason != "checked-in-already":
            raise
        return show(Screen(say("check_in.again"), (buttons.home(say),)))
    return show(screen(say, done, guest.program.check_in))


def screen(say: Say, done: CheckedIn, rule: CheckIn | None) -> Screen:
    """What the visit brought, how long the streak is, and the next day that brings more."""
    lines = [say("check_in.done", points=Marked(say.points(done.points)))]
    if done.streak > 1:
        lines.append(say("check_in.streak", days=Marked(say.counted("count.days", done.streak))))
    ahead = _next_streak(done.streak, rule)
    if ahead is not None:
        days, points = ahead
        more = Marked(say.counted("count.days", days))
        lines.append(say("check_in.ahead", days=more, points=Marked(say.points(points))))
    lines.append(say("check_in.balance", points=Marked(say.points(done.balance))))
    return Screen("\n".join(lines), (buttons.to(say, "points", "rewards"), buttons.home(say)))


def _next_streak(streak: int, rule: CheckIn | None) -> tuple[int, int] | None:
    """How many more days until the nearest streak pays, and what."""
    ahead = [(each.days - streak % each.days, each.points) for each in (rule.streaks if rule else [])]
    return min(ahead, default=None)
