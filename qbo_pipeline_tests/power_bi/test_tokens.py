from __future__ import annotations

from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from qbo_pipeline.power_bi.errors import TokenEndpointError, TokenError
from qbo_pipeline.power_bi.tokens import AccessTokens
from qbo_pipeline.settings import PowerBISettings

SECRET = "a&b=c+d %é"
SETTINGS = PowerBISettings(
    "tenant", "client", SecretStr(SECRET), "workspace", "Books", "http://api", "http://entra", "http://f", "http://o"
)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Entra:
    """Answers tokens of an hour, or what it is told to."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)
        self.clock = Clock()
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.tokens = AccessTokens(SETTINGS, http, clock=self.clock, backoff_seconds=0)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self._answers:
            return self._answers.pop(0)
        return httpx.Response(200, json={"access_token": f"t{len(self.requests)}", "expires_in": 3600})


def test_the_secret_arrives_as_it_is() -> None:
    entra = Entra()

    entra.tokens.get()

    [request] = entra.requests
    assert str(request.url) == "http://entra/tenant/oauth2/v2.0/token"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["client"],
        "client_secret": [SECRET],
        "scope": ["https://analysis.windows.net/powerbi/api/.default"],
    }


def test_a_token_is_renewed_five_minutes_ahead() -> None:
    entra = Entra()
    first = entra.tokens.get()
    entra.clock.now = 3299

    assert entra.tokens.get() == first

    entra.clock.now = 3300

    assert entra.tokens.get() == "t2"


def test_a_token_that_was_rejected_is_not_sent_again() -> None:
    entra = Entra()
    first = entra.tokens.get()

    assert entra.tokens.get(rejected=first) == "t2"
    assert entra.tokens.get(rejected=first) == "t2"


def refusal(code: int) -> httpx.Response:
    described = f"AADSTS{code}: Invalid client secret provided: {SECRET}.\r\nTrace ID: 1\r\nCorrelation ID: 2"
    return httpx.Response(401, json={"error": "x", "error_description": described, "error_codes": [code]})


@pytest.mark.parametrize(
    ("code", "hint"),
    [(7000215, "secret ID"), (7000222, "expired"), (700016, "POWERBI_CLIENT_ID"), (90002, "POWERBI_TENANT_ID"),
     (1, "Check POWERBI_TENANT_ID")],
)  # fmt: skip
def test_a_refusal_says_what_to_do_and_holds_no_secret(code: int, hint: str) -> None:
    with pytest.raises(TokenError) as raised:
        Entra(refusal(code)).tokens.get()

    assert raised.value.codes == (code,)
    assert hint in str(raised.value)
    assert SECRET not in str(raised.value)
    assert "Trace ID" not in str(raised.value)


def test_a_token_endpoint_that_fails_is_asked_again() -> None:
    assert Entra(httpx.Response(503), httpx.Response(200, text="<html>")).tokens.get() == "t3"


def test_a_token_endpoint_that_goes_on_failing_is_an_error() -> None:
    with pytest.raises(TokenEndpointError):
        Entra(*[httpx.Response(503)] * 9).tokens.get()
