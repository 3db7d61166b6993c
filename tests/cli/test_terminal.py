"""Tables in a narrow terminal."""

from __future__ import annotations

from io import StringIO

from rich.table import Table

from commands.terminal import Terminal


def shown(table: Table, width: int) -> list[str]:
    terminal = Terminal(file=StringIO(), width=width, soft_wrap=True, highlight=False)
    terminal.print(table)
    text: str = terminal.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines()]


def table() -> Table:
    made = Table("when", "journey", "text", "gift")
    made.add_row("03-11", "生日", "Happy birthday, [Ann]! " * 3, "five-off")
    made.add_row("03-12", "welcome", "Welcome, Bob", "")
    return made


def test_what_has_no_room_goes_beneath_each_row() -> None:
    assert shown(table(), 40) == [
        "when   journey  gift",
        "03-11  生日     five-off",
        "    text: Happy birthday, [Ann]! Happy",
        "    birthday, [Ann]! Happy birthday,",
        "    [Ann]!",
        "03-12  welcome",
        "    text: Welcome, Bob",
    ]


def test_with_room_it_stays_a_table() -> None:
    lines = shown(table(), 120)
    assert "┃ when  ┃ journey ┃" in lines[1]
    assert all(len(line) <= 120 for line in lines)


def test_names_in_a_table_are_no_markup() -> None:
    made = Table("name")
    made.add_row("Tea [red] and [/blue]")
    assert any("Tea [red] and [/blue]" in line for line in shown(made, 40))
