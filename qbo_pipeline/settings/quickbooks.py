"""The variables of QuickBooks, of how the pipeline works with it, and of what it keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from qbo_pipeline.settings.data_folder import DataFolder
from qbo_pipeline.settings.web_address import WebAddress

LOCAL_QUICKBOOKS_URL = "http://127.0.0.1:8710"
"""Where `qbo-pipeline local serve quickbooks` listens unless told otherwise."""

LOCAL_VERIFIER_TOKEN = "local-verifier-token"  # noqa: S105  no secret: it signs what stays on this machine
"""Verifier token of webhooks unless told otherwise, while QuickBooks is the local one."""

LONGEST_DAYS = 36_500
"""A century. Calendars end, so that no number of days can be counted back; what is kept for ever has 0."""


class Environment(StrEnum):
    """Which QuickBooks the pipeline talks to; it picks the default URLs and nothing else."""

    LOCAL = "local"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


_INTUIT_OAUTH = {
    "authorize": "https://appcenter.intuit.com/connect/oauth2",
    "token": "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    "revoke": "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
}
# Source: Intuit's OAuth discovery documents (production and sandbox name the same three endpoints).
_URLS: dict[Environment, dict[str, str]] = {
    Environment.LOCAL: {
        "api": LOCAL_QUICKBOOKS_URL,
        "authorize": f"{LOCAL_QUICKBOOKS_URL}/connect/oauth2",
        "token": f"{LOCAL_QUICKBOOKS_URL}/oauth2/v1/tokens/bearer",
        "revoke": f"{LOCAL_QUICKBOOKS_URL}/v2/oauth2/tokens/revoke",
    },
    Environment.SANDBOX: {"api": "https://sandbox-quickbooks.api.intuit.com", **_INTUIT_OAUTH},
    Environment.PRODUCTION: {"api": "https://quickbooks.api.intuit.com", **_INTUIT_OAUTH},
}


def variable_of(name: str, field: FieldInfo) -> str:
    """The environment variable of a field of the settings."""
    return str(getattr(field.validation_alias, "choices", [name])[0])


class QuickBooksVariables(BaseSettings):
    """Which QuickBooks, which companies, how often, and where everything lives."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(
        default=Path("data"),
        validate_default=True,
        validation_alias=AliasChoices("QBO_PIPELINE_DATA_DIR", "data_dir"),
        description="Where lake, warehouse, webhook files, extracts and state live.",
    )
    environment: Environment = Field(
        default=Environment.LOCAL,
        validation_alias=AliasChoices("QBO_ENVIRONMENT", "environment"),
        description="`local`, `sandbox` or `production`: picks the URLs.",
    )
    client_id: str = Field(
        default="local-client-id",
        validation_alias=AliasChoices("QBO_CLIENT_ID", "client_id"),
        description="Client id of the Intuit app.",
    )
    client_secret: SecretStr = Field(
        default=SecretStr("local-client-secret"),
        validation_alias=AliasChoices("QBO_CLIENT_SECRET", "client_secret"),
        description="Client secret of the Intuit app.",
    )
    api_base_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_API_BASE_URL", "api_base_url_override"),
        description="Base URL of the Accounting API, instead of the environment's.",
    )
    token_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_TOKEN_URL", "token_url_override"),
        description="OAuth token endpoint, instead of the environment's.",
    )
    authorize_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_AUTHORIZE_URL", "authorize_url_override"),
        description="OAuth authorize page, instead of the environment's.",
    )
    revoke_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_REVOKE_URL", "revoke_url_override"),
        description="OAuth revoke endpoint, instead of the environment's.",
    )
    companies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        validation_alias=AliasChoices("QBO_COMPANIES", "companies"),
        description="Realm ids to work on, comma separated; empty means every connected company.",
    )
    webhook_verifier_token: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_WEBHOOK_VERIFIER_TOKEN", "webhook_verifier_token"),
        description="Verifier token of the app's webhooks; several, comma separated, while one is replaced.",
    )
    history_start: str | None = Field(
        default=None,
        pattern=r"^\d{4}-(0[1-9]|1[0-2])(-\d{2})?$",
        validation_alias=AliasChoices("QBO_HISTORY_START", "history_start"),
        description="First month of backfills, YYYY-MM; by default the month of the company's first transaction.",
    )
    closing_date: date | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_CLOSING_DATE", "closing_date"),
        description="Last day of the closed books, YYYY-MM-DD, instead of the closing date set in each company.",
    )
    cdc_interval_seconds: float = Field(
        default=300,
        gt=0,
        le=LONGEST_DAYS * 86_400.0,
        validation_alias=AliasChoices("QBO_CDC_INTERVAL_SECONDS", "cdc_interval_seconds"),
        description="How often change data capture is asked about a company of which no webhooks arrive.",
    )
    cdc_interval_with_webhooks_seconds: float = Field(
        default=900,
        gt=0,
        le=LONGEST_DAYS * 86_400.0,
        validation_alias=AliasChoices("QBO_CDC_INTERVAL_WITH_WEBHOOKS_SECONDS", "cdc_interval_with_webhooks_seconds"),
        description="How often where they do, unless the other is longer: it finds what they missed.",
    )
    call_budget_per_month: int = Field(
        default=500_000,
        gt=0,
        validation_alias=AliasChoices("QBO_CALL_BUDGET_PER_MONTH", "call_budget_per_month"),
        description="API calls of a month, all companies of the app together; polling keeps to what is left of them.",
    )
    allow_reference_write: bool = Field(
        default=False,
        validation_alias=AliasChoices("QBO_ALLOW_REFERENCE_WRITE", "allow_reference_write"),
        description="Lets `reference apply` write accounts, classes and departments; nothing else is ever written.",
    )
    audit_retention_days: int = Field(
        default=400,
        ge=0,
        le=LONGEST_DAYS,
        validation_alias=AliasChoices("QBO_AUDIT_RETENTION_DAYS", "audit_retention_days"),
        description="How long requests, runs and webhook events stay in the audit trail; 0: for ever.",
    )
    webhook_retention_days: int = Field(
        default=90,
        ge=0,
        le=LONGEST_DAYS,
        validation_alias=AliasChoices("QBO_WEBHOOK_RETENTION_DAYS", "webhook_retention_days"),
        description="How long webhook files are kept that were applied; 0: for ever.",
    )
    run_retention_days: int = Field(
        default=30,
        ge=0,
        le=LONGEST_DAYS,
        validation_alias=AliasChoices("QBO_RUN_RETENTION_DAYS", "run_retention_days"),
        description="How long Dagster keeps the runs that sensors, schedules and the listener start; 0: for ever.",
    )
    encryption_key: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_PIPELINE_ENCRYPTION_KEY", "encryption_key"),
        description="Fernet key of the credentials at rest; else the OS keyring, else a key file of mode 0600.",
    )
    state_url_override: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_STATE_URL", "state_url_override"),
        description="SQLAlchemy URL of tokens, cursors and request budgets; SQLite in the data folder by default.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Overrides, then the environment, then `.env`; of those two nothing but the variables that README.md lists.

        Fields can be given by their own names as well, and pydantic would look for those among the variables too:
        ENVIRONMENT, CLIENT_ID, CLIENT_SECRET or COMPANIES are anybody's.
        """
        ours = {variable_of(name, field).lower() for name, field in settings_cls.model_fields.items()}
        for source in (env_settings, dotenv_settings):
            if isinstance(source, EnvSettingsSource):
                source.env_vars = {name: one for name, one in source.env_vars.items() if name.lower() in ours}
        return init_settings, env_settings, dotenv_settings

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_empty(cls, values: object) -> object:
        """A variable without a value, as templates of `.env` have them, says nothing: its default holds."""
        return {name: one for name, one in values.items() if one != ""} if isinstance(values, dict) else values

    @field_validator("data_dir")
    @classmethod
    def _refuse_what_is_no_place(cls, value: Path) -> Path:
        """DuckDB and SQLAlchemy take what follows a question mark for options: tokens would lie beside the folder."""
        try:
            path = value.expanduser().resolve()
        except RuntimeError:  # ~somebody
            raise ValueError(f"{value} begins with the home of a user whom this machine does not know") from None
        if "?" in str(path):
            raise ValueError(f"{path} has a question mark, which no path of a database may have: choose another")
        return value

    @field_validator("history_start")
    @classmethod
    def _refuse_a_start_to_come(cls, value: str | None) -> str | None:
        if value is not None and value[:7] > f"{datetime.now(UTC):%Y-%m}":
            raise ValueError(f"{value} is in the future: no month would be left to load")
        return value

    @field_validator("companies", mode="before")
    @classmethod
    def _split_companies(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @property
    def api_base_url(self) -> str:
        """Base URL of the Accounting API, without a trailing slash."""
        return (self.api_base_url_override or _URLS[self.environment]["api"]).rstrip("/")

    @property
    def token_url(self) -> str:
        """OAuth token endpoint: authorization codes and refreshes."""
        return self.token_url_override or _URLS[self.environment]["token"]

    @property
    def authorize_url(self) -> str:
        """The page where a person clicks Connect."""
        return self.authorize_url_override or _URLS[self.environment]["authorize"]

    @property
    def revoke_url(self) -> str:
        """OAuth revoke endpoint."""
        return self.revoke_url_override or _URLS[self.environment]["revoke"]

    @property
    def webhook_verifier_tokens(self) -> tuple[str, ...]:
        """The tokens a webhook may be signed with; none when none is set and QuickBooks is a real one."""
        if self.webhook_verifier_token is None:
            return (LOCAL_VERIFIER_TOKEN,) if self.environment is Environment.LOCAL else ()
        parts = self.webhook_verifier_token.get_secret_value().split(",")
        return tuple(part.strip() for part in parts if part.strip())

    @cached_property
    def data(self) -> DataFolder:
        """The paths below the data folder, absolute."""
        return DataFolder(self.data_dir.expanduser().resolve())

    @property
    def state_url(self) -> str:
        """SQLAlchemy URL of the state store."""
        if self.state_url_override is not None:
            return self.state_url_override.get_secret_value()
        return f"sqlite:///{self.data.state / 'state.sqlite'}"
