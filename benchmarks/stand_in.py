"""A server that costs next to nothing, so that a client's CPU is all there is to measure.

It knows the token endpoint, `count(*)` and pages by position, and serves slices of text made beforehand. For anything
that has to be faithful there is the local QuickBooks service.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from urllib.parse import parse_qs, unquote_plus, urlsplit

from benchmarks.records import texts

_ENTITY = re.compile(r"from\s+(\w+)", re.IGNORECASE)
_START = re.compile(r"startposition\s+(\d+)", re.IGNORECASE)
_SIZE = re.compile(r"maxresults\s+(\d+)", re.IGNORECASE)
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_TOKENS = (
    b'{"token_type":"bearer","access_token":"stand-in","expires_in":3600,"refresh_token":"stand-in",'
    b'"x_refresh_token_expires_in":8726400}'
)
_TIME = b'"time":"2026-05-05T05:16:21.718-07:00"}'


class Company:
    """Every page of every entity, joined once."""

    def __init__(self, counts: dict[str, int]) -> None:
        self.counts = counts
        self._records = {entity: list(texts(entity, count)) for entity, count in counts.items()}
        self.requests = 0

    def answer(self, query: str) -> bytes:
        """The body of a query's answer."""
        self.requests += 1
        found = _ENTITY.search(query)
        entity = found[1] if found else ""
        records = self._records.get(entity, [])
        if "count(" in query.lower():
            return b'{"QueryResponse":{"totalCount":%d},%s' % (len(records), _TIME)
        start, size = _START.search(query), _SIZE.search(query)
        first = int(start[1]) - 1 if start else 0
        page = records[first : first + (int(size[1]) if size else 100)]
        if not page:
            return b'{"QueryResponse":{},' + _TIME
        head = b'{"QueryResponse":{"%s":[' % entity.encode()
        tail = b'],"startPosition":%d,"maxResults":%d},' % (first + 1, len(page))
        return head + b",".join(page) + tail + _TIME


async def serve(company: Company, port: int) -> None:
    """Serve until stopped; prints the port when ready."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                content = await reader.readexactly(int(length[1])) if length else b""
                body = _respond(company, head.split(b" ", 2)[1].decode(), content)
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nintuit_tid: 1-stand-in\r\n"
                    b"Content-Length: %d\r\n\r\n" % len(body)
                )
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def _respond(company: Company, target: str, content: bytes) -> bytes:
    url = urlsplit(target)
    if url.path.endswith("/query"):
        query = parse_qs(url.query).get("query")
        return company.answer(query[0] if query else unquote_plus(content.decode()))
    if "oauth2" in url.path:
        return _TOKENS
    if url.path.endswith("/requests"):
        return str(company.requests).encode()
    return b'{"CompanyInfo":{"Id":"1","SyncToken":"0","CompanyName":"Stand-in"},' + _TIME


def main() -> None:
    """`python -m benchmarks.stand_in --port 0 Invoice=200000 Payment=100000`"""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("counts", nargs="+", help="Entity=records")
    arguments = parser.parse_args()
    counts = {name: int(count) for name, _, count in (one.partition("=") for one in arguments.counts)}
    asyncio.run(serve(Company(counts), arguments.port))


if __name__ == "__main__":
    sys.exit(main())
