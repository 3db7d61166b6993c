"""/docs: the description of the API as a page to read, with no script and nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

Json = dict[str, Any]
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
SCHEMAS = "#/components/schemas/"
COMMONMARK = MarkdownIt("commonmark", {"html": False})

router = APIRouter(include_in_schema=False)


@router.get("/docs")
def reference(request: Request) -> HTMLResponse:
    state = request.app.state
    if not hasattr(state, "reference"):
        state.reference = render(request.app.openapi())
    return HTMLResponse(state.reference, headers={"content-security-policy": POLICY})


@dataclass(frozen=True, slots=True)
class Operation:
    """One route. body: an example of what is sent. answers: status, what it means, the schema's name."""

    method: str
    path: str
    told: Json
    body: str
    answers: list[tuple[str, str, str]]


def render(description: Json) -> str:
    """The page of an OpenAPI description."""
    schemas: Json = description["components"]["schemas"]
    operations = list(_operations(description["paths"], schemas))
    nouns = [(tag, [each for each in operations if tag["name"] in each.told["tags"]]) for tag in description["tags"]]
    shown = {name: schema for name, schema in sorted(schemas.items()) if "properties" in schema}
    template = _environment().get_template("reference.html")
    return template.render(about=description["info"], nouns=nouns, schemas=shown, type_of=type_of)


@cache
def _environment() -> Environment:
    files = PackageLoader("api", ".")
    page = Environment(loader=files, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    page.filters["markdown"] = _html
    return page


def _html(markdown: str) -> Markup:
    """Descriptions are CommonMark in OpenAPI; HTML within it is shown as text."""
    return Markup(COMMONMARK.render(markdown))


def _operations(paths: Json, schemas: Json) -> Iterator[Operation]:
    for path, methods in paths.items():
        for method, told in methods.items():
            answers = [
                (status, answer["description"], _named(answer)) for status, answer in sorted(told["responses"].items())
            ]
            yield Operation(method.upper(), path, told, _example(told.get("requestBody", {}), schemas), answers)


def _named(content: Json) -> str:
    """The schema of a body in one of ours; empty where it is no JSON object."""
    for each in content.get("content", {}).values():
        reference: str = each.get("schema", {}).get("$ref", "")
        if reference:
            return reference.removeprefix(SCHEMAS)
    return ""


def _example(body: Json, schemas: Json) -> str:
    examples = schemas.get(_named(body), {}).get("examples")
    return json.dumps(examples[0], indent=2, ensure_ascii=False) if examples else ""


def type_of(schema: Json) -> str:
    """In a few words: `integer`, `list of PurchaseLine`, `text or nothing`."""
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(SCHEMAS)
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(map(type_of, choices)))
    if "enum" in schema or "const" in schema:
        return ", ".join(map(str, schema.get("enum", [schema.get("const")])))
    match schema.get("type"):
        case "array":
            return f"list of {type_of(schema.get('items', {}))}"
        case "string":
            return {"date-time": "moment with offset", "date": "date"}.get(schema.get("format", ""), "text")
        case "null":
            return "nothing"
        case None:
            return "anything"
        case other:
            return str(other)
