from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from qbo_pipeline.command_line import connect as connecting
from qbo_pipeline.command_line.companies import connections
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.settings import Settings, load_settings
from qbo_pipeline_tests.command_line.conftest import REALM, Run
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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://localhost:{probe.getsockname()[1]}/callback"


class Person:
    """Follows the authorize page to the redirect in a thread, as a browser would."""

    def __init__(self, **changed: str) -> None:
        self.changed = changed
        self.page = ""
        self.seen = ""

    def open(self, page: str) -> bool:
        self.page = page
        asked = {key: values[0] for key, values in parse_qs(urlsplit(page).query).items()}
        answer = {"code": "code-1", "realmId": REALM, "state": asked["state"]} | self.changed
        threading.Thread(target=self._follow, args=(f"{asked['redirect_uri']}?{urlencode(answer)}",)).start()
        return True

    def _follow(self, url: str) -> None:
        root = url.replace("localhost", "127.0.0.1")
        with pytest.raises(urllib.error.HTTPError):  # a browser asks for its icon first; that is not the redirect
            urllib.request.urlopen(root.split("callback", maxsplit=1)[0] + "favicon.ico")
        with urllib.request.urlopen(root) as answer:
            self.seen = answer.read().decode()


def test_a_click_in_the_browser_connects_and_names_the_company(
    service: StubService, redirect_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    person, settings = Person(), load_settings()

    connecting.connect(settings, redirect_uri=redirect_uri, open_page=person.open)

    [connection] = connections(settings)
    assert (connection.realm_id, connection.company_name) == (REALM, "Larkspur Advisory")
    assert connection.grant is not None
    assert connection.grant.refresh_token == "refresh-1"
    [exchange] = service.requests_to("/token")
    assert (exchange.form["code"], exchange.form["redirect_uri"]) == ("code-1", redirect_uri)
    captured = capsys.readouterr()
    assert captured.out == f"Connected Larkspur Advisory ({REALM}).\n"
    assert person.page in captured.err.replace("\n", "")


def test_a_redirect_with_another_state_connects_nothing(service: StubService, redirect_uri: str) -> None:
    person, settings = Person(state="forged"), load_settings()

    with pytest.raises(CommandError, match="its state is another one"):
        connecting.connect(settings, redirect_uri=redirect_uri, open_page=person.open)

    assert service.received == []
    assert connections(settings) == []


def test_a_person_who_declines_is_told_so(service: StubService, redirect_uri: str) -> None:
    person = Person(error="access_denied", error_description="the user declined")

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
    assert "/connect/oauth2?client_id=local-client-id" in answer.told.replace("\n", "")
    assert answer.output.splitlines()[-4:] == ["{", f'  "realm_id": "{REALM}",', '  "name": "Larkspur Advisory"', "}"]


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
