from __future__ import annotations

import json
import logging
import time

import pytest

from qbo_pipeline.quickbooks import errors
from qbo_pipeline.quickbooks.calls import Outcome
from qbo_pipeline.quickbooks.client import QuickBooksClient
from qbo_pipeline.settings import Settings
from qbo_pipeline.state import StateStore
from qbo_pipeline_tests.quickbooks.conftest import CUSTOMER, INVOICE, REALM, UNLIMITED, StartTalk, at, grant
from qbo_pipeline_tests.quickbooks.stub_service import Received, Reply, StubService, in_turn, query_page

GOOD = Reply({"QueryResponse": {"totalCount": 41}, "time": "2026-05-05T05:16:21.718-07:00"})


async def test_a_count_is_asked_with_the_token_and_inactive_rows_and_minorversion(talk: StartTalk) -> None:
    t = await talk(in_turn(GOOD))
    assert await t.company.count(CUSTOMER, "Balance > '0'") == 41
    [received] = t.service.received
    assert received.path == f"/v3/company/{REALM}/query"
    assert received.statement == "SELECT count(*) FROM Customer WHERE Balance > '0' AND Active IN (true, false)"
    assert received.parameters["minorversion"] == "75"
    assert received.headers["authorization"] == "Bearer access-1"
    assert "gzip" in received.headers["accept-encoding"]
    [call] = t.calls
    assert (call.outcome, call.status, call.intuit_tid, call.attempt) == (Outcome.OK, 200, "1-stub", 1)
    assert call.entity == "Customer"
    assert call.bytes_received > 0


PAGE = query_page("Invoice", ["1", "2"])
TRANSIENT = {
    "5xx": (Reply(b"<html>", 503), Outcome.SERVER_ERROR),
    "system fault": (
        Reply({"Fault": {"Error": [{"Message": "oops", "code": "10000"}], "type": "SystemFault"}}),
        Outcome.SERVER_ERROR,
    ),
    "truncated JSON": (Reply(b'{"QueryResponse":{"Invoice":[{"Id":"1"'), Outcome.MALFORMED),
    "HTML instead of JSON": (Reply(b"<html>proxy</html>"), Outcome.MALFORMED),
    "redirect": (Reply(b"", 302, {"Location": "https://sign-in.example/?from=here"}), Outcome.MALFORMED),
    "bad gzip": (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), Outcome.MALFORMED),
    "short body": (Reply(PAGE, declared_length=10_000), Outcome.UNREACHABLE),
    "reset in the body": (Reply(PAGE, reset=True), Outcome.UNREACHABLE),
}


@pytest.mark.parametrize(("reply", "outcome"), TRANSIENT.values(), ids=TRANSIENT.keys())
async def test_what_may_pass_is_tried_again_and_every_attempt_is_reported(
    talk: StartTalk, reply: Reply, outcome: Outcome
) -> None:
    t = await talk(in_turn(reply, reply, Reply(PAGE)))
    [page] = [page async for page in t.company.scan(INVOICE, count=2)]
    assert len(page.records) == 2
    assert [(call.attempt, call.outcome) for call in t.calls] == [(1, outcome), (2, outcome), (3, Outcome.OK)]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"Caf\xe9 \xff", "Caf\ufffd \ufffd"),  # of another encoding
        (b"Caf\xc3", "Caf\ufffd"),  # cut within a character
        ("Café \U0001f600".encode(), "Café \U0001f600"),
    ],
)
async def test_bytes_that_are_no_text_cost_no_record(talk: StartTalk, sent: bytes, read: str) -> None:
    body = b'{"QueryResponse":{"Invoice":[{"Id":"1","PrivateNote":"%s"},{"Id":"2"}]}}' % sent
    t = await talk(in_turn(Reply(body)))
    [page] = [page async for page in t.company.scan(INVOICE, count=2)]
    assert [json.loads(bytes(record)) for record in page.records] == [{"Id": "1", "PrivateNote": read}, {"Id": "2"}]
    assert json.loads(page.body.decode())["QueryResponse"]["Invoice"][0]["PrivateNote"] == read


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (TRANSIENT["5xx"][0], errors.ServerError),
        (TRANSIENT["truncated JSON"][0], errors.MalformedResponseError),
        (TRANSIENT["reset in the body"][0], errors.UnreachableError),
    ],
)
async def test_after_five_attempts_the_error_says_which_request_failed(
    talk: StartTalk, reply: Reply, error: type[errors.RequestError]
) -> None:
    t = await talk(in_turn(reply))
    with pytest.raises(error) as raised:
        await t.company.count(INVOICE)
    assert len(t.service.received) == len(t.calls) == 5
    context = raised.value.context
    assert (context.realm_id, context.entity, context.attempts) == (REALM, "Invoice", 5)
    for fact in (REALM, "Invoice", "SELECT count(*) FROM Invoice", "after 5 attempts", raised.value.hint):
        assert fact in str(raised.value)


async def test_who_leads_elsewhere_is_named_and_not_followed(talk: StartTalk) -> None:
    t = await talk(in_turn(TRANSIENT["redirect"][0]))
    with pytest.raises(errors.MalformedResponseError, match=r"HTTP 302 leads elsewhere, to sign-in\.example") as raised:
        await t.company.count(INVOICE)
    assert "a proxy, wrong base URL" in str(raised.value)


async def test_nobody_listening_is_an_unreachable_error(settings: Settings, state: StateStore) -> None:
    with StubService(in_turn(GOOD)) as gone:
        pass
    async with QuickBooksClient(at(settings, gone.url), state, limits=UNLIMITED, backoff_seconds=0.001) as client:
        client.vault.connect(REALM, grant())
        with pytest.raises(errors.UnreachableError, match="the connection failed"):
            await client.company(REALM).count(INVOICE)


async def test_a_fault_with_http_200_is_still_a_fault(talk: StartTalk) -> None:
    fault = {
        "Fault": {"Error": [{"Message": "Invalid query", "Detail": "x", "code": "4001"}], "type": "ValidationFault"}
    }
    t = await talk(in_turn(Reply(fault)))
    with pytest.raises(errors.QueryValidationError) as raised:
        await t.company.count(INVOICE)
    assert raised.value.code == "4001"
    assert [call.outcome for call in t.calls] == [Outcome.FAULT]
    assert t.calls[0].fault_code == "4001"


THROTTLE = {
    "Fault": {
        "Error": [{"Message": "message=ThrottleExceeded; errorCode=003001; statusCode=429", "code": "3001"}],
        "type": "SERVICE",
    }
}


async def test_a_429_by_the_minute_waits_as_asked_and_says_so(
    talk: StartTalk, caplog: pytest.LogCaptureFixture
) -> None:
    t = await talk(in_turn(Reply(THROTTLE, 429, {"Retry-After": "1"}), GOOD))
    started = time.monotonic()
    with caplog.at_level(logging.WARNING):
        assert await t.company.count(INVOICE) == 41
    assert time.monotonic() - started >= 1
    assert "throttles by the minute; waiting 1 s" in caplog.text
    assert [call.outcome for call in t.calls] == [Outcome.THROTTLED, Outcome.OK]


async def test_a_429_that_stays_is_a_throttled_error(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(THROTTLE, 429, {"Retry-After": "0"})))
    with pytest.raises(errors.ThrottledError):
        await t.company.count(INVOICE)
    assert len(t.calls) == 6


async def test_a_429_by_the_month_stops_at_once(talk: StartTalk) -> None:
    quota = {"Fault": {"Error": [{"Message": "Monthly quota of CorePlus calls exceeded"}], "type": "SERVICE"}}
    t = await talk(in_turn(Reply(quota, 429)))
    with pytest.raises(errors.MonthlyQuotaError, match="first of the month"):
        await t.company.count(INVOICE)
    assert len(t.calls) == 1


def unauthorized(received: Received) -> Reply:
    token = received.headers["authorization"].removeprefix("Bearer ")
    fault = {
        "fault": {
            "error": [
                {
                    "message": "message=AuthenticationFailed; errorCode=003200; statusCode=401",
                    "detail": f"Token expired: {token}",
                    "code": "3200",
                    "element": None,
                }
            ],
            "type": "AUTHENTICATION",
        },
        "queryResponse": None,
        "time": 1601391072830,
    }
    return Reply(fault, 401)


def tokens(access: str, refresh: str = "refresh-2") -> Reply:
    return Reply(
        {
            "token_type": "bearer",
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": 3600,
            "x_refresh_token_expires_in": 8726400,
            "x_refresh_token_hard_expires_in": 156032154,
        }
    )


async def test_a_401_in_the_middle_of_a_scan_refreshes_once_and_loses_no_page(talk: StartTalk) -> None:
    def script(received: Received) -> Reply:
        if "tokens/bearer" in received.path:
            return tokens("access-2")
        if received.headers["authorization"] == "Bearer access-1" and "STARTPOSITION 1 " not in received.statement:
            return unauthorized(received)
        return Reply(query_page("Invoice", [received.statement.split()[-3]]), delay=0.01)

    t = await talk(script)
    pages = [page async for page in t.company.scan(INVOICE, count=20_000)]
    assert len({page.start_position for page in pages}) == 20
    assert len(t.service.requests_to("tokens/bearer")) == 1


async def test_a_token_that_is_never_accepted_ends_in_an_authentication_error_without_the_token(
    talk: StartTalk, caplog: pytest.LogCaptureFixture
) -> None:
    def script(received: Received) -> Reply:
        return tokens("access-2") if "tokens/bearer" in received.path else unauthorized(received)

    t = await talk(script, token=grant("secret-access-1"))
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.AuthenticationError) as raised:
        await t.company.count(INVOICE)
    assert len(t.service.requests_to("/query")) == 2
    assert "access-" not in str(raised.value)
    assert "[hidden]" in str(raised.value)
    assert "secret-access-1" not in caplog.text
    assert "refresh-1" not in caplog.text
