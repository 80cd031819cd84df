"""Every environment variable of the product, typed, documented and validated in one place.

All are optional: the defaults are the local services, so that a fresh clone runs. A `.env` file is read.
"""

from __future__ import annotations

from pydantic import ValidationError

from qbo_pipeline.settings.data_folder import DataFolder
from qbo_pipeline.settings.errors import SettingsError
from qbo_pipeline.settings.power_bi import PowerBISettings, PowerBIVariables
from qbo_pipeline.settings.quickbooks import LOCAL_QUICKBOOKS_URL, LOCAL_VERIFIER_TOKEN, Environment
from qbo_pipeline.settings.tableau import TableauApp, TableauSettings, TableauToken, TableauVariables

__all__ = [
    "LOCAL_QUICKBOOKS_URL",
    "LOCAL_VERIFIER_TOKEN",
    "DataFolder",
    "Environment",
    "PowerBISettings",
    "Settings",
    "SettingsError",
    "TableauApp",
    "TableauSettings",
    "TableauToken",
    "load_settings",
]


class Settings(TableauVariables, PowerBIVariables):
    """The settings of one process. Build it with `load_settings`, which turns errors into advice."""

    def place_of(self, destination: str) -> str | None:
        """Tells what is published to at `power_bi` or `tableau` from every other; None where nothing is.

        Raises `SettingsError` where some variables of it are set and others are not.
        """
        if destination == "power_bi":
            return None if self.power_bi is None else self.power_bi.place
        if destination == "tableau":
            return None if self.tableau is None else self.tableau.place
        return None


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
    except UnicodeDecodeError as error:
        raise SettingsError(f"The file .env is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
