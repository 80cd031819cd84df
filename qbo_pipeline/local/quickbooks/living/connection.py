"""Connecting to a company as an app does: a person chooses it on the consent page, the app redeems the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import sleep
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from qbo_pipeline.local.quickbooks.json_text import dumps, loads
from qbo_pipeline.local.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET

REDIRECT = "http://127.0.0.1:9/callback"
"""Never opened: the code is read off the answer that leads there."""

THROTTLE_SECONDS = 1.0
_CHOICE = re.compile(r'name="realm" value="(\d+)"')


class ConnectionFailedError(Exception):
    """The service does not answer, does not let the app in, or has no such company."""


class Connection:
    """A company over the API. Waits when it is throttled, refreshes its token when that is old."""

    def __init__(self, http: httpx.Client, realm: str, tokens: dict[str, Any], wait: Callable[[float], None]) -> None:
        self._http = http
        self._realm = realm
        self._tokens = tokens
        self._wait = wait
        self.throttled = 0
        """Answers that told it to slow down."""

    @property
    def access_token(self) -> str:
        """The token of the moment."""
        return str(self._tokens["access_token"])

    def get(self, path: str, **parameters: str) -> Any:
        """The JSON of an answer; None for a fault."""
        status, body = self._send("GET", path, parameters, None)
        return body if status == 200 and "Fault" not in body else None

    def post(self, path: str, parameters: dict[str, str], body: Any) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        return self._send("POST", path, parameters, dumps(body))

    def merge(self, entity: str, loser: str, winner: str) -> str | None:
        """Let a record go over into another, which the API does not offer; why not, where that is refused."""
        asked = {"realm": self._realm, "entity": entity, "loser": loser, "winner": winner}
        answer = self._http.post("/control/merge", json=asked)
        return None if answer.status_code == 200 else str(answer.json()["error"])

    def _send(self, method: str, path: str, parameters: dict[str, str], content: str | None) -> tuple[int, Any]:
        refreshed = False
        while True:
            answer = self._http.request(
                method,
                f"/v3/company/{self._realm}/{path}",
                params={**parameters, "minorversion": "75"},
                content=content,
                headers={
                    "Authorization": f"Bearer {self.access_token}",
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
            )
            if answer.status_code == 429:
                self.throttled += 1
                self._wait(float(answer.headers.get("Retry-After", THROTTLE_SECONDS)))
            elif answer.status_code == 401 and not refreshed:
                form = {"grant_type": "refresh_token", "refresh_token": self._tokens["refresh_token"]}
                self._tokens, refreshed = _tokens(self._http, form), True
            else:
                return answer.status_code, loads(answer.content)


def offered_companies(http: httpx.Client) -> list[str]:
    """Realm ids of the companies on the consent page.

    Raises:
        ConnectionFailedError: the service does not answer.
    """
    try:
        page = http.get("/connect/oauth2", params={"redirect_uri": REDIRECT, "client_id": CLIENT_ID})
    except httpx.TransportError as error:
        raise ConnectionFailedError(f"no local QuickBooks answers on {http.base_url}: {error}") from error
    return _CHOICE.findall(page.text)


def connect(http: httpx.Client, realm: str, wait: Callable[[float], None] = sleep) -> Connection:
    """Connect a company.

    Args:
        http: a client whose base URL is the service's.
        realm: the company.
        wait: sleeps so many seconds when throttled.

    Raises:
        ConnectionFailedError: the service has no such company, or refuses the app.
    """
    answer = http.post("/connect/oauth2", data={"redirect_uri": REDIRECT, "state": "living", "realm": realm})
    code = parse_qs(urlsplit(answer.headers.get("location", "")).query).get("code")
    if not code:
        raise ConnectionFailedError(f"the local QuickBooks has no company {realm}")
    form = {"grant_type": "authorization_code", "code": code[0], "redirect_uri": REDIRECT}
    return Connection(http, realm, _tokens(http, form), wait)


def _tokens(http: httpx.Client, form: dict[str, str]) -> dict[str, Any]:
    answer = http.post("/oauth2/v1/tokens/bearer", data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    if answer.status_code != 200:
        raise ConnectionFailedError(f"the token endpoint answers {answer.status_code}: {answer.text}")
    found: dict[str, Any] = answer.json()
    return found
