"""A server that costs next to nothing, so that a client's CPU is all there is to measure.

It knows the token endpoint, `count(*)` (alone and in a batch), pages by position and an empty change data capture,
and serves slices of text made beforehand; conditions and orders are not looked at. It can wait before it answers, and
keep QuickBooks' limits and judge who breaks them. For anything that has to be faithful there is the local QuickBooks
service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from benchmarks.prepared import PreparedRecords

Parts = list[bytes | memoryview]

_ENTITY = re.compile(r"from\s+(\w+)", re.IGNORECASE)
_START = re.compile(r"startposition\s+(\d+)", re.IGNORECASE)
_SIZE = re.compile(r"maxresults\s+(\d+)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_TOKENS = (
    b'{"token_type":"bearer","access_token":"stand-in","expires_in":3600,"refresh_token":"stand-in",'
    b'"x_refresh_token_expires_in":8726400}'
)
_TIME = b'"time":"2026-05-05T05:16:21.718-07:00"}'
_THROTTLED = (
    b'{"Fault":{"Error":[{"Message":"message=ThrottleExceeded; errorCode=003001; statusCode=429","Detail":"",'
    b'"code":"3001"}],"type":"SERVICE"},' + _TIME
)


class Judge:
    """QuickBooks' limits for one company and app: 10 requests in any second, 500 in any minute."""

    def __init__(self, keep: bool) -> None:
        self._keep = keep
        self._arrivals: deque[float] = deque()
        self.requests = 0
        self.throttled = 0
        self.busiest_minute = 0

    def admits(self) -> bool:
        """Whether a request that arrives now is answered."""
        now = time.monotonic()
        while self._arrivals and self._arrivals[0] <= now - 60:
            self._arrivals.popleft()
        last_second = sum(1 for at in list(self._arrivals)[-10:] if at > now - 1)
        self.requests += 1
        if self._keep and (last_second >= 10 or len(self._arrivals) >= 500):
            self.throttled += 1
            return False
        self._arrivals.append(now)
        self.busiest_minute = max(self.busiest_minute, len(self._arrivals))
        return True

    def verdict(self) -> bytes:
        """What there was, as JSON."""
        told = {name: getattr(self, name) for name in ("requests", "throttled", "busiest_minute")}
        return json.dumps(told).encode()


class StandIn:
    """Answers of one company."""

    def __init__(self, counts: Mapping[str, int], latency: float, limits: bool) -> None:
        self._records = {entity: PreparedRecords(entity, count) for entity, count in counts.items()}
        self._latency = latency
        self._judge = Judge(limits)

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client closes it."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                content = await reader.readexactly(int(length[1])) if length else b""
                status, parts = await self._answer(head.split(b" ", 2)[1].decode(), content)
                size = sum(len(part) for part in parts)
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nintuit_tid: 1-stand-in\r\n"
                    b"Content-Length: %d\r\n\r\n" % (status, size)
                )
                writer.writelines(parts)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _answer(self, target: str, content: bytes) -> tuple[bytes, Parts]:
        url = urlsplit(target)
        if url.path == "/verdict":
            return b"200 OK", [self._judge.verdict()]
        if "oauth2" in url.path:
            return b"200 OK", [_TOKENS]
        if not self._judge.admits():
            return b"429 Too Many Requests", [_THROTTLED]
        if self._latency:
            await asyncio.sleep(self._latency)
        if url.path.endswith("/query"):
            query = parse_qs(url.query).get("query")
            return b"200 OK", self._query(query[0] if query else unquote_plus(content.decode()))
        if url.path.endswith("/batch"):
            return b"200 OK", [self._batch(json.loads(content)["BatchItemRequest"])]
        if url.path.endswith("/cdc"):
            return b"200 OK", [b'{"CDCResponse":[{"QueryResponse":[{}]}],' + _TIME]
        return b"200 OK", [b'{"CompanyInfo":{"Id":"1","SyncToken":"0","CompanyName":"Stand-in"},' + _TIME]

    def _query(self, query: str) -> Parts:
        found = _ENTITY.search(query)
        entity = found[1] if found else ""
        records = self._records.get(entity)
        if "count(" in query.lower():
            return [b'{"QueryResponse":{"totalCount":%d},%s' % (len(records) if records else 0, _TIME)]
        start, size = _START.search(query), _SIZE.search(query)
        first = int(start[1]) if start else 1
        page, count = records.page(first - 1, int(size[1]) if size else 100) if records else (b"", 0)
        if not count:
            return [b'{"QueryResponse":{},' + _TIME]
        tail = b'],"startPosition":%d,"maxResults":%d},%s' % (first, count, _TIME)
        return [b'{"QueryResponse":{"%s":[' % entity.encode(), page, tail]

    def _batch(self, items: list[dict[str, Any]]) -> bytes:
        answers = b",".join(
            b"".join(self._query(item["Query"])).replace(_TIME, b'"bId":%s}' % json.dumps(item["bId"]).encode())
            for item in items
        )
        return b'{"BatchItemResponse":[' + answers + b"]," + _TIME


@contextmanager
def serving(counts: Mapping[str, int], *, latency: float = 0.0, limits: bool = False) -> Iterator[str]:
    """The stand-in as a process of its own; yields its URL."""
    arguments = [f"{entity}={count}" for entity, count in counts.items()]
    command = [sys.executable, "-m", "benchmarks.stand_in", "--latency", str(latency), *arguments]
    with subprocess.Popen([*command, *(["--limits"] if limits else [])], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("the stand-in server did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()  # it holds nothing, and where SIGTERM is ignored its children ignore it too


def verdict(url: str) -> dict[str, int]:
    """How many requests came, how many broke a limit, how many came in the busiest minute."""
    with urllib.request.urlopen(f"{url}/verdict") as answer:
        found: dict[str, int] = json.load(answer)
    return found


async def _serve(stand_in: StandIn, port: int) -> None:
    server = await asyncio.start_server(stand_in.connection, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main() -> None:
    """`python -m benchmarks.stand_in --port 0 Invoice=200000 Payment=100000`; prints the port when ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--limits", action="store_true", help="answer 429 beyond 10 a second and 500 a minute")
    parser.add_argument("counts", nargs="+", help="Entity=records")
    arguments = parser.parse_args()
    counts = {name: int(count) for name, _, count in (one.partition("=") for one in arguments.counts)}
    asyncio.run(_serve(StandIn(counts, arguments.latency, arguments.limits), arguments.port))


if __name__ == "__main__":
    main()
