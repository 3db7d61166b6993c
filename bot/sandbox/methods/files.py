"""Files that were uploaded, by the bot or in a chat."""

from __future__ import annotations

from bot.sandbox.methods.request import Request, method
from bot.sandbox.wording import Json, bad_request

DOWNLOAD_BYTES = 20_000_000


@method("getFile")
def get_file(request: Request) -> Json:
    stored = request.sandbox.files.get(request.params.text("file_id"))
    if stored is None:
        raise bad_request("invalid file_id")
    if len(stored.data) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return stored.as_file()
