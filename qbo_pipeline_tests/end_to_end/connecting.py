"""`qbo-pipeline connect` as a person uses it: a command in a terminal, a page in a real browser, a click."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

from qbo_pipeline.local.quickbooks import LocalQuickBooks
from qbo_pipeline_tests.patience import PATIENCE_SECONDS
from qbo_pipeline_tests.ports import free_port

COMMAND = str(Path(sys.executable).with_name("qbo-pipeline"))


def environment_of(quickbooks: LocalQuickBooks, data: Path) -> dict[str, str]:
    """The environment of commands that talk to this QuickBooks, without a browser that they could open."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QBO_")}
    return kept | {
        "BROWSER": "true",
        "QBO_PIPELINE_DATA_DIR": str(data),
        "QBO_API_BASE_URL": quickbooks.url,
        "QBO_TOKEN_URL": f"{quickbooks.url}/oauth2/v1/tokens/bearer",
        "QBO_AUTHORIZE_URL": f"{quickbooks.url}/connect/oauth2",
        "QBO_REVOKE_URL": f"{quickbooks.url}/v2/oauth2/tokens/revoke",
    }


@contextmanager
def authorize_page(page: Page, environment: dict[str, str], folder: Path) -> Iterator[Callable[[], str]]:
    """The browser on the page that `qbo-pipeline connect` asks to open; the value waits for what the command says."""
    redirect_uri = f"http://localhost:{free_port()}/callback"
    command = [COMMAND, "connect", "--redirect-uri", redirect_uri]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment, cwd=folder) as process:
        try:
            assert process.stderr is not None
            address = next(line.strip() for line in process.stderr if "/connect/oauth2?" in line)
            page.goto(address)

            def told() -> str:
                output, _ = process.communicate(timeout=PATIENCE_SECONDS)
                assert process.returncode == 0
                return output

            yield told
        finally:
            process.kill()


def click_connect(page: Page, company: str) -> None:
    """Pick the company and click; returns on the page of the command that says what came of it."""
    page.get_by_label(company).check()
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible()


def in_a_terminal(*arguments: str, environment: dict[str, str], folder: Path, columns: int = 120) -> str:
    """What a command writes into a terminal of this width, colours included."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    with subprocess.Popen(
        [COMMAND, *arguments],
        stdin=its,
        stdout=its,
        stderr=its,
        env=environment | {"TERM": "xterm-256color"},
        cwd=folder,
    ):
        os.close(its)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # nobody writes into it any more
        return b""
