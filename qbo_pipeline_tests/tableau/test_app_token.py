"""The web token of a connected app, read by a library that is not ours."""

from __future__ import annotations

import jwt
import pytest
from pydantic import SecretStr

from qbo_pipeline.settings import TableauApp
from qbo_pipeline.tableau.app_token import LIFE_SECONDS, SCOPES, app_token

SECRET = "a secret value that is long enough for HS256"
APP = TableauApp("client", "secret id", SecretStr(SECRET), "ann@example.com")


def test_the_token_has_the_claims_that_tableau_asks_for() -> None:
    now = 1_790_000_000
    token = app_token(APP, now)
    claims = jwt.decode(
        token, SECRET, algorithms=["HS256"], audience="tableau", options={"verify_exp": False, "verify_iat": False}
    )

    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": "secret id", "iss": "client"}
    assert (claims["iss"], claims["sub"]) == ("client", "ann@example.com")
    assert claims["exp"] == now + LIFE_SECONDS
    assert claims["scp"] == list(SCOPES)


def test_no_two_tokens_are_the_same_and_another_secret_does_not_fit() -> None:
    assert app_token(APP, 1_790_000_000) != app_token(APP, 1_790_000_000)
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(app_token(APP, 1_790_000_000), SECRET[:-1], algorithms=["HS256"], audience="tableau")
