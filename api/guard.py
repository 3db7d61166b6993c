"""What every request must be before anybody looks at what it says."""

from __future__ import annotations

from email.message import Message
from typing import Any

from fastapi import Request

from api.problems import Fault, Mistake
from core.rules.photos import MOST_BYTES

MAX_BODY = 1024 * 1024
PHOTOS = "/v1/photos"


def most_bytes(path: str) -> int:
    """How long a body sent to this path may be."""
    return MOST_BYTES if path == PHOTOS else MAX_BODY


async def readable(request: Request) -> None:
    """A dependency of every route: no unknown parameter, JSON where there is a body, text that the books can hold."""
    if b"%00" in request.scope.get("raw_path", b"") + request.url.query.encode():
        raise Fault("bad-request", 400, "The address contains a NUL character; remove it.")
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    if unknown := sorted(set(request.query_params) - known):
        mend = f"Leave it out; known are: {', '.join(sorted(known))}." if known else "Leave it out; none is known here."
        raise invalid(
            [Mistake(where="query", pointer=_step(name), what="unknown parameter", mend=mend) for name in unknown]
        )
    if request.scope["route"].path == PHOTOS:  # read by the route, once it is known who sends so much
        return
    body = await request.body()
    if not body:
        return
    if not _is_json(media_type(request)):
        raise Fault(
            "unsupported-media-type",
            415,
            "Send the body as JSON with Content-Type: application/json.",
            facts={"supported": ["application/json"]},
        )
    if b"\\u0000" in body:
        pointers = list(_nul_in(await request.json(), ""))
        if pointers:
            raise invalid(
                [Mistake(where="body", pointer=each, what="NUL character", mend="Remove it.") for each in pointers]
            )


def invalid(errors: list[Mistake]) -> Fault:
    return Fault("invalid-request", 422, "The request is not as it should be; errors say where.", errors=errors)


def media_type(request: Request) -> str:
    """Without its parameters; text/plain where there is none."""
    message = Message()
    message["content-type"] = request.headers.get("content-type", "")
    return message.get_content_type()


def _is_json(media_type: str) -> bool:
    kind, _, subtype = media_type.partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def _nul_in(value: Any, pointer: str) -> Any:
    """The JSON pointers of strings (or names) with a NUL."""
    if isinstance(value, str) and "\0" in value:
        yield pointer
    elif isinstance(value, dict):
        for name, each in value.items():
            if "\0" in name:
                yield pointer + _step(name)
            yield from _nul_in(each, pointer + _step(name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _nul_in(each, f"{pointer}/{place}")


def _step(name: str) -> str:
    """One more step of a JSON pointer (RFC 6901)."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
