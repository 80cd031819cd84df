"""Options that several groups of commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Destination(StrEnum):
    """Where published rows go."""

    POWER_BI = "power_bi"
    TABLEAU = "tableau"


Companies = Annotated[
    list[str] | None,
    typer.Option("--company", metavar="REALM", help="Realm id or name; repeat it for several. Default: all connected."),
]
Realms = Annotated[
    list[str] | None, typer.Option("--company", metavar="REALM", help="Realm id or name; repeatable. Default: all.")
]
"""Of whatever the warehouse or the lake has, also of companies that are not connected any more."""
Entities = Annotated[
    list[str] | None,
    typer.Option(
        "--entity", metavar="NAME", help="Entity, as QuickBooks or its table is called; repeatable. Default: all."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for scripts.")]
Seed = Annotated[int, typer.Option(help="Another seed makes other companies; the same seed, the same companies.")]
Scale = Annotated[float, typer.Option(min=0.01, help="Multiplies customers and transactions of the demo companies.")]
