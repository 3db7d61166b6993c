"""From what went wrong to the problem that says so."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.depends import shop_of
from api.guard import invalid
from api.idempotency import HEADER, as_asked
from api.languages import preferred
from api.mistakes import mistakes
from api.problems import Fault, answer
from api.refusals import said, status_of
from core.program.loading import ProgramError
from core.rules.refusal import Refused
from core.shop import DatabaseUnavailable

RETRY_AFTER_S = "5"
BY_STATUS = {400: "malformed-body", 404: "not-found", 405: "method-not-allowed"}
DETAIL = {
    400: "The body cannot be read; send JSON in UTF-8.",
    404: "There is nothing at this address; see /docs or /openapi.json for those there are.",
    405: "This address does not take that method; the Allow header says which it takes.",
}


def install(app: FastAPI) -> None:
    handlers: list[tuple[type[Exception], Any]] = [
        (Refused, on_refusal),
        (ProgramError, on_faulty_program),
        (RequestValidationError, on_invalid),
        (HTTPException, on_fault),
        (DatabaseUnavailable, on_unavailable),
    ]
    for error, handler in handlers:
        app.add_exception_handler(error, handler)


async def on_refusal(request: Request, error: Refused) -> Response:
    refusal = as_asked(error.refusal)
    language = preferred(request.headers.get("accept-language"))
    status = status_of(refusal.reason)
    headers = {"Retry-After": RETRY_AFTER_S} if status == 503 else {}
    words, version = await run_in_threadpool(said, shop_of(request), refusal, language)
    fault = Fault(refusal.reason, status, words, headers=headers, facts=refusal.facts, version=version)
    return _answer(request, fault, language)


async def on_faulty_program(request: Request, error: ProgramError) -> Response:
    detail = "The program has faults; facts list them, each with its line and how to mend it."
    faults: list[str] = [str(fault) for fault in error.faults]
    return _answer(request, Fault("program-faulty", 422, detail, facts={"faults": faults}))


async def on_invalid(request: Request, error: RequestValidationError) -> Response:
    return _answer(request, _invalid(list(error.errors())))


def _invalid(errors: list[Any]) -> Fault:
    if errors[0]["type"] == "json_invalid":
        facts = {"position": errors[0]["loc"][1], "what": str(errors[0]["ctx"]["error"])}
        return Fault("malformed-json", 400, "The body is not JSON; facts say where it stops being so.", facts=facts)
    found = mistakes(errors)
    if any(error["type"] == "missing" and error["loc"] == ("header", HEADER) for error in errors):
        detail = f"Send the header {HEADER}: a UUID, new for each request, the same when this one is sent again."
        return Fault("idempotency-key-missing", 400, detail, errors=found)
    return invalid(found)


async def on_fault(request: Request, error: HTTPException) -> Response:
    if isinstance(error, Fault):
        return _answer(request, error)
    status = error.status_code
    reason, detail = BY_STATUS.get(status, f"http-{status}"), DETAIL.get(status, str(error.detail))
    headers = {"Allow": _allowed(request)} if status == 405 else dict(error.headers or {})
    return _answer(request, Fault(reason, status, detail, headers=headers))


def _allowed(request: Request) -> str:
    """Every method of the address; the router itself names those of the first route alone. An address of its own, such
    as /v1/segments/preview, is none of those with a name in its place."""
    path = request.url.path
    matching = [route for route in request.app.state.routes if route.path_regex.match(path)]
    matching = [route for route in matching if route.path == path] or matching
    return ", ".join(sorted({method for route in matching for method in route.methods}))


async def on_unavailable(request: Request, error: DatabaseUnavailable) -> Response:
    detail = "The books cannot be reached just now. Nothing was written; send the same again."
    return _answer(request, Fault("database-unavailable", 503, detail, headers={"Retry-After": RETRY_AFTER_S}))


def _answer(request: Request, fault: Fault, language: str = "en") -> Response:
    request.state.reason = fault.reason
    return answer(fault, request.state.request_id, language)
