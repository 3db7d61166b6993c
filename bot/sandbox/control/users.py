"""The people in the sandbox, and the files they see."""

from __future__ import annotations

from fastapi import APIRouter, Response

from bot.sandbox.control.bodies import NewUser
from bot.sandbox.control.dependencies import SandboxHere
from bot.sandbox.control.refusals import Refusal
from bot.sandbox.control.views import user_view
from bot.sandbox.state import User
from bot.sandbox.wording import Json

router = APIRouter()


@router.get("/users")
async def users(sandbox: SandboxHere) -> list[Json]:
    return [user_view(user) for user in sandbox.users.values()]


@router.post("/users", status_code=201)
async def add_user(new: NewUser, sandbox: SandboxHere) -> Json:
    user_id = new.user_id or sandbox.free_user_id()
    if user_id in sandbox.users:
        raise Refusal(409, f"user {user_id} is there already", "user_id", "leave user_id out, or take another one")
    _refuse_taken(sandbox, "username", new.username)
    _refuse_taken(sandbox, "phone", new.phone)
    user = User(user_id, **new.model_dump(exclude={"user_id", "started"}))
    return user_view(sandbox.add_user(user, new.started))


def _refuse_taken(sandbox: SandboxHere, field: str, value: str | None) -> None:
    if value and any(getattr(user, field) == value for user in sandbox.users.values()):
        raise Refusal(409, f"{field} {value} belongs to another user", field, f"leave {field} out, or take another one")


@router.get("/files/{file_unique_id}")
async def file(file_unique_id: str, sandbox: SandboxHere) -> Response:
    for stored in sandbox.files.values():
        if stored.file_unique_id == file_unique_id:
            return Response(stored.data, media_type=stored.mime)
    raise Refusal(404, f"there is no file {file_unique_id}", "file_unique_id", "take the address from a message")
