"""The settings: read once at the start from QUANYU_* variables and quanyu.toml, checked, and handed down as values.

Every setting is described in docs/settings.md; a test compares the two.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from dashboard.errors import SettingError

PREFIX = "QUANYU_"
FILE_VARIABLE = "QUANYU_CONFIG"
DEFAULT_FILE = "quanyu.toml"

NO_DATABASE = (
    "it is no address such as postgresql://user:password@host:5432/quanyu "
    "(in a password write @ as %40, / as %2F, : as %3A, % as %25)"
)
NO_REDIS = "it is no address such as redis://host:6379/0 (in a password write @ as %40, / as %2F, : as %3A)"


class Settings(BaseSettings):
    """All settings with their defaults. Variables win over the file; options of a command win over both."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    database_url: Annotated[str, Field(pattern=r"^(|postgres(ql)?://.*)$")] = ""
    redis_url: Annotated[str, Field(pattern=r"^(|(redis|rediss|unix)://.*)$")] = ""
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8050
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    sign_in: Literal["required", "demo"] = "required"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: Path | None = None
    oidc_groups: Path | None = None
    oidc_claim: Annotated[str, Field(min_length=1)] = "groups"
    watermark: bool = False
    audit_days: Annotated[int, Field(ge=180)] = 1095
    briefing_folder: Path | None = None
    briefing_cadences: Annotated[tuple[Literal["daily", "weekly", "monthly"], ...], NoDecode] = ("weekly",)
    briefing_forms: Annotated[tuple[Literal["pptx", "docx", "xlsx"], ...], NoDecode] = (
        "pptx",
        "docx",
        "xlsx",
    )
    briefing_regions: Annotated[tuple[str, ...], NoDecode] = ()
    briefing_hour: Annotated[int, Field(ge=0, le=47)] = 6
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    wsgi_threads: Annotated[int, Field(ge=1, le=256)] = 16
    max_streams: Annotated[int, Field(ge=1)] = 5000
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    data_dir: Path = Path("var/demo")
    min_free_mb: Annotated[int, Field(ge=0)] = 500
    max_upload_mb: Annotated[int, Field(ge=1)] = 1000
    ingest_queue: Annotated[int, Field(ge=100)] = 20_000
    ingest_body_kb: Annotated[int, Field(ge=16, le=64_000)] = 2048
    ingest_device_rate: Annotated[float, Field(gt=0)] = 5.0
    ingest_system_rate: Annotated[float, Field(gt=0)] = 1000.0
    positions_outside_shifts: bool = False
    jt808_port: Annotated[int, Field(ge=1, le=65535)] = 8808
    postgres_bin: Path | None = None
    valkey_server: Path | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class hands it over
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = os.environ.get(FILE_VARIABLE, DEFAULT_FILE)
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)

    @property
    def uploads(self) -> Path:
        """The folder of the files that people bring to be imported."""
        return self.data_dir / "uploads"

    @property
    def files(self) -> Path:
        """The folder of the files that are made for people."""
        return self.data_dir / "files"

    def require_servers(self) -> Settings:
        """These settings, provided that they name the database and the wire."""
        if not self.redis_url:
            reason = "it is not set; production needs it, `demo` brings its own servers"
            raise SettingError(name=variable("redis_url"), reason=reason)
        return self.require_database()

    @field_validator(
        "allowed_hosts", "briefing_cadences", "briefing_forms", "briefing_regions", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        """A variable holds names with commas between them, the file a list."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, value: str) -> str:
        """PostgreSQL's own parser decides. What it says is not repeated: it may hold half of the password."""
        if value:
            import psycopg

            try:
                parts = psycopg.conninfo.conninfo_to_dict(value)
            except psycopg.Error:
                raise ValueError(NO_DATABASE) from None
            ports = str(parts.get("port") or "5432").split(",")
            if "@" in str(parts.get("host") or "") or not all(port.isdigit() or not port for port in ports):
                raise ValueError(NO_DATABASE)
        return value

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, value: str) -> str:
        if value:
            import redis

            try:
                redis.connection.parse_url(value)  # type: ignore[no-untyped-call]
            except ValueError:
                raise ValueError(NO_REDIS) from None
        return value

    def require_database(self) -> Settings:
        """These settings, provided that they name the database."""
        if not self.database_url:
            reason = "it is not set; production needs it, with a demo give its --data-dir"
            raise SettingError(name=variable("database_url"), reason=reason)
        return self


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def load_settings(**options: object) -> Settings:
    """Read and check all settings. An option that is None counts as not given. Raises SettingError."""
    chosen = os.environ.get(FILE_VARIABLE)
    if chosen and not Path(chosen).is_file():
        raise SettingError(name=FILE_VARIABLE, reason=f"there is no file {chosen}")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic checks the values
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        reason = (
            "there is no such setting" if first["type"] == "extra_forbidden" else _reason(str(first["msg"]))
        )
        raise SettingError(name=variable(name), reason=reason) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingError(name=chosen or DEFAULT_FILE, reason=f"it is not TOML ({error})") from error


def unknown_variables() -> list[str]:
    """QUANYU_* variables that mean nothing, likely misspelt."""
    known = {variable(name) for name in Settings.model_fields} | {FILE_VARIABLE} | TEST_VARIABLES
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


TEST_VARIABLES = {"QUANYU_REQUIRE_BROWSER", "QUANYU_REQUIRE_OFFICE", "QUANYU_SHARED_DATA", "QUANYU_CHROMIUM"}


def _reason(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:].rstrip(".")
