"""The sandbox's own side, for programs and for the chat page: /sandbox/…"""

from fastapi import APIRouter

from bot.sandbox.control import changes, chats, clock, network, users

router = APIRouter(prefix="/sandbox")
for part in (users, chats, changes, network, clock):
    router.include_router(part.router)
