"""Personal access tokens and connected apps, and the sessions that they open."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest
import tableauserverclient as tsc

from qbo_pipeline.local.tableau import LocalTableau
from qbo_pipeline_tests.local.tableau.caller import Caller, client_of, error_code, first


def test_server_info_needs_no_session(tableau: LocalTableau) -> None:
    told = client_of(tableau).server_info.get()

    assert told is not None
    assert (told.rest_api_version, told.product_version) == ("3.29", "2026.2.0")


def test_an_unknown_version_is_an_unknown_resource(tableau: LocalTableau) -> None:
    assert error_code(httpx.get(f"{tableau.url}/api/9.1/serverInfo")) == (404, "404003")


def test_a_session_says_how_long_it_lives(tableau: LocalTableau, caller: Caller) -> None:
    credentials = first(caller.sign_in(), "credentials")
    assert credentials.get("estimatedTimeToExpiration") == "04:00:00"

    tableau.switch(flavour="cloud")
    assert first(caller.sign_in(), "credentials").get("estimatedTimeToExpiration") == "02:00:00"


def test_a_session_ends_by_the_clock(tableau: LocalTableau, caller: Caller) -> None:
    tableau.advance(240 * 60 - 5)
    assert caller.http.get("projects").status_code == 200
    tableau.advance(10)
    assert error_code(caller.http.get("projects")) == (401, "401002")


def test_a_second_sign_in_with_a_token_ends_the_first_session(tableau: LocalTableau, caller: Caller) -> None:
    second = first(caller.sign_in(), "credentials").get("token", "")

    assert error_code(caller.http.get("projects")) == (401, "401002")
    assert caller.http.get("projects", headers={"X-Tableau-Auth": second}).status_code == 200


def test_another_token_leaves_the_session_alone(caller: Caller) -> None:
    caller.client()
    assert caller.http.get("projects").status_code == 200


def test_signing_out_ends_the_session(caller: Caller) -> None:
    assert httpx.post(f"{caller.api}/auth/signout", headers=caller.http.headers).status_code == 204
    assert error_code(caller.http.get("projects")) == (401, "401002")


def test_no_session_at_all_is_401000(tableau: LocalTableau, caller: Caller) -> None:
    del caller.http.headers["X-Tableau-Auth"]
    assert error_code(caller.http.get("projects")) == (401, "401000")


@pytest.mark.parametrize(
    ("name", "secret", "url"), [("local", "wrong", ""), ("nobody", "local", ""), ("local", "local", "x")]
)
def test_wrong_credentials_are_401001(caller: Caller, name: str, secret: str, url: str) -> None:
    answer = caller.sign_in(url, personalAccessTokenName=name, personalAccessTokenSecret=secret)
    assert error_code(answer) == (401, "401001")


def test_a_token_expires_and_one_that_nobody_uses_does_too(tableau: LocalTableau, caller: Caller) -> None:
    tableau.add_token("short", "secret", expires=time.time() + 60)
    tableau.add_token("idle", "secret")
    told = {
        name: {"personalAccessTokenName": name, "personalAccessTokenSecret": "secret"} for name in ("short", "idle")
    }
    tableau.advance(61)
    assert error_code(caller.sign_in(**told["short"])) == (401, "401001")
    assert caller.sign_in(**told["idle"]).status_code == 200
    tableau.advance(16 * 86400)
    assert error_code(caller.sign_in(**told["idle"])) == (401, "401001")


def jwt(secret: str, *, kid: str = "local", **changed: Any) -> str:
    header = {"alg": "HS256", "typ": "JWT", "kid": kid, "iss": "local"}
    said = {
        "iss": "local", "sub": "local", "aud": "tableau", "exp": time.time() + 300, "jti": str(uuid4()),
        "scp": ["tableau:datasources:*", "tableau:content:read"], **changed,
    }  # fmt: skip
    pieces = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (header, said)]
    signature = hmac.new(secret.encode(), b".".join(pieces), hashlib.sha256).digest()
    return b".".join([*pieces, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def test_a_connected_app_signs_in_as_often_as_it_likes(tableau: LocalTableau, caller: Caller) -> None:
    tokens = [first(caller.sign_in(jwt=jwt(tableau.secret_value)), "credentials").get("token", "") for _ in range(2)]

    for token in tokens:
        assert caller.http.get("projects", headers={"X-Tableau-Auth": token}).status_code == 200


def test_a_connected_app_may_do_what_its_scopes_say(tableau: LocalTableau, caller: Caller) -> None:
    server = client_of(tableau)
    server.auth.sign_in(tsc.JWTAuth(jwt(tableau.secret_value), site_id=""))

    server.datasources.get()
    with pytest.raises(tsc.server.endpoint.exceptions.FailedSignInError, match="tableau:jobs:read"):
        server.jobs.get(None, None)


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "other"},
        {"exp": 0},
        {"exp": time.time() + 7200},
        {"sub": "nobody"},
        {"scp": []},
        {"iss": "x"},
        {"jti": ""},
        {"kid": "x"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_jwt_must_be_right_in_every_claim(tableau: LocalTableau, caller: Caller, changed: dict[str, Any]) -> None:
    assert error_code(caller.sign_in(jwt=jwt(tableau.secret_value, **changed))) == (401, "401001")


def test_a_jwt_of_another_secret_and_one_that_was_used_are_refused(tableau: LocalTableau, caller: Caller) -> None:
    assert error_code(caller.sign_in(jwt=jwt("another secret"))) == (401, "401001")
    once = jwt(tableau.secret_value)
    assert caller.sign_in(jwt=once).status_code == 200
    assert error_code(caller.sign_in(jwt=once)) == (401, "401001")
