"""Schemathesis against the description: requests that fit it and requests that do not, and every default check."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from pydantic import SecretStr

from api.app import create_app
from core.db.database import Database
from core.services.members.enrol import EnrolForm, enrol
from core.services.once import Caller
from core.services.programs.publish_program import ensure_program
from core.services.staff.keys import create_key
from core.settings import Settings
from core.shop import Shop
from tests.conftest import FIVE_TIER, CountingChance, FrozenClock

SECRET = SecretStr("hush")
PHASES = (Phase.explicit, Phase.generate)  # to shrink a request takes minutes
UNREADABLE = {"malformed-json", "malformed-body", "bad-request"}
# What fits the description may be refused by the rules, with a 422 that the default check takes for a fault, so that
# status is allowed below; but it is never refused for its shape, save for what JSON Schema cannot say.
BEYOND_SCHEMA = {
    "Input should be a valid integer",  # JSON Schema takes 1.0 for one; money and points do not
    "write an IANA zone such as Asia/Shanghai",
    "String should have at least 1 character",  # of a blank that is one to us and none to JSON Schema
    "quiet hours that begin and end at the same minute; give never_quiet to have none",
}

app = create_app(Shop(Database("sqlite://")), Settings(_env_file=None, webhook_secret=SECRET))
"""Its database is never opened: pytest collects before there are fixtures."""


@pytest.fixture(scope="module")
def key(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An admin's key, once the app has a shop on SQLite with a member in it."""
    file = tmp_path_factory.mktemp("schemathesis") / "regulars.db"
    shutil.copy(sqlite_template, file)
    database = Database(f"sqlite:///{file}")
    shop = Shop(database, FrozenClock(), CountingChance())
    ensure_program(shop, FIVE_TIER)
    enrol(shop, Caller("system", "anna"), EnrolForm(name="Anna", phone="+8613800138000", card_number="ANNA-1"))
    app.state.shop = shop
    yield create_key(shop, "prober", ["admin"])
    database.dispose()


config = schemathesis.Config.from_dict(
    {
        "generation": {"allow-x00": False},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "400", "401", "403", "404", "409", "422"]}
        },
    }
)
schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


def an_audience(context: Any) -> bool:
    """Bodies with a filter or with contents: to make one up takes minutes. Written tests hold them to what they say."""
    return context.operation.method.upper() in ("POST", "PATCH") and context.operation.path in FILTERED


FILTERED = (
    "/v1/campaigns",
    "/v1/campaigns/{campaign}",
    "/v1/campaigns/{campaign}/corrections",
    "/v1/segments",
    "/v1/segments/preview",
)


@schema.exclude(an_audience).parametrize()
@settings(max_examples=6, phases=PHASES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_api_is_as_described(case: schemathesis.Case[Any], key: str) -> None:
    response = case.call_and_validate(headers={"Authorization": f"Bearer {key}"})
    assert case.meta is not None
    if case.meta.generation.mode.is_positive and response.status_code in (400, 422):
        problem = response.json()
        found = [each for each in problem["errors"] if each["what"] not in BEYOND_SCHEMA]
        assert not found, f"{case.as_curl_command()}\n{found}"
        assert problem["reason"] not in UNREADABLE
