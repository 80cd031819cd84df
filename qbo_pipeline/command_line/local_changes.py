"""`qbo-pipeline local change`: companies of a running local QuickBooks, as if people worked in them."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from typing import TYPE_CHECKING

import typer

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    import httpx

    from qbo_pipeline.local.quickbooks.living import LivingCompany, Outcome

_SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
_OPERATIONS = {
    "create": "created",
    "update": "updated",
    "deactivate": "made inactive",
    "reactivate": "made active",
    "merge": "merged",
    "void": "voided",
    "delete": "deleted",
}
_REQUEST_SECONDS = 30.0


def rate(text: str) -> float:
    """`5/s`, `30/min`, `0.5/s`: changes a second."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)/(s|min|h)", text)
    if found is None or not float(found[1]):
        raise typer.BadParameter(f"{text!r} is no rate such as 5/s, 30/min or 100/h")
    return float(found[1]) / _SECONDS[found[2]]


def duration(text: str) -> float:
    """`60s`, `10min`, `2h`: seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(s|min|h)", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no duration such as 60s, 10min or 2h")
    return float(found[1]) * _SECONDS[found[2]]


def change(url: str, *, per_second: float, seconds: float, seed: int, realms: list[str], as_json: bool) -> int:
    """Make so many changes as fit in the time, at their rate; tell what they were. 1 when any was refused.

    Ctrl-C ends it early. The same seed makes the same changes of the same company.

    Raises:
        CommandError: no service answers, or a company is not there.
    """
    import httpx

    from qbo_pipeline.local.quickbooks.living import ConnectionFailedError

    done: list[Outcome] = []
    with httpx.Client(base_url=url, timeout=_REQUEST_SECONDS) as http:
        try:
            companies = _opened(http, realms)
            wanted = round(per_second * seconds)
            with messages().status("Reading the companies …") as shown:
                for outcome in _changes(companies, wanted, per_second, seed):
                    done.append(outcome)
                    shown.update(f"{len(done):,} of {wanted:,} changes")
        except ConnectionFailedError as error:
            start = "Start it: qbo-pipeline local serve quickbooks. Elsewhere than on port 8710: --url"
            raise CommandError(str(error), start) from None
        except httpx.TransportError as error:
            raise CommandError(f"The local QuickBooks stopped answering after {len(done):,} changes: {error}") from None
        except KeyboardInterrupt:
            messages().print("Stopped.")
    _tell(done, sum(one.connection.throttled for one in companies), as_json=as_json)
    return 1 if any(one.fault for one in done) else 0


def _opened(http: httpx.Client, realms: list[str]) -> list[LivingCompany]:
    """The companies, connected and read; all that are offered where none is named."""
    from qbo_pipeline.local.quickbooks.living import LivingCompany, connect, offered_companies

    offered = offered_companies(http)
    if not offered:
        raise CommandError("The local QuickBooks has no company.", "Load one: qbo-pipeline local import <folder>")
    return [LivingCompany(connect(http, realm)) for realm in realms or offered]


def _changes(companies: list[LivingCompany], wanted: int, per_second: float, seed: int) -> Iterator[Outcome]:
    """Changes in their time, in one company after the other; late ones are made up for."""
    from random import Random

    chances = [Random(f"{seed} {place}") for place in range(len(companies))]  # noqa: S311 - nothing secret
    turns = cycle(zip(companies, chances, strict=True))
    began = time.monotonic()
    for place in range(wanted):
        time.sleep(max(0.0, began + place / per_second - time.monotonic()))
        company, chance = next(turns)
        yield company.live(chance)


def _tell(done: list[Outcome], throttled: int, *, as_json: bool) -> None:
    from rich.table import Table

    counts = Counter[tuple[str, str]]((one.change.entity, one.change.operation) for one in done if one.fault is None)
    refused = [one for one in done if one.fault is not None]
    if as_json:
        made = [{"entity": entity, "operation": kind, "count": number} for (entity, kind), number in counts.items()]
        print_json({"made": made, "refused": [one.fault for one in refused], "throttled": throttled})
        return
    table = Table(box=None, pad_edge=False)
    table.add_column("entity")
    for heading in _OPERATIONS.values():
        table.add_column(heading, justify="right")
    for entity in sorted({entity for entity, _ in counts}):
        table.add_row(entity, *(f"{counts[entity, kind]:,}" if counts[entity, kind] else "" for kind in _OPERATIONS))
    results(whole=True).print(table)
    waited = f", {throttled:,} requests had to wait for the limits" if throttled else ""
    results().print(f"{sum(counts.values()):,} changes{waited}", markup=False)
    for one in refused:
        messages().print(f"Refused: {one.change.operation} of {one.change.entity}: {one.fault}", markup=False)
