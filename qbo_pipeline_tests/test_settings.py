"""Settings: local by default, typed, and errors that name the variable."""

import re
from pathlib import Path

import pytest
from pydantic import AliasChoices

from qbo_pipeline.settings import Environment, Settings, SettingsError, load_settings

README = Path(__file__).parents[1] / "README.md"


@pytest.fixture(autouse=True)
def no_outside_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (
        "QBO_ENVIRONMENT",
        "QBO_COMPANIES",
        "QBO_API_BASE_URL",
        "QBO_PIPELINE_DATA_DIR",
        "QBO_STATE_URL",
        "QBO_WEBHOOK_VERIFIER_TOKEN",
    ):
        monkeypatch.delenv(name, raising=False)


def test_a_fresh_clone_talks_to_the_local_service() -> None:
    settings = load_settings()
    assert settings.environment is Environment.LOCAL
    assert settings.api_base_url.startswith("http://127.0.0.1:")


def test_the_environment_picks_intuits_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "production")
    settings = load_settings()
    assert settings.api_base_url == "https://quickbooks.api.intuit.com"
    assert settings.token_url == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"


def test_any_single_url_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")
    monkeypatch.setenv("QBO_API_BASE_URL", "https://gateway.example/")
    settings = load_settings()
    assert settings.api_base_url == "https://gateway.example"
    assert settings.token_url.startswith("https://oauth.platform.intuit.com")


def test_companies_are_a_comma_separated_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_COMPANIES", "123, 456,")
    assert load_settings().companies == ("123", "456")


def test_a_dot_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QBO_PIPELINE_DATA_DIR=elsewhere\n")
    assert load_settings().data.root == tmp_path / "elsewhere"


def test_a_variable_without_a_value_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates of `.env` name variables that nobody fills in; one in the environment is stronger all the same."""
    variables = {
        str(field.validation_alias.choices[0])
        for field in Settings.model_fields.values()
        if isinstance(field.validation_alias, AliasChoices)
    }
    for variable in variables:
        monkeypatch.delenv(variable, raising=False)
    defaults = load_settings()
    (tmp_path / ".env").write_text("".join(f"{variable}=\n" for variable in sorted(variables)))

    assert load_settings() == defaults

    (tmp_path / ".env").write_text("QBO_COMPANIES=123\n")
    monkeypatch.setenv("QBO_COMPANIES", "")
    assert load_settings().companies == ()


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_variables_of_other_programs_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Containers have an ENVIRONMENT, other programs a CLIENT_SECRET: only what README.md lists is ours."""
    ours = set(re.findall(r"`([A-Z][A-Z_]+)`", README.read_text()))
    others = [name.upper() for name in Settings.model_fields if name.upper() not in ours]
    assert {"ENVIRONMENT", "CLIENT_SECRET", "COMPANIES"} <= set(others)
    defaults = load_settings()
    if place == "environment":
        for name in others:
            monkeypatch.setenv(name, "production")
    else:
        (tmp_path / ".env").write_text("".join(f"{name}=production\n" for name in others))

    assert load_settings() == defaults

    monkeypatch.setenv("QBO_CLIENT_ID", "ours")
    assert load_settings().client_id == "ours"
    assert load_settings(client_id="given").client_id == "given"


def test_a_dot_env_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QBO_COMPANIES=123\n", encoding="utf-16")
    with pytest.raises(SettingsError, match=r"\.env is not UTF-8"):
        load_settings()


def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "staging")
    with pytest.raises(SettingsError, match=r"QBO_ENVIRONMENT.*'local', 'sandbox' or 'production'"):
        load_settings()


@pytest.mark.parametrize(
    ("folder", "told"), [("what next?/books", "question mark"), ("~nobody-of-this-name/books", "does not know")]
)
def test_a_data_folder_where_nothing_can_be_kept_is_refused(
    monkeypatch: pytest.MonkeyPatch, folder: str, told: str
) -> None:
    monkeypatch.setenv("QBO_PIPELINE_DATA_DIR", folder)
    with pytest.raises(SettingsError, match=rf"QBO_PIPELINE_DATA_DIR: .*{told}"):
        load_settings()


def test_nor_is_anything_kept_below_a_working_folder_of_such_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "what next?").mkdir()
    monkeypatch.chdir(tmp_path / "what next?")
    with pytest.raises(SettingsError, match="question mark"):
        load_settings()


@pytest.mark.parametrize(
    "variable",
    [
        "QBO_AUDIT_RETENTION_DAYS",
        "QBO_WEBHOOK_RETENTION_DAYS",
        "QBO_RUN_RETENTION_DAYS",
        "QBO_CDC_INTERVAL_SECONDS",
        "QBO_CDC_INTERVAL_WITH_WEBHOOKS_SECONDS",
    ],
)
@pytest.mark.parametrize("value", ["9999999999999", "inf"])
def test_a_time_longer_than_dates_reach_is_no_setting(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A load would find out when it prunes, and fail."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings()


@pytest.mark.parametrize(
    "variable", ["QBO_API_BASE_URL", "QBO_TOKEN_URL", "POWERBI_API_BASE_URL", "ONELAKE_URL", "TABLEAU_SERVER_URL"]
)
@pytest.mark.parametrize("value", ["http://[bad", "http://localhost:99999", "localhost:8710", "https://", "quickbooks"])
def test_what_is_no_address_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        load_settings()


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "https://10ax.online.tableau.com/#/site/mybooks/home",
            "TABLEAU_SERVER_URL=https://10ax.online.tableau.com and TABLEAU_SITE=mybooks",
        ),
        ("https://tableau.example.com/#/home", "set TABLEAU_SERVER_URL=https://tableau.example.com. "),
    ],
)
def test_the_address_of_a_page_of_tableau_is_named_with_what_to_set_instead(
    monkeypatch: pytest.MonkeyPatch, page: str, said: str
) -> None:
    monkeypatch.setenv("TABLEAU_SERVER_URL", page)

    with pytest.raises(SettingsError, match=re.escape(said)):
        load_settings()


def test_a_tableau_without_its_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tableau's client puts http:// before it: the token went over the network as anybody could read it."""
    monkeypatch.setenv("TABLEAU_SERVER_URL", "10ax.online.tableau.com")
    with pytest.raises(SettingsError, match=r"TABLEAU_SERVER_URL: .*https://"):
        load_settings()
    monkeypatch.setenv("TABLEAU_SERVER_URL", "off")
    assert load_settings().tableau is None


def test_a_history_that_begins_in_the_future_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_HISTORY_START", "2999-01")
    with pytest.raises(SettingsError, match=r"QBO_HISTORY_START.*2999-01 is in the future"):
        load_settings()


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_CLIENT_SECRET", "hunter2-hunter2")
    monkeypatch.setenv("QBO_STATE_URL", "postgresql://user:hunter2-hunter2@host/db")
    assert "hunter2" not in repr(load_settings())


def test_the_state_store_is_sqlite_in_the_data_folder_by_default(tmp_path: Path) -> None:
    assert load_settings().state_url == f"sqlite:///{tmp_path / 'data' / 'state' / 'state.sqlite'}"


def test_the_verifier_token_is_known_for_the_local_service_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(load_settings().webhook_verifier_tokens) == 1
    monkeypatch.setenv("QBO_ENVIRONMENT", "production")
    assert load_settings().webhook_verifier_tokens == ()


def test_several_verifier_tokens_are_taken_while_one_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_WEBHOOK_VERIFIER_TOKEN", "hunter2-old, hunter2-new,")
    settings = load_settings()
    assert settings.webhook_verifier_tokens == ("hunter2-old", "hunter2-new")
    assert "hunter2" not in repr(settings)


POWER_BI = ("POWERBI_TENANT_ID", "POWERBI_CLIENT_ID", "POWERBI_CLIENT_SECRET", "POWERBI_WORKSPACE_ID")


@pytest.fixture
def no_power_bi(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in POWER_BI:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_power_bi")
def test_local_books_go_to_the_local_power_bi_and_real_ones_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    local = load_settings().power_bi
    assert local is not None
    assert local.api_base_url == "http://127.0.0.1:8720/v1.0/myorg"
    monkeypatch.setenv("QBO_ENVIRONMENT", "production")
    assert load_settings().power_bi is None


@pytest.mark.usefixtures("no_power_bi")
def test_a_service_principal_publishes_to_microsoft_whatever_the_books(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in POWER_BI:
        monkeypatch.setenv(name, "hunter2-value")
    settings = load_settings()
    assert settings.power_bi is not None
    assert settings.power_bi.api_base_url == "https://api.powerbi.com/v1.0/myorg"
    assert settings.power_bi.authority_url == "https://login.microsoftonline.com"
    assert "hunter2-value" not in repr(settings.power_bi.client_secret)


@pytest.mark.usefixtures("no_power_bi")
def test_a_variable_of_power_bi_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERBI_TENANT_ID", "contoso")
    with pytest.raises(SettingsError, match="POWERBI_CLIENT_ID, POWERBI_CLIENT_SECRET, POWERBI_WORKSPACE_ID not set"):
        _ = load_settings().power_bi


@pytest.mark.parametrize("off", ["off", "OFF", " Off"])
def test_the_workspace_off_publishes_nothing(monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    monkeypatch.setenv("POWERBI_WORKSPACE_ID", off)
    assert load_settings().power_bi is None


@pytest.mark.usefixtures("no_power_bi")
@pytest.mark.parametrize("off", ["off", "OFF", " Off"])
def test_the_dataset_off_leaves_the_workspace_to_be_mirrored_to(monkeypatch: pytest.MonkeyPatch, off: str) -> None:
    """However it is written: a dataset of that name would be made in the workspace otherwise."""
    monkeypatch.setenv("POWERBI_DATASET", off)
    settings = load_settings(_env_file=None)

    assert settings.power_bi is None
    assert settings.place_of("power_bi") is None
    assert settings.power_bi_workspace is not None
    assert settings.power_bi_workspace.dataset == "QuickBooks Online"


def test_the_readme_lists_every_variable_with_its_default() -> None:
    told: dict[str, str] = {}
    for line in README.read_text().partition("\n## Settings\n")[2].partition("\n## ")[0].splitlines():
        if line.startswith("| `"):
            names, default, _ = (cell.strip() for cell in line.strip("|").split(" | "))
            told |= dict.fromkeys(re.findall(r"`(\w+)`", names), default.strip("`"))
    declared = {
        str(field.validation_alias.choices[0]): field.default
        for field in Settings.model_fields.values()
        if isinstance(field.validation_alias, AliasChoices)
    }
    assert told.keys() == declared.keys()
    plain = {name: default for name, default in declared.items() if type(default) in {int, float, bool, Environment}}
    assert {name: told[name] for name in plain} == {name: str(default).lower() for name, default in plain.items()}
