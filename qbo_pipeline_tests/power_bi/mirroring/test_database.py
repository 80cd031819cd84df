from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from qbo_pipeline.local.power_bi.service import LocalPowerBI
from qbo_pipeline.power_bi.errors import NotFoundError, RequestContext, RequestError, ServerError, ThrottledError
from qbo_pipeline.power_bi.mirroring.database import MirroredDatabases
from qbo_pipeline.power_bi.mirroring.errors import (
    CapacityError,
    DatabaseNotRunningError,
    FabricNotAuthorizedError,
    ForeignDatabaseError,
    NotReadyError,
    PathExistsError,
    fabric_failure,
    lake_failure,
)
from qbo_pipeline.power_bi.requests import Patience, open_http
from qbo_pipeline.settings import Settings

NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with open_http() as client:
        yield client


@pytest.fixture
def databases(settings: Settings, http: httpx.Client) -> MirroredDatabases:
    assert settings.power_bi is not None
    return MirroredDatabases(settings.power_bi, http, Patience(attempts=3, backoff_seconds=0.01))


def test_a_database_is_made_once_and_found_by_its_name(databases: MirroredDatabases) -> None:
    assert databases.find("Books") is None
    made = databases.create("Books")

    assert databases.find("Books") == made == databases.create("Books")
    assert databases.all() == [made]


@pytest.mark.parametrize("carried_out", [True, False])
def test_a_creation_whose_answer_got_lost_makes_one_database(
    power_bi: LocalPowerBI, databases: MirroredDatabases, carried_out: bool
) -> None:
    power_bi.inject("reset", endpoint="fabric", match="displayName", carried_out=carried_out)
    made = databases.create("Books")

    assert databases.all() == [made]


def test_one_that_fabric_accepts_to_make_is_waited_for(settings: Settings) -> None:
    """202: the creation is an operation of its own, and the answer has no id."""
    waits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "a token", "expires_in": 3600})
        if request.method == "POST":
            return httpx.Response(202, headers={"Retry-After": "20", "x-ms-operation-id": "1"})
        listed = [{"id": "7", "displayName": "Books"}] if len(waits) > 1 else []
        return httpx.Response(200, json={"value": listed})

    assert settings.power_bi is not None
    http = httpx.Client(transport=httpx.MockTransport(answer))
    made = MirroredDatabases(settings.power_bi, http, sleep=waits.append).create("Books")

    assert (made.id, made.name, waits) == ("7", "Books", [20.0, 20.0])


def test_it_is_started_when_it_is_ready(power_bi: LocalPowerBI, databases: MirroredDatabases) -> None:
    power_bi.switch(initializing_seconds=0.3)
    made = databases.create("Books")
    assert databases.status(made) == "Initializing"

    databases.run(made, within=5.0, every=0.05)
    assert databases.status(made) == "Running"
    assert databases.tables(made) == {}


def test_one_that_does_not_start_is_told(power_bi: LocalPowerBI, databases: MirroredDatabases) -> None:
    power_bi.switch(initializing_seconds=60)
    made = databases.create("Books")
    with pytest.raises(DatabaseNotRunningError, match=r"Books is Initializing after 0 s .* capacity runs"):
        databases.run(made, within=0.0, every=0.05)


def test_a_throttled_request_waits_as_long_as_it_is_told(
    power_bi: LocalPowerBI, settings: Settings, http: httpx.Client
) -> None:  # fmt: skip
    waits: list[float] = []
    power_bi.inject("throttle", endpoint="fabric", retry_after=17)
    assert settings.power_bi is not None
    assert MirroredDatabases(settings.power_bi, http, sleep=waits.append).all() == []

    assert waits == [17.0]


def test_a_mirror_of_another_source_is_left_alone(settings: Settings) -> None:
    definition = {"properties": {"source": {"type": "AzureSqlDatabase"}}}
    payload = base64.b64encode(json.dumps(definition).encode()).decode()
    part = {"path": "mirroring.json", "payload": payload, "payloadType": "InlineBase64"}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 3600})
        if request.url.path.endswith("/getDefinition"):
            return httpx.Response(200, json={"definition": {"parts": [part]}})
        return httpx.Response(200, json={"value": [{"id": "1", "displayName": "Sales"}]})

    assert settings.power_bi is not None
    databases = MirroredDatabases(settings.power_bi, httpx.Client(transport=httpx.MockTransport(answer)))
    found = databases.find("Sales")
    assert found is not None
    with pytest.raises(ForeignDatabaseError, match=r"Sales that mirrors a source of its own \(AzureSqlDatabase\)"):
        databases.make_sure_open(found)


@pytest.mark.parametrize(
    ("status", "code", "retriable", "kind"),
    [
        (403, "InsufficientPrivileges", False, FabricNotAuthorizedError),
        (401, "Unauthorized", False, FabricNotAuthorizedError),
        (404, "ItemNotFound", False, NotFoundError),
        (400, "CapacityNotActive", False, CapacityError),
        (400, "InvalidMirroringStatus", True, NotReadyError),
        (429, "RequestBlocked", True, ThrottledError),
        (500, "InternalServerError", True, ServerError),
    ],
)
def test_errors_of_fabric_have_a_type_and_say_what_to_do(
    status: int, code: str, retriable: bool, kind: type[RequestError]
) -> None:
    body = {
        "errorCode": code, "message": "It is so.", "requestId": "r-1", "isRetriable": retriable,
        "moreDetails": [{"errorCode": "x", "message": "More."}],
    }  # fmt: skip
    context = RequestContext("POST", "mirroredDatabases", status=status, service="Fabric")
    error = fabric_failure(context, {"retry-after": "9"}, json.dumps(body).encode(), NOW)

    assert type(error) is kind
    assert str(error).startswith(f"Fabric, POST mirroredDatabases: It is so.; More. (HTTP {status}, {code}")
    assert "RequestId r-1" in str(error)
    assert error.hint in str(error)
    assert error.retryable == retriable
    assert getattr(error, "retry_after", 9.0) == 9.0


def test_errors_of_onelake_have_their_code_in_a_header() -> None:
    context = RequestContext("PUT", "w/i/Files/LandingZone/T/1", status=409, service="OneLake")
    body = b'{"error": {"code": "PathAlreadyExists", "message": "The specified path already exists.\\nRequestId:7"}}'
    error = lake_failure(context, {"x-ms-error-code": "PathAlreadyExists", "x-ms-request-id": "7"}, body, NOW)

    assert type(error) is PathExistsError
    assert str(error).startswith("OneLake, PUT w/i/Files/LandingZone/T/1: The specified path already exists. (HTTP 409")


def test_what_is_no_json_is_an_error_all_the_same() -> None:
    error = fabric_failure(RequestContext("GET", "x", status=502, service="Fabric"), {}, b"<html>", NOW)

    assert type(error) is ServerError
    assert "HTTP 502 without an explanation" in str(error)
