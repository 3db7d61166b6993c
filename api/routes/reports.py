"""Reports for staff, as JSON and as CSV for a spreadsheet."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import BeforeValidator

from api.auth import Staff
from api.depends import ShopOf
from api.problems import problems
from core.insight.member_report import MOST_MONTHS, MemberReport, member_report
from core.insight.member_report import as_csv as members_as_csv
from core.insight.stored_value_report import StoredValueReport, as_csv, report

router = APIRouter(prefix="/v1/reports", tags=["reports"])


def _written(value: str) -> str:
    """A number would be read as seconds since 1970."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("write a day as in 2026-03-02")
    return value


Day = Annotated[date, BeforeValidator(_written)]
Since = Annotated[Day | None, Query(description="The first day; without it, the first of the month.")]
Until = Annotated[Day | None, Query(description="The first day after it; without it, tomorrow.")]
Format = Annotated[
    Literal["json", "csv"] | None, Query(alias="format", description="Without it, Accept: text/csv asks for CSV.")
]
CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


@router.get("/members", summary="Who still comes", responses=problems(401, 403, 422) | CSV, response_model=MemberReport)
def members(
    shop: ShopOf,
    holder: Staff,
    months: Annotated[int, Query(ge=1, le=MOST_MONTHS, description="How many months back.")] = 12,
    wanted: Format = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> MemberReport | Response:
    """Scope: staff. Members who bought within a month, month by month, and how that moves; how many are at which stage,
    how many bought on one day, on two …; and how many stand in which fifths."""
    with shop.read() as session:
        told = member_report(shop, session, months)
    if wanted == "csv" or (wanted is None and accept.strip().lower().startswith("text/csv")):
        name = f'attachment; filename="members-{told.months[-1].until}.csv"'
        return Response(members_as_csv(told), media_type="text/csv", headers={"Content-Disposition": name})
    return told


@router.get(
    "/stored-value",
    summary="Stored value over a period",
    responses=problems(401, 403, 422) | CSV,
    response_model=StoredValueReport,
)
def stored_value(
    shop: ShopOf,
    holder: Staff,
    since: Since = None,
    until: Until = None,
    wanted: Format = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> StoredValueReport | Response:
    """Scope: staff. Topped up, bonus given, spent, refunded, taken back, lapsed, by store; and what members hold at the
    start and at the end."""
    with shop.read() as session:
        told = report(shop, session, since, until)
    if wanted == "csv" or (wanted is None and accept.strip().lower().startswith("text/csv")):
        name = f'attachment; filename="stored-value-{told.since}-{told.until}.csv"'
        return Response(as_csv(told), media_type="text/csv", headers={"Content-Disposition": name})
    return told
