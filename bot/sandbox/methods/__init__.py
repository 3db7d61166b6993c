"""The Bot API's methods. `METHODS` maps each name in lower case to what serves it."""

from bot.sandbox.methods import callbacks, chats, editing, files, profile, receiving, sending
from bot.sandbox.methods.request import METHODS, Method, Request

__all__ = [
    "METHODS",
    "Method",
    "Request",
    "callbacks",
    "chats",
    "editing",
    "files",
    "profile",
    "receiving",
    "sending",
]
