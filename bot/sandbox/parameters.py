"""A call's parameters, however they came: query string, JSON, form or multipart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Receive, Scope

from bot.sandbox.wording import Json, bad_request

TRUE = ("true", "1", "yes")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the call."""

    name: str
    mime: str
    data: bytes


class Params:
    """Typed access. Everything may come as text, as it does in forms."""

    def __init__(self, values: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None) -> None:
        self._values = values
        self._uploads = uploads or {}

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str) -> str:
        """The parameter as text; empty when it is missing."""
        value = self._values.get(name)
        return "" if value is None else value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        value = self._values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise bad_request(f"parameter {name} must be an integer") from None

    def flag(self, name: str) -> bool:
        return str(self._values.get(name, "")).lower() in TRUE

    def json(self, name: str) -> Any:
        """The parameter as JSON value; None when it is missing or empty."""
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name} JSON object") from None

    def items(self, name: str) -> list[Any]:
        """The parameter as JSON array; empty when it is missing."""
        value = self.json(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"can't parse {name}: an array is expected")
        return value

    def upload(self, name: str) -> Upload | None:
        return self._uploads.get(name)

    def chat_id(self) -> int | str | None:
        """What the call named as chat, for the log and the faults: checked later."""
        value = self._values.get("chat_id")
        if isinstance(value, str) and value.lstrip("-").isdecimal():
            return int(value)
        return value if isinstance(value, int | str) else None


async def read(scope: Scope, receive: Receive) -> Params:
    """Read all of a request. Raises Bad Request when its body is not what its content type says."""
    values: Json = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    if scope["method"] != "POST":
        return Params(values)
    kind = _content_type(scope)
    if kind.startswith("multipart/form-data"):
        return await _multipart(values, scope, receive)
    body = await _body(receive)
    if kind.startswith("application/json"):
        values |= _object(body)
    elif body:
        values |= _form(body)
    return Params(values)


def _content_type(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return str(value.decode("latin-1")).lower()
    return ""


async def _body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


def _object(body: bytes) -> Json:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise bad_request("can't parse JSON object")
    return value


def _form(body: bytes) -> Json:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    except (UnicodeDecodeError, ValueError):
        raise bad_request("strings must be encoded in UTF-8") from None


async def _multipart(values: Json, scope: Scope, receive: Receive) -> Params:
    uploads: dict[str, Upload] = {}
    try:
        async with Request(scope, receive).form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    mime = value.content_type or "application/octet-stream"
                    uploads[name] = Upload(value.filename or name, mime, await value.read())
                else:
                    values[name] = value
    except HTTPException as broken:
        raise bad_request(f"can't parse multipart body: {broken.detail}") from None
    return Params(values, uploads)
