"""`regulars program replay`: the page of text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from commands.console import BadInput, moment
from core.program.schema import Program
from core.services.replaying.report import Affected, ReplayReport, Sides
from core.words.explanations import rule_name
from core.words.figures import money, number
from core.words.sentences import Sentences

WIDTH = 80
MOST_LINES = 3


def since_moment(text: str, program: Program, now: datetime) -> datetime:
    """A date is the beginning of that day in the program's zone."""
    try:
        day = date.fromisoformat(text)
        at = datetime.combine(day, datetime.min.time(), program.program.zone)
    except ValueError:
        at = moment("--since", text)
    if at >= now:
        raise BadInput(f"--since {text}: that is not over yet; name a day that is")
    return at


class Page:
    """The report in words of one language, for 80 columns."""

    def __init__(self, report: ReplayReport, program: Program, language: str) -> None:
        self.report, self.program = report, program
        self.words = Sentences(program, language)

    def print(self) -> None:
        console = Console(width=WIDTH, highlight=False)
        with console.capture() as captured:
            console.print(*self._parts(), sep="\n")
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))

    def _parts(self) -> Iterable[RenderableType]:
        report = self.report
        since = self._say("from", since=report.since) if report.since else self._say("all_history")
        yield Text(self._say("title", program=report.program, version=report.version, since=since), style="bold")
        yield self._say("text", sha256=report.sha256[:12], members=report.members)
        yield (
            self._say("stand_otherwise", different=report.different) if report.different else self._say("no_difference")
        )
        yield from self._titled("", self._gains())
        yield from self._titled("tiers", self._tiers())
        yield from self._titled("", self._figures(self._sums()))
        yield from self._titled("notices", self._figures(report.notices))
        yield from self._titled("unpaid", self._unpaid()) if report.unpaid else ()
        yield from self._titled("refused", self._refused()) if report.refused else ()
        if report.affected:
            yield Text(f"\n{self._say('affected')}", style="bold")
            for place, each in enumerate(report.affected, 1):
                yield from self._affected(place, each)

    def _say(self, key: str, **facts: Any) -> str:
        return self.words.say(f"replay.{key}", facts)

    def _number(self, value: int) -> str:
        return number(value, self.words.language)

    def _signed(self, value: int) -> str:
        return f"+{self._number(value)}" if value > 0 else self._number(value)

    def _change(self, sides: Any) -> str:
        return self._signed(sides.after - sides.before)

    def _titled(self, key: str, part: RenderableType) -> Iterable[RenderableType]:
        yield Text(f"\n{self._say(key)}" if key else "", style="bold")
        yield part

    def _table(self, *heads: str) -> Table:
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False)
        table.add_column(heads[0], overflow="fold")
        for head in heads[1:]:
            table.add_column(head, justify="right", overflow="fold")
        return table

    def _gains(self) -> Table:
        report = self.report
        table = self._table("", self._say("members"), self._say("points"))
        gained, lost = report.gaining, report.losing
        table.add_row(self._say("gaining"), self._number(gained.members), self._signed(gained.points))
        table.add_row(self._say("losing"), self._number(lost.members), self._signed(-lost.points))
        table.add_row(self._say("unchanged"), self._number(report.unchanged), "")
        if report.not_replayed:
            table.add_row(self._say("not_replayed"), self._number(report.not_replayed), "")
        return table

    def _tiers(self) -> Table:
        """The matrix: a dot where nobody moves so."""
        cells = {(each.before, each.after): each.members for each in self.report.tiers}
        rows = list(dict.fromkeys(each.before for each in self.report.tiers))
        known = [tier.id for tier in self.program.tiers]
        columns = sorted({after for _, after in cells}, key=lambda tier: known.index(tier) if tier in known else -1)
        table = self._table("", *(self.words.name("tier", each) for each in columns))
        for row in rows:
            shown = [self._number(cells[row, each]) if (row, each) in cells else "·" for each in columns]
            table.add_row(self.words.name("tier", row), *shown)
        return table

    def _sums(self) -> dict[str, Sides]:
        names = ("active", "pending", "liability", "money", "debt", "lapsed")
        return {name: sides for name in names if (sides := getattr(self.report, name)) is not None}

    def _figures(self, figures: dict[str, Sides]) -> Table:
        table = self._table("", self._say("as_is"), self._say("draft"), self._say("difference"))
        for name, sides in figures.items():
            amounts = (sides.before, sides.after, sides.after - sides.before)
            if name == "money":
                table.add_row(self._say(name), *(money(self.program, each, self.words.language) for each in amounts))
            else:
                table.add_row(self._say(name), *map(self._number, amounts[:2]), self._signed(amounts[2]))
        return table

    def _unpaid(self) -> Table:
        table = self._table("", self._say("why"), self._say("times"), self._say("points"))
        for each in self.report.unpaid:
            name = rule_name(self.words, each.reward if ":" in each.reward else f"reward:{each.reward}")
            table.add_row(name, self._reason(each.reason), self._number(each.times), self._number(each.points))
        return table

    def _refused(self) -> Table:
        table = self._table(self._say("why"), self._say("times"))
        for reason, times in self.report.refused.items():
            table.add_row(self._reason(reason), self._number(times))
        return table

    def _reason(self, reason: str) -> str:
        return self._say(f"reason.{reason}") if self.words.has(f"replay.reason.{reason}") else reason

    def _affected(self, place: int, each: Affected) -> Iterable[RenderableType]:
        balances = Sides(before=each.before.balance, after=each.after.balance)
        head = self._say("affected_head", card=each.card_number, change=self._change(balances), **balances.model_dump())
        yield _indented(2, f"{place}. {head}")
        if each.before.tier != each.after.tier:
            before, after = (self.words.name("tier", side.tier) for side in (each.before, each.after))
            yield _indented(6, self._say("tier_line", before=before, after=after))
        for rule in each.rules:
            line = self._say(
                "rule_line", rule=rule_name(self.words, rule.rule), change=self._change(rule), **self._shown(rule)
            )
            yield _indented(6, line)
        if each.example is not None:
            name = rule_name(self.words, each.example.rule)
            yield _indented(6, self._say("example", at=each.example.at, rule=name, **self._shown(each.example)))
            yield from self._lines("as_is", each.example.explained_before)
            yield from self._lines("draft", each.example.explained_after)

    def _shown(self, sides: Any) -> dict[str, str]:
        return {"before": self._number(sides.before), "after": self._number(sides.after)}

    def _lines(self, side: str, lines: list[str]) -> Iterable[RenderableType]:
        """The last one is the sum; of many the first ones are enough."""
        shown = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], lines[-1]]
        for line in shown:
            yield _indented(9, f"{self._say(side)}: {line}")
        if len(shown) < len(lines):
            yield _indented(9, self._say("more", more=len(lines) - len(shown)))


def _indented(by: int, line: str) -> Padding:
    return Padding(Text(line), (0, 0, 0, by), expand=False)
