from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from qbo_pipeline.power_bi import errors
from qbo_pipeline.power_bi.answers import failure, retry_after
from qbo_pipeline.power_bi.client import PowerBIClient
from qbo_pipeline.power_bi.errors import RequestContext
from qbo_pipeline.power_bi.requests import Patience
from qbo_pipeline.settings import load_settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AUTHORIZED = {
    "error": {
        "code": "PowerBINotAuthorizedException",
        "pbi.error": {"code": "PowerBINotAuthorizedException", "parameters": {}, "details": [], "exceptionCulprit": 1},
    }
}
DAX = {
    "error": {
        "code": "DatasetExecuteQueriesError",
        "pbi.error": {
            "code": "DatasetExecuteQueriesError",
            "parameters": {},
            "details": [
                {"code": "DetailsMessage", "detail": {"type": 1, "value": "Failed to execute the DAX query."}},
                {"code": "AnalysisServicesErrorCode", "detail": {"type": 1, "value": "3239575574"}},
            ],
        },
    }
}
RETIRED = {
    "error": {
        "pbi.error": {
            "code": "FeatureDeprecatedError",
            "details": [{"code": "FeatureDeprecatedMessage", "detail": {"type": 0, "value": "It is deprecated."}}],
        }
    }
}
THROTTLE = {"message": "You have exceeded the amount of requests allowed. Retry in 3392 seconds."}


@pytest.mark.parametrize(
    ("status", "body", "kind", "told"),
    [
        (400, {"error": {"code": "BadRequest", "message": "Bad Request", "details": [{"message": "No such thing."}]}},
         errors.InvalidRequestError, "Bad Request; No such thing."),
        (404, {"error": {"code": "ItemNotFound", "message": "Table 'x' not found"}}, errors.NotFoundError, "Table 'x'"),
        (404, {"error": {"code": "ItemNotFound", "message": "Dataset 1 is not Push API dataset."}},
         errors.NotPushDatasetError, "not Push"),
        (413, "", errors.PayloadTooLargeError, "HTTP 413"),
        (429, THROTTLE, errors.ThrottledError, "3392"),
        (429, {"error": {"message": "Maximum number of rows exceeded in time window. Please retry later"}},
         errors.RowsPerHourError, "Maximum"),
        (400, {"message": "Invalid request. Number of refresh requests in last 24 hours exceeded limit"},
         errors.RefreshQuotaError, "24 hours"),
        (403, {"Message": "API is not accessible for application"}, errors.NotForApplicationsError, "not accessible"),
        (401, NOT_AUTHORIZED, errors.NotAuthorizedError, "PowerBINotAuthorizedException"),
        (401, {"error": {"code": "ServicePrincipalIsNotAllowedByTenantAdminSwitch"}}, errors.TenantSwitchError, ""),
        (400, DAX, errors.QueryError, "Failed to execute the DAX query."),
        (400, RETIRED, errors.CreationRetiredError, "It is deprecated."),
        (403, {"error": {"code": "TokenExpired", "message": "Access token has expired"}}, errors.TokenExpiredError, ""),
        (409, "", errors.RefreshInProgressError, ""),
        (500, "<html>oh</html>", errors.ServerError, "without an explanation"),
        (503, {"error": {"code": "x"}}, errors.ServerError, "x"),
        (418, "", errors.RefusedError, ""),
    ],
)  # fmt: skip
def test_every_documented_error_has_its_type(
    status: int, body: Any, kind: type[errors.RequestError], told: str
) -> None:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    error = failure(RequestContext("POST", "datasets", status=status), {"requestid": "r-1"}, content, NOW)

    assert type(error) is kind
    assert told in str(error)
    assert "RequestId r-1" in str(error)
    assert error.hint


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("Thu, 01 Jan 2026 00:01:30 GMT", 90.0), ("Wed, 31 Dec 2025 00:00:00 GMT", 0.0), ("soon", None),
     (None, None)],
)  # fmt: skip
def test_retry_after_is_read_in_both_forms(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


def client(answer: Any, sleeps: list[float] | None = None) -> PowerBIClient:
    """A client whose requests `answer` gets, after a token."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": f"token {next(numbers)}", "expires_in": 3599})
        found = answer(request)
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, httpx.Response)
        return found

    numbers = iter(range(1, 99))
    settings = load_settings(_env_file=None, power_bi_workspace_id=None).power_bi
    assert settings is not None
    return PowerBIClient(
        settings,
        http=httpx.Client(transport=httpx.MockTransport(handle)),
        patience=Patience(attempts=3, backoff_seconds=1),
        sleep=(sleeps if sleeps is not None else []).append,
    )


def test_rows_are_sent_once_whatever_the_answer() -> None:
    seen = []

    def answer(request: httpx.Request) -> Exception:
        seen.append(request)
        return httpx.ReadTimeout("late")

    with client(answer) as opened, pytest.raises(errors.UnansweredError) as raised:
        opened.post_rows("d", "T", b"{}")

    assert len(seen) == 1
    assert raised.value.ambiguous


def test_without_a_connection_nothing_was_sent() -> None:
    with client(lambda _: httpx.ConnectError("refused")) as opened, pytest.raises(errors.UnreachableError) as raised:
        opened.post_rows("d", "T", b"{}")

    assert not raised.value.ambiguous


def test_a_read_waits_as_long_as_power_bi_says_and_is_repeated() -> None:
    sleeps: list[float] = []
    answers = iter(
        [httpx.Response(429, headers={"Retry-After": "7"}), httpx.Response(429), httpx.Response(200, json={})]
    )

    with client(lambda _: next(answers), sleeps) as opened:
        assert opened.datasets() == []

    assert sleeps == [7.0, 2.0]


@pytest.mark.parametrize("header", ["0", "Sun, 01 Nov 2020 08:00:00 GMT"])
def test_a_wait_that_is_over_already_is_none_to_go_by(header: str) -> None:
    """Our clock may be ahead of Power BI's."""
    sleeps: list[float] = []
    answers = iter([httpx.Response(429, headers={"Retry-After": header}), httpx.Response(200, json={})])

    with client(lambda _: next(answers), sleeps) as opened:
        assert opened.datasets() == []

    assert sleeps == [1.0]


def test_a_silence_of_an_hour_is_an_error_at_once() -> None:
    sleeps: list[float] = []
    answer = httpx.Response(429, json=THROTTLE, headers={"Retry-After": "3392"})

    with client(lambda _: answer, sleeps) as opened, pytest.raises(errors.ThrottledError) as raised:
        opened.datasets()

    assert sleeps == []
    assert raised.value.retry_after == 3392


def test_an_expired_token_is_renewed_once_even_for_rows() -> None:
    tokens: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        tokens.append(request.headers["Authorization"])
        expired = {"error": {"code": "TokenExpired", "message": "Access token has expired"}}
        return httpx.Response(403, json=expired) if len(tokens) == 1 else httpx.Response(200)

    with client(answer) as opened:
        opened.post_rows("d", "T", b"{}")

    assert tokens == ["Bearer token 1", "Bearer token 2"]


def test_amounts_of_answers_are_exact() -> None:
    body = b'{"results":[{"tables":[{"rows":[{"[Sum]":0.10000000000000000001}]}]}]}'

    with client(lambda _: httpx.Response(200, content=body)) as opened:
        assert str(opened.query("d", "EVALUATE x")[0]["[Sum]"]) == "0.10000000000000000001"


def test_a_query_that_fails_within_an_answer_of_success_is_an_error() -> None:
    body = {"results": [{"error": {"code": "DatasetExecuteQueriesError", "message": "Too many rows."}}]}

    with client(lambda _: httpx.Response(200, json=body)) as opened, pytest.raises(errors.QueryError, match="Too many"):
        opened.query("d", "EVALUATE x")
