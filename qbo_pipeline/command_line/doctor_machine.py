"""What `doctor` looks at on this machine: versions, settings, the data folder, disk space, ports."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from qbo_pipeline.command_line.connect import CALLBACK_PORT
from qbo_pipeline.command_line.findings import Finding, Level

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings

DAGSTER_PORT = 3000
_GIGABYTE = 1 << 30
_SPACE_WANTED = 5 * _GIGABYTE
"""A million invoices with lake, build and published warehouse need about this much."""
_SPACE_NEEDED = _GIGABYTE // 2


def versions(_: Settings) -> Iterator[Finding]:
    """Python, DuckDB and Dagster."""
    told = f"Python {platform.python_version()}, DuckDB {version('duckdb')}, Dagster {version('dagster')}"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding(Level.FAIL, "versions", told, "Use Python 3.11, 3.12 or 3.13: make clean, then make demo.")
    elif not version("duckdb").startswith("2.0."):
        yield Finding(Level.FAIL, "versions", told, "Install DuckDB 2.0 as the lock file has it: make demo does.")
    else:
        yield Finding(Level.OK, "versions", told)


def settings_in_force(settings: Settings) -> Iterator[Finding]:
    """Every setting, by its environment variable; secrets only as set or not."""
    from qbo_pipeline.settings import Environment

    shown = [f"{variable}={value}" for variable, value in variables(settings).items()]
    yield Finding(Level.OK, "settings", ", ".join(shown))
    if settings.environment is not Environment.LOCAL:
        local = [
            variable
            for variable, value in (
                ("QBO_CLIENT_ID", settings.client_id),
                ("QBO_CLIENT_SECRET", settings.client_secret.get_secret_value()),
            )
            if value.startswith("local-")
        ]
        if local:
            yield Finding(
                Level.FAIL, "Intuit app", f"{' and '.join(local)} not set for {settings.environment}",
                "Copy the keys of your app from https://developer.intuit.com into .env.",
            )  # fmt: skip
    for variable, url in _urls(settings).items():
        parts = urlsplit(url)
        plain = parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            yield Finding(Level.FAIL, variable, f"{url} is no URL", f"Set {variable} to https://…, or leave it out.")
        elif plain:
            yield Finding(Level.FAIL, variable, f"{url} would send tokens in clear text", "Use https://.")


def variables(settings: Settings) -> dict[str, str]:
    """Environment variable → the value in force; a secret is only said to be set."""
    from qbo_pipeline.settings.quickbooks import variable_of

    found: dict[str, str] = {}
    for name, field in type(settings).model_fields.items():
        variable = variable_of(name, field)
        value = getattr(settings, name)
        if hasattr(value, "get_secret_value"):
            found[variable] = "(default)" if value == field.default else "(set)"
        elif value is None or value == ():
            found[variable] = _urls(settings).get(variable, "(default)")
        else:
            found[variable] = ",".join(value) if isinstance(value, tuple) else str(value)
    return found


def _urls(settings: Settings) -> dict[str, str]:
    return {
        "QBO_API_BASE_URL": settings.api_base_url,
        "QBO_TOKEN_URL": settings.token_url,
        "QBO_AUTHORIZE_URL": settings.authorize_url,
        "QBO_REVOKE_URL": settings.revoke_url,
    }


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Whether the data folder can be written, and what room is left."""
    root = settings.data.root
    nearest = _nearest(root)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        yield Finding(
            Level.FAIL, "data folder", f"{root} cannot be written",
            f"Give your user write access to {nearest}, or set QBO_PIPELINE_DATA_DIR to another folder.",
        )  # fmt: skip
        return
    yield Finding(Level.OK, "data folder", f"{root}" + ("" if root.exists() else ", made with the first load"))
    free = shutil.disk_usage(nearest).free
    told = f"{free / _GIGABYTE:.1f} GB free at {nearest}"
    mend = "Make room, or set QBO_PIPELINE_DATA_DIR to a larger disk."
    if free < _SPACE_NEEDED:
        yield Finding(Level.FAIL, "disk space", told, mend)
    elif free < _SPACE_WANTED:
        yield Finding(Level.WARN, "disk space", told, mend)
    else:
        yield Finding(Level.OK, "disk space", told)


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next(one for one in (path, *path.parents) if one.exists())


def ports(settings: Settings) -> Iterator[Finding]:
    """The ports of the redirect, of Dagster's UI and of the local service."""
    from qbo_pipeline.settings import Environment

    if is_free(CALLBACK_PORT):
        yield Finding(Level.OK, f"port {CALLBACK_PORT}", "free for the redirect of connect")
    else:
        yield Finding(
            Level.WARN, f"port {CALLBACK_PORT}", "in use; the redirect of connect cannot arrive",
            "Stop what uses it before connect, or use: qbo-pipeline connect --no-browser",
        )  # fmt: skip
    told = "free for Dagster's UI" if is_free(DAGSTER_PORT) else "in use, by Dagster's UI or another program"
    yield Finding(Level.OK, f"port {DAGSTER_PORT}", told)
    address = urlsplit(settings.api_base_url)
    if settings.environment is Environment.LOCAL and address.port is not None:
        told = "free: the local QuickBooks does not run" if is_free(address.port) else "in use, as it should be"
        yield Finding(Level.OK, f"port {address.port}", told)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
