from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.fernet import Fernet

from qbo_pipeline.command_line import connect as connecting
from qbo_pipeline.command_line.companies import connections
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.quickbooks.client import open_vault
from qbo_pipeline.quickbooks.errors import NotAdmittedError
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline.state.store import StateStore
from qbo_pipeline_tests.command_line.conftest import REALM, Run
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply, StubService

TOKENS = {
    "token_type": "bearer",
    "access_token": "access-1",
    "expires_in": 3600,
    "refresh_token": "refresh-1",
    "x_refresh_token_expires_in": 8726400,
}


def quickbooks(received: Received) -> Reply:
    if "companyinfo" in received.path:
        return Reply({"CompanyInfo": {"Id": "1", "CompanyName": "Larkspur Advisory"}, "time": "2026-11-20T10:00:00Z"})
    return Reply(TOKENS)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubService]:
    with StubService(quickbooks) as service:
        monkeypatch.setenv("QBO_API_BASE_URL", service.url)
        monkeypatch.setenv("QBO_TOKEN_URL", f"{service.url}/token")
        yield service


@pytest.fixture
def redirect_uri() -> str:
    return f"http://localhost:{free_port()}/callback"


class Person:
    """Follows the authorize page to the redirect in a thread, as a browser would."""

    def __init__(self, *clicks: dict[str, str]) -> None:
        self.clicks = clicks or ({},)
        self.page = ""
        self.seen: list[str] = []
        self.gone = threading.Event()

    def open(self, page: str) -> bool:
        self.page = page
        asked = {key: values[0] for key, values in parse_qs(urlsplit(page).query).items()}
        threading.Thread(target=self._follow, args=(asked,)).start()
        return True

    def _follow(self, asked: dict[str, str]) -> None:
        root = asked["redirect_uri"].replace("localhost", "127.0.0.1")
        # A browser opens connections ahead of need and asks for its icon first; neither is the redirect.
        address = urlsplit(root)
        with socket.create_connection((address.hostname or "", address.port or 0)):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(root.replace("callback", "favicon.ico"))
            answers = [{"code": "code-1", "realmId": REALM, "state": asked["state"]} | one for one in self.clicks]
            clicks = [threading.Thread(target=self._click, args=(f"{root}?{urlencode(answer)}",)) for answer in answers]
            for click in clicks:
                click.start()
            for click in clicks:
                click.join()
        self.gone.set()

    def _click(self, url: str) -> None:
        try:
            with urllib.request.urlopen(url) as answer:
                self.seen.append(answer.read().decode())
        except urllib.error.HTTPError as refused:
            self.seen.append(refused.read().decode())


def test_a_click_in_the_browser_connects_and_names_the_company(
    service: StubService, redirect_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    person, settings = Person(), load_settings()

    connecting.connect(settings, redirect_uri=redirect_uri, open_page=person.open)

    [connection] = connections(settings)
    assert (connection.realm_id, connection.company_name) == (REALM, "Larkspur Advisory")
    assert connection.environment == "local"
    [exchange] = service.requests_to("/token")
    assert (exchange.form["code"], exchange.form["redirect_uri"]) == ("code-1", redirect_uri)
    captured = capsys.readouterr()
    assert captured.out == f"Connected Larkspur Advisory ({REALM}).\n"
    assert person.page in captured.err.splitlines()  # in one piece, to be copied
    assert f"qbo-pipeline backfill --company {REALM}" in captured.err
    assert "code-1" not in captured.out + captured.err
    assert person.gone.wait(PATIENCE_SECONDS)
    assert "Larkspur Advisory is connected" in person.seen[0]


def test_a_redirect_of_another_attempt_is_turned_away_and_the_right_one_still_connects(
    service: StubService, redirect_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    person, settings = Person({"state": "of an old page", "code": "forged"}, {}), load_settings()

    connecting.connect(settings, redirect_uri=redirect_uri, open_page=person.open)

    assert [exchange.form["code"] for exchange in service.requests_to("/token")] == ["code-1"]
    assert person.gone.wait(PATIENCE_SECONDS)
    assert sum("earlier attempt" in page for page in person.seen) == 1


@pytest.mark.parametrize("query", ["", "?", "?nothing"])
def test_whoever_just_looks_at_the_page_does_not_end_the_wait(
    service: StubService, redirect_uri: str, query: str
) -> None:
    person = Person()

    def look_then_click(page: str) -> bool:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(redirect_uri.replace("localhost", "127.0.0.1") + query)
        person.seen.append(refused.value.read().decode())
        return person.open(page)

    connecting.connect(load_settings(), redirect_uri=redirect_uri, open_page=look_then_click)

    assert person.gone.wait(PATIENCE_SECONDS)
    assert "Click Connect there" in person.seen[0]
    assert "Larkspur Advisory is connected" in person.seen[1]


def test_the_same_redirect_twice_is_exchanged_once_and_both_pages_say_connected(
    service: StubService, redirect_uri: str
) -> None:
    person = Person({}, {}, {"code": "code-of-a-double-click"})

    connecting.connect(load_settings(), redirect_uri=redirect_uri, open_page=person.open)

    assert len(service.requests_to("/token")) == 1
    assert person.gone.wait(PATIENCE_SECONDS)
    assert ["is connected" in page for page in person.seen] == [True, True, True]


def test_a_code_that_was_used_already_says_so(run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "state-1")
    service.script = lambda _: Reply('{"error":"invalid_grant"}', 400)

    answer = run("connect", "--no-browser", typed=f"http://localhost/x?code=c&state=state-1&realmId={REALM}\n")

    assert answer.exit_code == 1
    assert "it was used already" in answer.told
    assert "qbo-pipeline connect" in answer.told


def test_a_company_that_the_api_does_not_open_is_not_connected_and_the_environment_is_named(
    service: StubService, redirect_uri: str
) -> None:
    fault = {"Fault": {"Error": [{"Message": "ApplicationAuthorizationFailed", "code": "3100"}], "type": "SERVICE"}}
    service.script = lambda received: Reply(TOKENS) if "token" in received.path else Reply(fault, 403)
    person, settings = Person(), load_settings()

    with pytest.raises(NotAdmittedError, match=r"in the environment local.*QBO_ENVIRONMENT"):
        connecting.connect(settings, redirect_uri=redirect_uri, open_page=person.open)

    assert connections(settings) == []
    assert person.gone.wait(PATIENCE_SECONDS)
    assert "Not connected" in person.seen[0]


def test_a_company_connected_anew_replaces_its_tokens_only_when_the_new_ones_work(
    service: StubService, connected: Callable[..., None], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "state-1")
    connected()
    pasted = f"http://localhost/x?code=c&state=state-1&realmId={REALM}\n"

    service.script = lambda received: Reply(TOKENS) if "token" in received.path else Reply(b"", 403)
    assert run("connect", "--no-browser", typed=pasted).exit_code == 1
    assert stored_refresh_token() == "refresh"

    service.script = quickbooks
    answer = run("connect", "--no-browser", typed=pasted)
    assert answer.exit_code == 0, answer.told
    assert stored_refresh_token() == "refresh-1"
    assert "qbo-pipeline sync" in answer.told


def stored_refresh_token() -> str:
    settings = load_settings()
    with StateStore(settings.state_url) as store:
        grant = open_vault(settings, store).grant(REALM)
    assert grant is not None
    return grant.refresh_token


def test_keys_that_are_not_set_are_told_before_anybody_clicks(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", "sandbox")

    answer = run("connect", "--no-browser")

    assert answer.exit_code == 1
    assert "QBO_CLIENT_ID is not set" in answer.told
    assert "Open this page" not in answer.told


@pytest.mark.parametrize(
    ("environment", "redirect_uri", "told"),
    [
        ("production", "http://localhost:8711/callback", "production apps to https addresses only"),
        ("production", "https://203.0.113.7/callback", "no IP addresses"),
        ("sandbox", "http://127.0.0.1:8711/callback", "no IP addresses"),
        ("sandbox", "http://[::1]:8711/callback", "no IP addresses"),
        ("sandbox", "http://books.example/back", "other machines than localhost to https addresses only"),
        ("sandbox", "http://localhost:8711/callback", None),
        ("sandbox", "https://books.example/back", None),
        ("production", "https://books.example/back", None),
        ("local", "http://127.0.0.1:8711/callback", None),
    ],
)
def test_where_intuit_does_not_redirect_to_is_told_before_anybody_clicks(
    run: Run, monkeypatch: pytest.MonkeyPatch, environment: str, redirect_uri: str, told: str | None
) -> None:
    monkeypatch.setenv("QBO_ENVIRONMENT", environment)
    monkeypatch.setenv("QBO_CLIENT_ID", "AB1")

    answer = run("connect", "--no-browser", "--redirect-uri", redirect_uri, typed="")

    shown = " ".join(answer.told.split())
    assert answer.exit_code == 1
    assert (told or "standard input is closed") in shown
    assert ("Open this page" in shown) is (told is None)


def test_an_https_address_of_this_machine_is_pasted_for_the_callback_speaks_http(
    run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "state-1")

    pasted = f"https://localhost:8711/callback?code=c&state=state-1&realmId={REALM}\n"
    answer = run("connect", "--redirect-uri", "https://localhost:8711/callback", typed=pasted)

    assert answer.exit_code == 0, answer.told


def test_a_key_that_does_not_open_what_is_stored_is_told_before_anybody_clicks(
    run: Run, connected: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected()
    monkeypatch.setenv("QBO_PIPELINE_ENCRYPTION_KEY", Fernet.generate_key().decode())

    answer = run("connect", "--no-browser")

    assert answer.exit_code == 1
    assert "Larkspur Advisory" in answer.told
    assert "Open this page" not in answer.told


def test_nobody_at_the_keyboard_is_told_and_not_a_traceback(run: Run) -> None:
    answer = run("connect", "--no-browser", typed="")

    assert answer.exit_code == 1
    assert "standard input is closed" in answer.told


def test_a_person_who_declines_is_told_so(service: StubService, redirect_uri: str) -> None:
    person = Person({"error": "access_denied", "error_description": "the user declined"})

    with pytest.raises(CommandError, match="the user declined"):
        connecting.connect(load_settings(), redirect_uri=redirect_uri, open_page=person.open)

    assert service.received == []


def test_without_a_browser_the_address_of_the_redirect_is_pasted(
    run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "state-1")

    answer = run(
        "connect", "--no-browser", "--json", typed=f"http://localhost/x?code=c&state=state-1&realmId={REALM}\n"
    )

    assert answer.exit_code == 0, answer.told
    assert "/connect/oauth2?client_id=local-client-id" in answer.told
    assert answer.json == {"realm_id": REALM, "name": "Larkspur Advisory", "anew": False}


def test_a_redirect_address_elsewhere_is_pasted_too(
    run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "state-1")

    answer = run(
        "connect", "--redirect-uri", "https://books.example/back",
        typed=f"https://books.example/back?code=c&state=state-1&realmId={REALM}\n",
    )  # fmt: skip

    assert answer.exit_code == 0, answer.told
    assert service.requests_to("/token")[0].form["redirect_uri"] == "https://books.example/back"


def test_nonsense_pasted_fails_with_what_to_do(run: Run) -> None:
    answer = run("connect", "--no-browser", typed="what?\n")

    assert answer.exit_code == 1
    assert "to do:" in answer.told
    assert "Traceback" not in answer.told


def test_an_occupied_port_is_named_with_the_way_around(settings: Settings) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        uri = f"http://localhost:{occupied.getsockname()[1]}/callback"
        opened: Callable[[str], bool] = lambda _: True  # noqa: E731

        with pytest.raises(CommandError) as caught:
            connecting.connect(settings, redirect_uri=uri, open_page=opened)

    assert caught.value.to_do is not None
    assert "--no-browser" in caught.value.to_do


@pytest.mark.parametrize("redirect_uri", ["http://localhost:65536/callback", "localhost:8711/callback"])
def test_a_redirect_address_that_is_none_is_named(run: Run, redirect_uri: str) -> None:
    answer = run("connect", "--redirect-uri", redirect_uri)

    assert answer.exit_code == 1
    assert f"{redirect_uri} is no address" in answer.told
