"""What a member's goals have come to, and what comes next."""

from __future__ import annotations

from bot.guest import Guest
from bot.screen import Screen
from bot.screens import buttons
from bot.screens.tier import bar
from core.insight.goals import GoalProgress, goals_of
from core.program.schema import words
from core.words.goals import goal_lines


def screen(guest: Guest) -> Screen:
    parts = [_part(guest, each) for each in goals_of(guest.shop, guest.session, guest.id)]
    text = "\n\n".join([guest.say("goals.title"), *(parts or [guest.say("goals.none")])])
    return Screen(text, (buttons.to(guest.say, "tier", "points"), buttons.home(guest.say)))


def _part(guest: Guest, goal: GoalProgress) -> str:
    """Its name, how far it is, what it has brought and what comes next."""
    lines = [guest.say("goals.goal", name=words(goal.name, guest.language))]
    if goal.next is not None and goal.period is not None:
        lines.append(bar(min(goal.total * 100 // goal.next.at, 99)))
    told = goal_lines(guest.program, goal, guest.language)
    return "\n".join([*lines, *(guest.say("goals.line", text=line) for line in told)])
