"""Client credentials against the identity platform, and what a token opens."""

from __future__ import annotations

import httpx
import pytest

from qbo_pipeline.local.power_bi import LocalPowerBI
from qbo_pipeline_tests.local.power_bi.caller import FABRIC_SCOPE, Caller, ask_token, error_of


def test_a_token_lives_an_hour_less_a_second(power_bi: LocalPowerBI) -> None:
    answer = ask_token(power_bi)

    assert answer.status_code == 200
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["ext_expires_in"]) == ("Bearer", 3599, 3599)


@pytest.mark.parametrize(
    ("tenant", "changed", "status", "error", "code"),
    [
        ("local", {"client_secret": "id-of-it"}, 401, "invalid_client", 7000215),
        ("local", {"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ("elsewhere", {}, 400, "invalid_request", 90002),
        ("local", {"scope": "openid"}, 400, "invalid_scope", 70011),
        ("local", {"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_what_is_wrong_with_credentials_is_told_by_an_aadsts_code(
    power_bi: LocalPowerBI, tenant: str, changed: dict[str, str], status: int, error: str, code: int
) -> None:
    answer = ask_token(power_bi, tenant, **changed)

    told = answer.json()
    assert (answer.status_code, told["error"], told["error_codes"]) == (status, error, [code])
    assert told["error_description"].startswith(f"AADSTS{code}: ")
    assert {"timestamp", "trace_id", "correlation_id"} <= set(told)


def test_secrets_with_signs_of_forms_arrive_whole(power_bi: LocalPowerBI) -> None:
    power_bi.add_application("local", "other", "a&b+c=d e")

    assert ask_token(power_bi, client_id="other", client_secret="a&b+c=d e").status_code == 200


def test_without_a_token_nothing_is_told(power_bi: LocalPowerBI) -> None:
    answer = httpx.get(f"{power_bi.api_url}/groups/{power_bi.workspace}/datasets")

    assert (answer.status_code, answer.content) == (403, b"")


def test_a_token_of_another_audience_opens_nothing(power_bi: LocalPowerBI, caller: Caller) -> None:
    token = ask_token(power_bi, scope=FABRIC_SCOPE).json()["access_token"]

    assert caller.http.get("datasets", headers={"Authorization": f"Bearer {token}"}).status_code == 403


def test_a_forged_token_opens_nothing(caller: Caller) -> None:
    caller.http.headers["Authorization"] += "x"

    assert caller.http.get("datasets").status_code == 403


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_past_its_time_is_expired(power_bi: LocalPowerBI, caller: Caller, status: int) -> None:
    power_bi.switch(token_expired_status=status)
    power_bi.advance(3598)
    assert caller.http.get("datasets").status_code == 200
    power_bi.advance(2)
    answer = caller.http.get("datasets")

    assert (answer.status_code, error_of(answer)["code"]) == (status, "TokenExpired")
    caller.renew()
    assert caller.http.get("datasets").status_code == 200


def test_all_tokens_can_be_ended_at_once(power_bi: LocalPowerBI, caller: Caller) -> None:
    httpx.post(f"{power_bi.url}/control/tokens/expire")

    assert error_of(caller.http.get("datasets"))["code"] == "TokenExpired"


def test_an_application_is_refused_outside_of_groups(power_bi: LocalPowerBI, caller: Caller) -> None:
    answer = caller.http.get(f"{power_bi.api_url}/datasets")

    assert (answer.status_code, answer.json()) == (403, {"Message": "API is not accessible for application"})


def test_an_unknown_workspace_is_not_found(power_bi: LocalPowerBI, caller: Caller) -> None:
    assert caller.http.get(f"{power_bi.api_url}/groups/{'0' * 8}/datasets").status_code == 404
    [workspace] = caller.http.get(f"{power_bi.api_url}/groups").json()["value"]
    assert workspace["id"] == power_bi.workspace
