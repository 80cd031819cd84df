"""A real headless Chromium on the Dagster UI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from qbo_pipeline_tests.patience import PATIENCE_SECONDS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without them a Chromium without a desktop looks for Google's hosts and a sandbox that containers do not give."""

PATIENCE_MILLISECONDS = 1000 * PATIENCE_SECONDS


@contextmanager
def open_browser(
    executable: str, profile: Path, width: int = 1600, height: int = 1000, scale: float = 1.5
) -> Iterator[Page]:
    """A page of a fresh browser, past Dagster's invitation to its community."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable,
            headless=True,
            args=list(FLAGS),
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
        )
        try:
            context.set_default_timeout(PATIENCE_MILLISECONDS)
            expect.set_options(PATIENCE_MILLISECONDS)
            context.add_init_script("localStorage.setItem('communityNux', '\"1\"')")
            yield context.pages[0]
        finally:
            context.close()


def launch(page: Page) -> None:
    """Press the button that launches what the open dialog describes, and wait until it closed."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Launch").click()
    dialog.wait_for(state="hidden")
