"""Where commands write: results to standard output, everything about them to standard error."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_PIPE_WIDTH = 1_000_000
"""Tables written to a file or a pipe are never cut."""
_HEIGHT = 25
"""Nothing that is written there depends on it."""


def results(*, whole: bool = False) -> Console:
    """The console of standard output: what the user asked for.

    Args:
        whole: Whether a table is as wide as it needs to be also on a narrow terminal, which then goes on in the next
            line: of a realm id, a name or a number a part is another one.

    A terminal, or a pipe of Windows, may know fewer characters than Unicode has: people get a question mark for what it
    lacks. Programs, which are not written to here, get an error.
    """
    from qbo_pipeline.command_line.harmless_console import HarmlessConsole

    if isinstance(sys.stdout, TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")
    width = None if sys.stdout.isatty() and not whole else _PIPE_WIDTH
    # rich keeps to a width on a terminal that it calls dumb only where it is told a height as well.
    return HarmlessConsole(width=width, height=None if width is None else _HEIGHT)


def messages() -> Console:
    """The console of standard error: progress, warnings, failures."""
    from qbo_pipeline.command_line.harmless_console import HarmlessConsole

    return HarmlessConsole(stderr=True, soft_wrap=True)


def print_json(value: object) -> None:
    """Write plain data, dataclasses among it, as JSON for a script. Amounts are JSON numbers with every digit."""
    import msgspec

    encoded = msgspec.json.Encoder(decimal_format="number", enc_hook=str).encode(value)
    sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")


def instant(moment: datetime | None) -> str:
    """A UTC instant as people read it: `2026-11-20 23:59`; a dash for none."""
    if moment is None:
        return "-"
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return f"{aware:%Y-%m-%d %H:%M}"
