"""The variables of Tableau, and what they come to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr

from qbo_pipeline.settings.errors import SettingsError
from qbo_pipeline.settings.quickbooks import Environment, QuickBooksVariables
from qbo_pipeline.settings.web_address import WebAddressOrOff

LOCAL_TABLEAU_URL = "http://127.0.0.1:8730"
"""Where `qbo-pipeline local serve tableau` listens unless told otherwise."""


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

    @property
    def place(self) -> str:
        """Tells the data source, by server, site, project and name, from every other."""
        parts = (self.server_url, self.site, self.project, self.data_source)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _server(text: str) -> str:
    """The address of a server, not of one of its pages, as browsers show it.

    Raises:
        ValueError: it is a page's, with what to set instead.
    """
    parts = urlsplit(text)
    if not (parts.query or parts.fragment):
        return text
    site = re.search(r"/site/([^/?]+)", parts.fragment)
    also = f" and TABLEAU_SITE={site[1]}" if site is not None else ""
    raise ValueError(f"{text} is a page: set TABLEAU_SERVER_URL={parts.scheme}://{parts.netloc}{also}")


class TableauVariables(QuickBooksVariables):
    """Where and as whom to publish to Tableau."""

    # Without its https:// Tableau's client takes it for http://, and would send the token in clear text.
    tableau_server_url: Annotated[WebAddressOrOff, AfterValidator(_server)] | None = Field(
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
