"""Every environment variable of the product, typed, documented and validated in one place.

All are optional: the defaults are the local services, so that a fresh clone runs. A `.env` file is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOCAL_QUICKBOOKS_URL = "http://127.0.0.1:8710"
"""Where `qbo-pipeline local serve quickbooks` listens unless told otherwise."""

LOCAL_POWER_BI_URL = "http://127.0.0.1:8720"
"""Where `qbo-pipeline local serve power-bi` listens unless told otherwise."""

LOCAL_POWER_BI_WORKSPACE = "11111111-2222-4333-8444-555555555555"
"""The workspace that the local Power BI starts with."""

LOCAL_TABLEAU_URL = "http://127.0.0.1:8730"
"""Where `qbo-pipeline local serve tableau` listens unless told otherwise."""

LOCAL_VERIFIER_TOKEN = "local-verifier-token"  # noqa: S105  no secret: it signs what stays on this machine
"""Verifier token of webhooks unless told otherwise, while QuickBooks is the local one."""


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


_POWER_BI_URLS: dict[bool, dict[str, str]] = {
    True: {
        "api": f"{LOCAL_POWER_BI_URL}/v1.0/myorg",
        "authority": LOCAL_POWER_BI_URL,
        "fabric": f"{LOCAL_POWER_BI_URL}/v1",
        "onelake": f"{LOCAL_POWER_BI_URL}/onelake",
    },
    False: {
        "api": "https://api.powerbi.com/v1.0/myorg",
        "authority": "https://login.microsoftonline.com",
        "fabric": "https://api.fabric.microsoft.com/v1",
        "onelake": "https://onelake.dfs.fabric.microsoft.com",
    },
}
# Source: learn.microsoft.com, Power BI REST, Fabric REST and OneLake; by whether QuickBooks is the local one.


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and the fix."""


@dataclass(frozen=True, slots=True)
class PowerBISettings:
    """Where and as whom to publish: service principal, workspace, name of the dataset, URLs without a last slash."""

    tenant_id: str
    client_id: str
    client_secret: SecretStr
    workspace_id: str
    dataset: str
    api_base_url: str
    authority_url: str
    fabric_api_base_url: str
    onelake_url: str


@dataclass(frozen=True, slots=True)
class TableauToken:
    """A personal access token; Tableau keeps one session of it at a time."""

    name: str
    value: SecretStr


@dataclass(frozen=True, slots=True)
class TableauApp:
    """A connected app (direct trust), which signs in as a user."""

    client_id: str
    secret_id: str
    secret_value: SecretStr
    user: str


@dataclass(frozen=True, slots=True)
class TableauSettings:
    """Where and as whom to publish: server without a last slash, content URL of the site, project, data source."""

    server_url: str
    site: str
    """Empty: the default site of a Tableau Server."""
    project: str
    data_source: str
    """Its name, and that of the workbook beside it."""
    sign_in: TableauToken | TableauApp


class Settings(BaseSettings):
    """The settings of one process. Build it with `load_settings`, which turns errors into advice."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, populate_by_name=True
    )

    data_dir: Path = Field(
        default=Path("data"),
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
    api_base_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_API_BASE_URL", "api_base_url_override"),
        description="Base URL of the Accounting API, instead of the environment's.",
    )
    token_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_TOKEN_URL", "token_url_override"),
        description="OAuth token endpoint, instead of the environment's.",
    )
    authorize_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("QBO_AUTHORIZE_URL", "authorize_url_override"),
        description="OAuth authorize page, instead of the environment's.",
    )
    revoke_url_override: str | None = Field(
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
        validation_alias=AliasChoices("QBO_CDC_INTERVAL_SECONDS", "cdc_interval_seconds"),
        description="How often change data capture is asked about a company of which no webhooks arrive.",
    )
    cdc_interval_with_webhooks_seconds: float = Field(
        default=900,
        gt=0,
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
        validation_alias=AliasChoices("QBO_AUDIT_RETENTION_DAYS", "audit_retention_days"),
        description="How long requests, runs and webhook events stay in the audit trail; 0: for ever.",
    )
    webhook_retention_days: int = Field(
        default=90,
        ge=0,
        validation_alias=AliasChoices("QBO_WEBHOOK_RETENTION_DAYS", "webhook_retention_days"),
        description="How long webhook files are kept that were applied; 0: for ever.",
    )
    run_retention_days: int = Field(
        default=30,
        ge=0,
        validation_alias=AliasChoices("QBO_RUN_RETENTION_DAYS", "run_retention_days"),
        description="How long Dagster keeps the runs that sensors and the listener start; 0: for ever.",
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

    power_bi_tenant_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_TENANT_ID", "power_bi_tenant_id"),
        description="Entra tenant of the service principal that publishes to Power BI.",
    )
    power_bi_client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_CLIENT_ID", "power_bi_client_id"),
        description="Application (client) id of the service principal.",
    )
    power_bi_client_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_CLIENT_SECRET", "power_bi_client_secret"),
        description="Client secret of the service principal: its value, not its id.",
    )
    power_bi_workspace_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_WORKSPACE_ID", "power_bi_workspace_id"),
        description="The workspace that datasets are published to, never My workspace; `off` publishes nothing.",
    )
    power_bi_dataset: str = Field(
        default="QuickBooks Online",
        min_length=1,
        validation_alias=AliasChoices("POWERBI_DATASET", "power_bi_dataset"),
        description="Name of the push dataset in the workspace.",
    )
    power_bi_api_base_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_API_BASE_URL", "power_bi_api_base_url_override"),
        description="Base URL of the Power BI REST API, instead of Microsoft's or the local one.",
    )
    power_bi_authority_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_AUTHORITY_URL", "power_bi_authority_url_override"),
        description="Base URL of the token endpoint, instead of Microsoft's or the local one.",
    )
    fabric_api_base_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("FABRIC_API_BASE_URL", "fabric_api_base_url_override"),
        description="Base URL of the Fabric REST API, instead of Microsoft's or the local one.",
    )
    onelake_url_override: str | None = Field(
        default=None,
        validation_alias=AliasChoices("ONELAKE_URL", "onelake_url_override"),
        description="Base URL of OneLake's file system, instead of Microsoft's or the local one.",
    )

    tableau_server_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_SERVER_URL", "tableau_server_url"),
        description="Tableau Cloud's pod (https://10ax.online.tableau.com) or a server; `off` publishes nothing.",
    )
    tableau_site: str = Field(
        default="",
        validation_alias=AliasChoices("TABLEAU_SITE", "tableau_site"),
        description="The site as its URL has it (after /site/); empty is the default site of a Tableau Server.",
    )
    tableau_project: str = Field(
        default="QuickBooks Online",
        min_length=1,
        validation_alias=AliasChoices("TABLEAU_PROJECT", "tableau_project"),
        description="The project that data source and workbook are published to.",
    )
    tableau_data_source: str = Field(
        default="QuickBooks Online",
        min_length=1,
        max_length=64,
        pattern=r"^[^/\\\\:*?\"<>|]+$",
        validation_alias=AliasChoices("TABLEAU_DATA_SOURCE", "tableau_data_source"),
        description="Name of the data source and the workbook, on the site and in data/tableau.",
    )
    tableau_pat_name: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_PAT_NAME", "tableau_pat_name"),
        description="Name of a personal access token.",
    )
    tableau_pat_value: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_PAT_VALUE", "tableau_pat_value"),
        description="Its secret.",
    )
    tableau_client_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_CLIENT_ID", "tableau_client_id"),
        description="Client id of a connected app (direct trust), instead of a token.",
    )
    tableau_secret_id: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_SECRET_ID", "tableau_secret_id"),
        description="Id of one of its secrets.",
    )
    tableau_secret_value: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_SECRET_VALUE", "tableau_secret_value"),
        description="The secret's value.",
    )
    tableau_user: str | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_USER", "tableau_user"),
        description="The user that the connected app signs in as.",
    )
    tableau_webhook_secret: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("TABLEAU_WEBHOOK_SECRET", "tableau_webhook_secret"),
        description="The last part of the path that Tableau's webhooks are sent to: 32 characters or more.",
    )

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
    def power_bi(self) -> PowerBISettings | None:
        """Where and as whom to publish to Power BI; None where it is not configured.

        Raises `SettingsError` where some of the four variables are set and others are not.
        """
        if self.power_bi_workspace_id == "off":
            return None
        local = self.environment is Environment.LOCAL
        secret = self.power_bi_client_secret
        given: dict[str, str | None] = {
            "POWERBI_TENANT_ID": self.power_bi_tenant_id,
            "POWERBI_CLIENT_ID": self.power_bi_client_id,
            "POWERBI_CLIENT_SECRET": secret.get_secret_value() if secret is not None else None,
            "POWERBI_WORKSPACE_ID": self.power_bi_workspace_id,
        }
        if not any(given.values()):
            if not local:
                return None
            given.update(dict.fromkeys(given, "local") | {"POWERBI_WORKSPACE_ID": LOCAL_POWER_BI_WORKSPACE})
        if missing := [name for name, value in given.items() if not value]:
            raise SettingsError(f"{', '.join(missing)} not set: Power BI needs all four of {', '.join(given)}.")
        # Credentials of a real tenant never go to the local service, nor local ones to Microsoft.
        urls = _POWER_BI_URLS[local and given["POWERBI_TENANT_ID"] == "local"]
        return PowerBISettings(
            tenant_id=str(given["POWERBI_TENANT_ID"]),
            client_id=str(given["POWERBI_CLIENT_ID"]),
            client_secret=SecretStr(str(given["POWERBI_CLIENT_SECRET"])),
            workspace_id=str(given["POWERBI_WORKSPACE_ID"]),
            dataset=self.power_bi_dataset,
            api_base_url=(self.power_bi_api_base_url_override or urls["api"]).rstrip("/"),
            authority_url=(self.power_bi_authority_url_override or urls["authority"]).rstrip("/"),
            fabric_api_base_url=(self.fabric_api_base_url_override or urls["fabric"]).rstrip("/"),
            onelake_url=(self.onelake_url_override or urls["onelake"]).rstrip("/"),
        )

    @property
    def tableau(self) -> TableauSettings | None:
        """Where and as whom to publish to Tableau; None where it is not configured.

        Raises `SettingsError` where the server or the credentials are not all there.
        """
        if self.tableau_server_url == "off":
            return None
        token = {"TABLEAU_PAT_NAME": self.tableau_pat_name, "TABLEAU_PAT_VALUE": self.tableau_pat_value}
        app = {
            "TABLEAU_CLIENT_ID": self.tableau_client_id,
            "TABLEAU_SECRET_ID": self.tableau_secret_id,
            "TABLEAU_SECRET_VALUE": self.tableau_secret_value,
            "TABLEAU_USER": self.tableau_user,
        }
        given = app if any(app.values()) else token
        server = self.tableau_server_url
        if not any(given.values()) and self.environment is Environment.LOCAL:
            # The local service knows this token; a real one refuses it.
            given = {"TABLEAU_PAT_NAME": "local", "TABLEAU_PAT_VALUE": SecretStr("local")}
            server = server or LOCAL_TABLEAU_URL
        if server is None and not any(given.values()):
            return None
        if missing := [name for name, value in {"TABLEAU_SERVER_URL": server, **given}.items() if not value]:
            raise SettingsError(
                f"{', '.join(missing)} not set: Tableau needs TABLEAU_SERVER_URL and either {', '.join(token)} or "
                f"{', '.join(app)}."
            )
        sign_in = TableauToken(*given.values()) if len(given) == len(token) else TableauApp(*given.values())  # type: ignore[arg-type]  # none is None here
        return TableauSettings(
            str(server).rstrip("/"), self.tableau_site, self.tableau_project, self.tableau_data_source, sign_in
        )

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


class DataFolder:
    """Where everything the pipeline makes lives, below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lake = root / "lake"
        self.warehouse = root / "warehouse.duckdb"
        """What users open; replaced atomically, never written in place."""
        self.build = root / "build" / "warehouse.duckdb"
        """The writer's private database."""
        self.webhooks = root / "webhooks"
        """Webhook files: inbox, processing, processed, rejected."""
        self.listener_lock = root / "webhooks" / "listener.lock"
        """Held by `qbo-pipeline listen` while it lives."""
        self.applying_lock = root / "webhooks" / "applying.lock"
        """Held by a run while it takes from the inbox what arrives."""
        self.power_bi_project = root / "power_bi" / "project"
        """Where the demo writes the Power BI project."""
        self.tableau = root / "tableau"
        """Extract, data source and workbook, for Tableau Desktop as for a server."""
        self.state = root / "state"
        self.dagster_home = root / "dagster"
        self.local = root / "local"
        """State of the local services."""

    def publisher_lock(self, destination: str) -> Path:
        """Held by the part of `qbo-pipeline listen` that publishes to a destination, while it lives."""
        return self.root / "build" / f"publisher-{destination}.lock"

    def turn_lock(self, destination: str) -> Path:
        """Held by the run whose turn it is to publish to a destination."""
        return self.root / "build" / f"turn-{destination}.lock"


def load_settings(**overrides: object) -> Settings:
    """Read the settings from overrides, the environment and `.env`.

    Raises:
        SettingsError: naming each variable that does not fit and what it should be.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates what mypy cannot see
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in issue['loc'])}: {issue['msg']}" for issue in error.errors()
        )
        raise SettingsError(f"Settings are not usable: {problems}. See the table in README.md.") from None
