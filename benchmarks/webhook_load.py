"""Deliveries at a steady rate to `qbo-pipeline webhooks serve`, as QuickBooks makes them: without waiting.

Each has its instant; its answer is timed from that instant and not from when a connection was free, so that a receiver
that stalls is charged for everything that queued meanwhile.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import uuid4

from qbo_pipeline.webhooks.inbox_files import decode
from qbo_pipeline.webhooks.signatures import signature

TOKEN = "benchmark-verifier-token"
EVENTS = (1, 1, 2, 1, 5, 1, 3, 1, 1, 100)
"""Events of one delivery after another; 100 are the most QuickBooks sends (45 kB)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How the deliveries of one run were answered."""

    seconds: Sequence[float]
    """From the instant of each delivery until its answer, ascending."""
    refused: int
    """Answers other than 200."""
    lost: int
    """Answered with 200, but not in the inbox byte for byte."""
    a_group: float
    """Deliveries that shared a wait for the disk, on average."""

    def quantile(self, share: float) -> float:
        """Within so many seconds that share of the deliveries was answered."""
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


def answers(folder: Path, rate: int, seconds: float) -> Answers:
    """Deliver `rate` bodies a second for so many seconds to a receiver of its own, which writes below `folder`."""
    bodies = [_body(EVENTS[number % len(EVENTS)]) for number in range(int(rate * seconds))]
    with _receiver(folder) as (host, port):
        asyncio.run(_deliver(host, port, [_request(b"[]")] * 50, rate))  # what is imported at first use is no answer
        timed = asyncio.run(_deliver(host, port, [_request(body) for body in bodies], rate))
        groups = _groups(f"http://{host}:{port}/metrics")
    kept = {decode(path.read_bytes()).body for path in (folder / "webhooks" / "inbox").iterdir()}
    stored = [body for body, (status, _) in zip(bodies, timed, strict=True) if status == 200]
    return Answers(
        sorted(spent for _, spent in timed),
        len(bodies) - len(stored),
        sum(body not in kept for body in stored),
        (len(stored) + 50) / groups,
    )


@contextmanager
def _receiver(folder: Path) -> Iterator[tuple[str, int]]:
    command = [str(Path(sys.executable).parent / "qbo-pipeline"), "webhooks", "serve", "--port", "0"]
    variables = {"QBO_PIPELINE_DATA_DIR": str(folder), "QBO_WEBHOOK_VERIFIER_TOKEN": TOKEN}
    process = subprocess.Popen(command, env={**os.environ, **variables}, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        address = re.search(r"http://([\d.]+):(\d+)", process.stderr.readline())
        assert address is not None
        yield address[1], int(address[2])
    finally:
        process.terminate()
        process.communicate()


async def _deliver(host: str, port: int, requests: Sequence[bytes], rate: int) -> list[tuple[int, float]]:
    """Status and seconds of each request."""
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    began = perf_counter() + 0.5  # until then the tasks are made

    async def one(position: int, request: bytes) -> tuple[int, float]:
        due = began + position / rate
        await asyncio.sleep(due - perf_counter())
        reader, writer = free.pop() if free else await asyncio.open_connection(host, port)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        spent = perf_counter() - due
        if b"connection: close" in head.lower():
            writer.close()
        else:
            free.append((reader, writer))
        return int(head.split(b" ", 2)[1]), spent

    timed = await asyncio.gather(*(one(position, request) for position, request in enumerate(requests)))
    for _, writer in free:
        writer.close()
    return list(timed)


def _body(events: int) -> bytes:
    return json.dumps(
        [
            {
                "specversion": "1.0",
                "id": str(uuid4()),
                "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
                "type": "qbo.invoice.updated.v1",
                "datacontenttype": "application/json",
                "time": "2026-11-20T21:31:25.179851517Z",
                "intuitentityid": str(number),
                "intuitaccountid": "9341452000000001",
                "data": {},
            }
            for number in range(events)
        ]
    ).encode()


def _request(body: bytes) -> bytes:
    head = (
        "POST /webhooks HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/cloudevents+json\r\n"
        f"intuit-signature: {signature(body, TOKEN)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _groups(url: str) -> float:
    with urllib.request.urlopen(url) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line for line in lines if line.startswith("qbo_webhook_disk_waits ")).split()[1])
