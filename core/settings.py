"""Every setting, with its meaning. `python -m core.settings` prints .env.example."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Read from the environment (REGULARS_…) and from .env; the environment wins."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_", env_file=".env", extra="ignore")

    database_url: str = Field(
        "sqlite:///var/regulars.db",
        description="Where the books are: sqlite:///path or postgresql+psycopg://user@host/name.",
    )
    program_file: Path = Field(
        Path("programs/five-tier.toml"),
        description="The loyalty program that is published when the database has none yet.",
    )
    bot_token: SecretStr = Field(SecretStr(""), description="The bot's token from @BotFather.")
    bot_api_url: str = Field(
        "https://api.telegram.org", description="Where the Bot API is; the sandbox's address to try things out."
    )
    send_rate: int = Field(
        30, ge=1, le=1000, description="Messages a second that leave at most; more than 30 only with paid broadcast."
    )
    paid_broadcast: bool = Field(
        False, description="Whether messages nobody asked for may cost Telegram Stars, to go faster than 30 a second."
    )
    promo_per_day: int = Field(1, ge=1, le=100, description="Promotional messages that a member gets a day at most.")
    promo_per_week: int = Field(3, ge=1, le=700, description="Promotional messages in seven days at most.")
    care_per_day: int = Field(3, ge=1, le=100, description="Care messages that a member gets a day at most.")
    care_per_week: int = Field(7, ge=1, le=700, description="Care messages in seven days at most.")
    resend_doubtful: bool = Field(
        True, description="Whether a transactional message that may not have arrived is sent once more."
    )
    staff_points_per_day: int = Field(
        500,
        ge=0,
        le=10_000_000,
        description="Points that one of the staff gives from chat a day without a second person.",
    )
    staff_coupons_per_day: int = Field(5, ge=0, le=1000, description="Coupons, likewise.")
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret Telegram sends with each webhook call; empty: the webhook is off."
    )
    webhook_url: str = Field(
        "",
        description="Public https address of /telegram/webhook; empty: the bot fetches its updates itself (polling).",
    )
    api_host: str = Field("127.0.0.1", description="Address that the HTTP API listens on.")
    api_port: int = Field(8000, ge=0, le=65535, description="Port of the HTTP API; 0 takes a free one.")
    sandbox_host: str = Field("127.0.0.1", description="Address that the sandbox listens on.")
    sandbox_port: int = Field(8081, ge=0, le=65535, description="Port of the sandbox; 0 takes a free one.")
    demo_members: int = Field(60, ge=1, le=2469, description="Households that `regulars demo` loads.")
    threads: int = Field(4, ge=1, le=64, description="Threads that serve the doors; more of them write less, not more.")
    busy_timeout_s: int = Field(10, ge=1, le=300, description="Seconds to wait for a locked database before giving up.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much is logged.")


def example() -> str:
    """The text of .env.example: each setting's meaning, then its default, commented out."""
    lines = ["# Settings of Regulars. Copy to .env and change what you need; the environment wins over this file.", ""]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        lines += [f"# {field.description}", f"#REGULARS_{name.upper()}={shown}", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(example(), end="")
