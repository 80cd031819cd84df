"""The variables of Power BI and Fabric, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AliasChoices, Field, SecretStr

from qbo_pipeline.settings.errors import SettingsError
from qbo_pipeline.settings.quickbooks import Environment, QuickBooksVariables
from qbo_pipeline.settings.web_address import WebAddress, is_off

LOCAL_POWER_BI_URL = "http://127.0.0.1:8720"
"""Where `qbo-pipeline local serve power-bi` listens unless told otherwise."""

LOCAL_POWER_BI_WORKSPACE = "11111111-2222-4333-8444-555555555555"
"""The workspace that the local Power BI starts with."""

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


_DATASET = "QuickBooks Online"


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

    @property
    def place(self) -> str:
        """Tells the dataset from every other."""
        return f"{self.workspace_id}/{self.dataset}"


class PowerBIVariables(QuickBooksVariables):
    """Where and as whom to publish to Power BI."""

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
        default=_DATASET,
        min_length=1,
        validation_alias=AliasChoices("POWERBI_DATASET", "power_bi_dataset"),
        description="Name of the push dataset in the workspace; `off` where the books are mirrored to Fabric alone.",
    )
    power_bi_api_base_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_API_BASE_URL", "power_bi_api_base_url_override"),
        description="Base URL of the Power BI REST API, instead of Microsoft's or the local one.",
    )
    power_bi_authority_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("POWERBI_AUTHORITY_URL", "power_bi_authority_url_override"),
        description="Base URL of the token endpoint, instead of Microsoft's or the local one.",
    )
    fabric_api_base_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("FABRIC_API_BASE_URL", "fabric_api_base_url_override"),
        description="Base URL of the Fabric REST API, instead of Microsoft's or the local one.",
    )
    onelake_url_override: WebAddress | None = Field(
        default=None,
        validation_alias=AliasChoices("ONELAKE_URL", "onelake_url_override"),
        description="Base URL of OneLake's file system, instead of Microsoft's or the local one.",
    )

    @property
    def power_bi(self) -> PowerBISettings | None:
        """Where and as whom to publish a push dataset; None where Power BI is not configured, or the dataset is `off`.

        Raises `SettingsError`: see `power_bi_workspace`.
        """
        return None if is_off(self.power_bi_dataset) else self.power_bi_workspace

    @property
    def power_bi_workspace(self) -> PowerBISettings | None:
        """The workspace, whether or not a push dataset is published to it; None where it is not configured.

        Raises `SettingsError` where some of the four variables are set and others are not.
        """
        if is_off(self.power_bi_workspace_id):
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
            # However it is written, it is one workspace: publishers of it are to meet.
            workspace_id=str(given["POWERBI_WORKSPACE_ID"]).strip().lower(),
            dataset=_DATASET if is_off(self.power_bi_dataset) else self.power_bi_dataset,
            api_base_url=(self.power_bi_api_base_url_override or urls["api"]).rstrip("/"),
            authority_url=(self.power_bi_authority_url_override or urls["authority"]).rstrip("/"),
            fabric_api_base_url=(self.fabric_api_base_url_override or urls["fabric"]).rstrip("/"),
            onelake_url=(self.onelake_url_override or urls["onelake"]).rstrip("/"),
        )
