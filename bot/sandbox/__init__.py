"""A Telegram of our own on loopback, with a chat page. It knows nothing of the bot it serves.

`create_app` makes one, `running` and `serve` serve it, `Sandbox` is its state, `Clock` what it takes time from.
"""

from bot.sandbox.clock import Clock, MovableClock
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import create_app, main, run, running, serve

__all__ = ["Clock", "MovableClock", "Sandbox", "create_app", "main", "run", "running", "serve"]
