"""What every request must be before anybody looks at what it says."""

from __future__ import annotations

from email.message import Message
from typing import Any

from fastapi import Request

from api.problems import Fault, Mistake

MAX_BODY = 1024 * 1024


async def readable(request: Request) -> None:
    """A dependency of every route: JSON where there is a body, and text the books can hold."""
    if b"%00" in request.scope.get("raw_path", b"") + request.url.query.encode():
        raise Fault("bad-request", 400, "The address contains a NUL character; remove it.")
    body = await request.body()
    if not body:
        return
    if not _is_json(request.headers.get("content-type", "")):
        raise Fault(
            "unsupported-media-type",
            415,
            "Send the body as JSON with Content-Type: application/json.",
            facts={"supported": ["application/json"]},
        )
    if b"\\u0000" in body:
        pointers = list(_nul_in(await request.json(), ""))
        if pointers:
            raise unholdable(pointers)


def unholdable(pointers: list[str]) -> Fault:
    errors = [
        Mistake(where="body", pointer=pointer, what="contains a NUL character", mend="Remove it.")
        for pointer in pointers
    ]
    return Fault("invalid-request", 422, "The request is not as it should be; see errors.", errors=errors)


def _is_json(content_type: str) -> bool:
    message = Message()
    message["content-type"] = content_type
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def _nul_in(value: Any, pointer: str) -> Any:
    """The JSON pointers of strings (or names) with a NUL."""
    if isinstance(value, str) and "\0" in value:
        yield pointer
    elif isinstance(value, dict):
        for name, each in value.items():
            step = name.replace("~", "~0").replace("/", "~1")
            if "\0" in name:
                yield f"{pointer}/{step}"
            yield from _nul_in(each, f"{pointer}/{step}")
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _nul_in(each, f"{pointer}/{place}")
