"""Get ready what the tests need beyond Python packages: a Chromium for the browser tests, by Debian's apt.

`make test` runs this first. It never fails: what cannot be had is said, and the tests that need it skip themselves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
APT_SECONDS = 600


def chromium() -> str | None:
    """The path of a Chromium on this machine; CHROMIUM overrules the search."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for path in map(shutil.which, CHROMIUM_NAMES) if path), None)


def install_chromium() -> str | None:
    """Install Debian's chromium. None when it worked, else why it could not."""
    if shutil.which("apt-get") is None:
        return "there is no apt-get on this machine"
    privileged = _privileged()
    if privileged is None:
        return "installing needs root or sudo without a password"
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", "chromium")):
        problem = _run([*privileged, "apt-get", *arguments], environment)
        if problem is not None:
            return f"apt-get {arguments[0]} {problem}"
    return None


def main() -> int:
    """Install what is missing and say what was found, installed or will be skipped."""
    found = chromium()
    if found is not None:
        _say(f"browser tests use {found}")
        return 0
    _say("no Chromium on this machine; installing Debian's …")
    problem = install_chromium()
    found = chromium()
    if found is not None:
        _say(f"installed {found}")
    else:
        _say(
            f"the browser tests will be skipped: {problem or 'apt-get installed no chromium'}. "
            "Install Chromium or set CHROMIUM to the path of one."
        )
    return 0


def _privileged() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo is None:
        return None
    allowed = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)
    return [sudo, "-n"] if allowed.returncode == 0 else None


def _run(command: Sequence[str], environment: dict[str, str]) -> str | None:
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=APT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"took more than {APT_SECONDS} s"
    except OSError as error:
        return f"did not start: {error}"
    if done.returncode == 0:
        return None
    lines = (done.stderr or done.stdout).strip().splitlines()
    return f"failed: {lines[-1] if lines else f'exit code {done.returncode}'}"


def _say(text: str) -> None:
    print(f"prerequisites: {text}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
