"""Connecting, refreshing and revoking, as Intuit's documents and recorded answers describe it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import httpx

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.local.quickbooks.small_books import CLIENT, REALM, REDIRECT, SmallBooks, connect

DAY = 86_400


def refresh(service: LocalQuickBooks, value: str, **headers: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": value}
    return httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT, headers=headers)


def company_status(service: LocalQuickBooks, access_token: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {access_token}"}
    return httpx.get(f"{service.url}/v3/company/{REALM}/companyinfo/{REALM}", headers=headers)


def test_a_person_chooses_a_company_clicks_connect_and_comes_back_with_a_code(service: LocalQuickBooks) -> None:
    asked = {"client_id": CLIENT[0], "response_type": "code", "redirect_uri": REDIRECT, "state": "s p&q"}
    page = httpx.get(f"{service.url}/connect/oauth2", params=asked).text
    assert "Small Books" in page
    assert ">Connect</button>" in page
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page)) | {"state": "s p&q"}
    answer = httpx.post(f"{service.url}/connect/oauth2", data=sent)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(REDIRECT)
    returned = parse_qs(urlparse(answer.headers["location"]).query)
    assert (returned["state"], returned["realmId"]) == (["s p&q"], [REALM])
    form = {"grant_type": "authorization_code", "code": returned["code"][0], "redirect_uri": REDIRECT}
    token = httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT).json()
    assert set(token) == {
        "token_type",
        "access_token",
        "expires_in",
        "refresh_token",
        "x_refresh_token_expires_in",
    }
    assert (token["token_type"], token["expires_in"], token["x_refresh_token_expires_in"]) == ("bearer", 3600, 8726400)
    assert company_status(service, token["access_token"]).status_code == 200
    again = httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=CLIENT)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_client_may_name_itself_in_the_form(service: LocalQuickBooks) -> None:
    value = connect(service)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": value, "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form).status_code == 200


def test_a_wrong_client_is_refused(service: LocalQuickBooks) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": connect(service)["refresh_token"]}
    answer = httpx.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form, auth=(CLIENT[0], "wrong"))
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_a_refresh_token_keeps_its_value_for_a_day_and_then_changes_it(service: LocalQuickBooks) -> None:
    first = connect(service)["refresh_token"]
    service.clock.advance(DAY - 60)
    assert refresh(service, first).json()["refresh_token"] == first
    service.clock.advance(120)
    second = refresh(service, first).json()["refresh_token"]
    assert second != first
    old = refresh(service, first)
    assert (old.status_code, old.content) == (400, b'{"error":"invalid_grant"}')
    assert old.headers["intuit_tid"]
    assert refresh(service, second).json()["refresh_token"] == second


def test_a_refresh_token_dies_of_a_hundred_and_one_days_of_rest_and_of_five_years(service: LocalQuickBooks) -> None:
    value = connect(service)["refresh_token"]
    service.clock.advance(102 * DAY)
    assert refresh(service, value).json() == {"error": "invalid_grant"}
    form = {"grant_type": "refresh_token", "refresh_token": connect(service)["refresh_token"]}
    answer: dict[str, Any] = {}
    with httpx.Client(auth=CLIENT) as http:
        for _ in range(19):
            service.clock.advance(100 * DAY)
            answer = http.post(f"{service.url}/oauth2/v1/tokens/bearer", data=form).json()
            form |= {"refresh_token": answer.get("refresh_token", "")}
            assert ("access_token" in answer) == (service.clock.ahead < (102 + 5 * 365) * DAY)
    assert answer == {"error": "invalid_grant"}


def test_the_hard_expiry_comes_only_when_asked_for(service: LocalQuickBooks) -> None:
    value = connect(service)["refresh_token"]
    service.clock.advance(10 * DAY)
    asked = refresh(service, value, **{"x-include-refresh-token-hard-expires-in": "true"}).json()
    assert abs(asked["x_refresh_token_hard_expires_in"] - (5 * 365 - 10) * DAY) < 60
    assert "x_refresh_token_hard_expires_in" not in refresh(service, asked["refresh_token"]).json()


def test_an_access_token_lives_an_hour_and_then_the_gateway_answers_in_its_own_shape(service: LocalQuickBooks) -> None:
    token = connect(service)["access_token"]
    service.clock.advance(3590)
    assert company_status(service, token).status_code == 200
    service.clock.advance(20)
    answer = company_status(service, token)
    assert answer.status_code == 401
    body = answer.json()
    assert "Fault" not in body
    assert body["fault"]["type"] == "AUTHENTICATION"
    [error] = body["fault"]["error"]
    assert error["message"] == "message=AuthenticationFailed; errorCode=003200; statusCode=401"
    assert (error["code"], error["detail"].startswith("Token expired: ")) == ("3200", True)
    assert isinstance(body["time"], int)
    assert answer.headers["intuit_tid"]


def test_no_token_opens_nothing(service: LocalQuickBooks) -> None:
    assert httpx.get(f"{service.url}/v3/company/{REALM}/companyinfo/{REALM}").status_code == 401
    assert company_status(service, "made-up").status_code == 401


def test_revoking_ends_the_connection(service: LocalQuickBooks) -> None:
    token = connect(service)
    answer = httpx.post(f"{service.url}/v2/oauth2/tokens/revoke", json={"token": token["refresh_token"]}, auth=CLIENT)
    assert answer.status_code == 200
    assert refresh(service, token["refresh_token"]).json() == {"error": "invalid_grant"}
    assert company_status(service, token["access_token"]).status_code == 401


def test_the_discovery_document_leads_to_every_endpoint(service: LocalQuickBooks) -> None:
    found = httpx.get(f"{service.url}/.well-known/openid_configuration").json()
    assert found["authorization_endpoint"] == f"{service.url}/connect/oauth2"
    assert found["token_endpoint"] == f"{service.url}/oauth2/v1/tokens/bearer"
    assert found["revocation_endpoint"] == f"{service.url}/v2/oauth2/tokens/revoke"


def test_connections_and_records_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "quickbooks.sqlite"
    with LocalQuickBooks(state) as service:
        service.add_company(SmallBooks())
        token = connect(service)
        service.writer.touch(REALM, "Invoice", "11", PrivateNote="kept")
    with LocalQuickBooks(state) as service:
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        found = httpx.get(f"{service.url}/v3/company/{REALM}/invoice/11", headers=headers).json()["Invoice"]
        assert (found["PrivateNote"], found["SyncToken"]) == ("kept", "1")
        assert refresh(service, token["refresh_token"]).status_code == 200
