"""What every command does first and last: read the settings, and end with an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


def current_settings() -> Settings:
    """The settings of this process; imported when they are asked for, so that `--help` is fast."""
    from qbo_pipeline.settings import load_settings

    return load_settings()


def end(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)
