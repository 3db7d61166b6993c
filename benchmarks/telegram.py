"""A sandbox in a process of its own, with so many people who have opened the chat: their chats are 1 to COUNT.

`python -m benchmarks.telegram COUNT` is that process.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import create_app, serve
from bot.sandbox.state import User
from serving import run

TOKEN = "42:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


@contextmanager
def telegram(people: int) -> Iterator[str]:
    """Its address."""
    command = [sys.executable, "-m", "benchmarks.telegram", str(people)]
    with subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _serve(people: int) -> None:
    app = create_app(tokens=[TOKEN])
    sandbox: Sandbox = app.state.sandbox
    for number in range(1, people + 1):
        sandbox.add_user(User(number, "Member", None, None, "en", None), started=True)
    run(serve(port=0, app=app, ready=lambda address: print(address, flush=True)))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
