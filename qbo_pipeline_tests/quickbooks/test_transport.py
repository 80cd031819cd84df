from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import httpcore
import pytest

from qbo_pipeline.proxies import ProxyVariablesError
from qbo_pipeline.quickbooks.transport import LargeReadTransport, open_http
from qbo_pipeline.tls import CertificatesError, tls_context
from qbo_pipeline_tests.quickbooks.conftest import INVOICE, StartTalk
from qbo_pipeline_tests.quickbooks.stub_service import Reply, StubService, in_turn, query_page

LARGE = json.dumps(query_page("Invoice", [str(one) * 100 for one in range(20_000)])).encode()


async def test_a_large_body_arrives_whole_in_reads_larger_than_httpcores_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    read = httpcore.AnyIOBackend.connect_tcp

    async def connect(*arguments: object, **options: object) -> httpcore.AsyncNetworkStream:
        stream = await read(*arguments, **options)  # type: ignore[arg-type]
        receive = stream.read

        async def recording(max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
            asked.append(max_bytes)
            return await receive(max_bytes, timeout)

        stream.read = recording  # type: ignore[method-assign]
        return stream

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    with StubService(in_turn(Reply(LARGE))) as service:
        async with open_http() as http:
            for _ in range(2):
                assert (await http.get(service.url)).content == LARGE
    assert min(asked) > 1_000_000


async def test_a_connection_that_the_server_has_closed_is_not_used_again() -> None:
    closing, staying = Reply(b'"first"', declared_length=len(b'"first"')), Reply(b'"second"')
    with StubService(in_turn(closing, staying)) as service:
        async with open_http() as http:
            assert (await http.get(service.url)).json() == "first"
            await asyncio.sleep(0.2)  # until the end of the connection has arrived
            assert (await http.get(service.url)).json() == "second"
        assert len({received.client for received in service.received}) == 2


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with StubService(in_turn(Reply(b'"through the proxy"'))) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        async with open_http() as http:
            assert (await http.get("http://quickbooks.invalid/v3")).json() == "through the proxy"


async def test_where_only_exceptions_from_a_proxy_are_named_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "localhost,127.0.0.1")
    async with open_http() as http:
        assert isinstance(http._transport, LargeReadTransport)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("ALL_PROXY", "socks5://me:w0rd@127.0.0.1:1080", id="socks"),
        pytest.param("all_proxy", "socks://me:w0rd@127.0.0.1:1080", id="as Gnome writes it"),
        pytest.param("https_proxy", "http://me:w0rd@proxy.example:port", id="no port"),
        pytest.param("https_proxy", "http://me:w0rd/rest@proxy.example:8080", id="a slash in the password"),
        pytest.param("all_proxy", "http://me:w0rd#rest@proxy.example:8080", id="another delimiter in it"),
        pytest.param("NO_PROXY", "localhost,[::1]", id="brackets"),
    ],
)
def test_proxy_variables_that_are_of_no_use_are_named_and_passwords_are_not(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    with pytest.raises(ProxyVariablesError, match="HTTP_PROXY, HTTPS_PROXY, ALL_PROXY or NO_PROXY") as caught:
        open_http()
    assert "w0rd" not in str(caught.value)


def test_certificates_that_cannot_be_read_are_told_with_who_named_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").touch()
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    tls_context.cache_clear()
    for name, why in (("missing.pem", "No such file or directory"), ("empty.pem", "no certificate or crl found")):
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / name))
        with pytest.raises(CertificatesError, match=rf"{why}.*SSL_CERT_FILE={tmp_path / name}\."):
            open_http()


async def test_compressed_pages_are_read(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply(gzip.compress(LARGE), headers={"Content-Encoding": "gzip"})))
    [page] = [page async for page in t.company.scan(INVOICE, count=1)]
    assert page.body == LARGE
    assert t.calls[0].bytes_received == len(LARGE)


async def test_connections_are_kept_alive(talk: StartTalk) -> None:
    t = await talk(in_turn(Reply({"QueryResponse": {"totalCount": 1}})))
    for _ in range(5):
        await t.company.count(INVOICE)
    assert len({received.client for received in t.service.received}) == 1
