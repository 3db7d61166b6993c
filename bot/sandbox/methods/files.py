"""Files that were uploaded."""

from __future__ import annotations

from bot.sandbox.methods.request import Request, method
from bot.sandbox.wording import Json, bad_request


@method("getFile")
def get_file(request: Request) -> Json:
    stored = request.sandbox.files.get(request.params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    return stored.as_file()
