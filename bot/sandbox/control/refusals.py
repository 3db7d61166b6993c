"""The control side's errors: what is wrong, where, and how to mend it."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from bot.sandbox.wording import Json


class Refusal(Exception):
    """HTTP status, and the three parts of a clear error."""

    def __init__(self, status: int, error: str, field: str | None, mend: str) -> None:
        super().__init__(error)
        self.status = status
        self.body: Json = {"error": error, "field": field, "mend": mend}


def answer_refusals(app: FastAPI) -> None:
    """Make the app answer refusals and invalid requests as {"error", "field", "mend"}."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)


async def _refused(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body, refusal.status)


async def _invalid(request: Request, invalid: Exception) -> JSONResponse:
    assert isinstance(invalid, RequestValidationError)
    first = invalid.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or None
    mend = f"{_mend(first['type'])}, as /sandbox/openapi.json describes it"
    return JSONResponse({"error": first["msg"].removeprefix("Value error, "), "field": field, "mend": mend}, 422)


def _mend(kind: str) -> str:
    match kind:
        case "missing":
            return "add the field"
        case "extra_forbidden":
            return "leave the field out, or correct its name"
        case "json_invalid":
            return "send a JSON object"
    return "correct the value"
