"""Settings explain themselves, and .env.example says what they say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from core.settings import Settings, example

EXAMPLE = Path(__file__).parents[1] / ".env.example"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGULARS_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_example_is_up_to_date() -> None:
    assert EXAMPLE.read_text("utf-8") == example(), "mend it with: python -m core.settings > .env.example"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_meaning(name: str) -> None:
    description = Settings.model_fields[name].description

    assert description is not None
    assert description.endswith(".")
    assert f"# {description}\n#REGULARS_{name.upper()}=" in example()


def test_the_example_gives_the_defaults(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(example().replace("\n#REGULARS_", "\nREGULARS_"), "utf-8")

    assert Settings() == Settings(_env_file=None)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("REGULARS_API_PORT=9000\nREGULARS_SANDBOX_PORT=9001\n", "utf-8")
    monkeypatch.setenv("REGULARS_API_PORT", "9002")

    settings = Settings()

    assert (settings.api_port, settings.sandbox_port) == (9002, 9001)


def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_API_PORT", "eighty")

    with pytest.raises(ValidationError, match=r"api_port\n.*valid integer.*'eighty'"):
        Settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_BOT_TOKEN", "12345:secret")

    settings = Settings()

    assert "secret" not in repr(settings).replace("webhook_secret", "")
    assert settings.bot_token.get_secret_value() == "12345:secret"
