"""Every error is a problem (RFC 9457): for a person to read, for a program to branch on."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from core.rules.refusal import Fact

PROBLEM_JSON = "application/problem+json"


class Mistake(BaseModel):
    """One thing wrong with the request: where it stands, what is wrong, how to mend it."""

    where: Literal["body", "path", "query", "header"]
    pointer: str = Field(
        description="JSON pointer (RFC 6901) into that part of the request.", examples=["/lines/0/sku"]
    )
    what: str
    mend: str


class Problem(BaseModel):
    """What went wrong. `type` and `reason` are stable; `detail` is for people, in the language of Accept-Language."""

    type: str = Field(examples=["urn:regulars:problem:points-short"])
    title: str = Field(examples=["Points short"])
    status: int = Field(examples=[422])
    detail: str
    instance: str = Field(description="The request, as the log knows it.", examples=["urn:regulars:request:5b1c"])
    reason: str = Field(examples=["points-short"])
    facts: dict[str, Fact] = Field(description="What it was judged on.", examples=[{"needed": 500, "points": 120}])
    errors: list[Mistake] = Field(description="Where the request itself is at fault: each place.")
    version: int | None = Field(
        description="The version of the program in force where its rules or the books said no, else null.", examples=[3]
    )


class Fault(HTTPException):
    """A problem that HTTP itself knows about, raised by the doors; refusals of the rules are `Refused`.

    An HTTPException, because FastAPI turns whatever else comes up while a body is read into a 400.
    """

    def __init__(
        self,
        reason: str,
        status: int,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        facts: dict[str, Fact] | None = None,
        errors: list[Mistake] | None = None,
        version: int | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.reason, self.facts, self.errors, self.version = reason, facts or {}, errors or [], version


def answer(fault: Fault, request_id: str, language: str = "en") -> JSONResponse:
    problem = Problem(
        type=f"urn:regulars:problem:{fault.reason}",
        title=fault.reason.replace("-", " ").capitalize(),
        status=fault.status_code,
        detail=fault.detail,
        instance=f"urn:regulars:request:{request_id}",
        reason=fault.reason,
        facts=fault.facts,
        errors=fault.errors,
        version=fault.version,
    )
    headers = {**(fault.headers or {}), "Content-Language": language}
    return JSONResponse(problem.model_dump(), fault.status_code, headers=headers, media_type=PROBLEM_JSON)


WHEN = {
    400: "The request cannot be read: malformed JSON, a bad cursor, a missing Idempotency-Key.",
    401: "No key, or one that is not (any longer) known.",
    403: "The key lacks the scope.",
    404: "There is no such thing.",
    409: "It conflicts with the state of the books: a key used for another request, a coupon already redeemed, …",
    413: "The body is larger than 1 MiB, a photo than 10 MB.",
    415: "The body is not application/json, a photo neither image/jpeg nor image/png.",
    422: "The request is wrong (`errors` says where), or the program's rules refuse it (`reason`, `facts`).",
    503: "The database is locked or gone, or no program is published. Nothing was written; send the same again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem responses of a route, for OpenAPI; 503 may always be."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": WHEN[status], "content": {PROBLEM_JSON: {"schema": schema}}}
        for status in (*statuses, 503)
    }
