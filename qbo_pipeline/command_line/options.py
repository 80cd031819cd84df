"""Options that several groups of commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Companies = Annotated[
    list[str] | None,
    typer.Option("--company", metavar="REALM", help="Realm id or name; repeat it for several. Default: all connected."),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
Seed = Annotated[int, typer.Option(help="Another seed makes other companies; the same seed, the same companies.")]
Scale = Annotated[float, typer.Option(min=0.01, help="Multiplies customers and transactions of the demo companies.")]
