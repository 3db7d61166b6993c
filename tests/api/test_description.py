"""The OpenAPI description says all of it."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import FastAPI
from httpx import AsyncClient
from pydantic import BaseModel

from api.examples import EXAMPLES
from api.languages import preferred
from api.problems import PROBLEM_JSON


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, operation)
        for path, methods in app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_is_described(app: FastAPI) -> None:
    for method, path, operation in operations(app):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)


def test_every_error_is_a_problem(app: FastAPI) -> None:
    for method, path, operation in operations(app):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                schema = response["content"][PROBLEM_JSON]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}, (method, path, status)
    assert "HTTPValidationError" not in app.openapi()["components"]["schemas"]


def test_every_post_takes_the_header_or_says_it_needs_none(app: FastAPI) -> None:
    for method, path, operation in operations(app):
        if method == "POST":
            headers = {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}
            assert "Idempotency-Key" in headers or "Changes nothing" in operation["description"], path


def test_every_reference_is_there(app: FastAPI) -> None:
    description = app.openapi()
    named = set(re.findall(r"'#/components/schemas/([^']+)'", str(description)))
    assert named <= set(description["components"]["schemas"])


def test_every_body_of_ours_has_an_example_that_fits(app: FastAPI) -> None:
    bodies: dict[str, type[BaseModel]] = {}
    for route in app.state.routes:
        if route.body_field is not None:
            bodies[route.body_field.field_info.annotation.__name__] = route.body_field.field_info.annotation
    assert set(bodies) == set(EXAMPLES)
    for name, model in bodies.items():
        model.model_validate_json(json.dumps(EXAMPLES[name]))


async def test_is_served(anybody: AsyncClient, app: FastAPI) -> None:
    assert (await anybody.get("/openapi.json")).json() == app.openapi()


async def test_is_a_page_to_read(anybody: AsyncClient, app: FastAPI) -> None:
    page = await anybody.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for method, path, _ in operations(app):
        assert f"<b>{method}</b> <code>{path}</code>" in page.text
    assert EXAMPLES["PurchaseOrder"]["external_id"] in page.text
    assert "<li><strong>Keys</strong>: <code>Authorization: Bearer rk_…</code>; scopes till &lt; staff" in page.text
    assert "<script" not in page.text
    assert set(re.findall(r'(?:href|src)="([^#"][^"]*)"', page.text)) == {"/openapi.json"}


def test_prefers_the_language_that_weighs_most() -> None:
    assert preferred(None) == "en"
    assert preferred("zh-TW") == "zh-Hans"
    assert preferred("en;q=0.2, zh;q=0.9") == "zh-Hans"
    assert preferred("fr-CH, fr;q=0.9, *;q=0.5") == "en"
    assert preferred("zh;q=0") == "en"
    assert preferred("zh;q=x, en") == "en"
