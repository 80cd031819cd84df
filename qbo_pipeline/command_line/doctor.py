"""`qbo-pipeline doctor`: every part looked at, each finding with what to do about it.

Nothing is made, and nothing changed unless `--mend` asks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from qbo_pipeline.command_line.findings import Finding, Level
from qbo_pipeline.command_line.terminal import print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings


class Check(Protocol):
    """A look at one part or several."""

    __name__: str

    def __call__(self, settings: Settings, /) -> Iterator[Finding]:
        """What was found."""


def diagnose(settings: Settings, *, offline: bool, mend: bool = False) -> Iterator[Finding]:
    """Run every check. One that breaks is a finding, and the others go on. With `mend`, open files are closed."""
    from qbo_pipeline.command_line import (
        doctor_connections,
        doctor_destinations,
        doctor_machine,
        doctor_warehouse,
        doctor_webhooks,
        file_permissions,
    )

    def permissions(_: Settings) -> Iterator[Finding]:
        yield from file_permissions.permissions(settings, mend=mend)

    for check in (
        doctor_machine.versions,
        doctor_machine.settings_in_force,
        doctor_machine.data_folder,
        doctor_machine.ports,
        permissions,
        doctor_connections.encryption_key,
        doctor_connections.state_store,
    ):
        yield from _guarded(check, settings)
    reached = [] if offline else list(_guarded(doctor_connections.service, settings))
    yield from reached
    # A company cannot answer where the service does not.
    ask = not offline and all(one.level is Level.OK for one in reached)

    def companies(_: Settings) -> Iterator[Finding]:
        yield from doctor_connections.connected_companies(settings, ask=ask)

    for check in (
        companies,
        doctor_webhooks.webhooks,
        doctor_destinations.power_bi,
        doctor_destinations.tableau,
        doctor_warehouse.warehouse_file,
        doctor_warehouse.build_database,
        doctor_warehouse.finance_models,
        doctor_warehouse.lake,
    ):
        yield from _guarded(check, settings)


def _guarded(check: Check, settings: Settings) -> Iterator[Finding]:
    from qbo_pipeline.command_line.failures import describe

    try:
        yield from check(settings)
    except Exception as error:
        part = check.__name__.replace("_", " ")
        for failure in describe(error):
            told = failure.what if failure.where is None else f"{failure.what}: {failure.where}"
            yield Finding(Level.FAIL, part, told, failure.to_do or "The message above names what to mend.")


def settings_broken(message: str) -> Finding:
    """The finding where settings cannot even be read."""
    return Finding(Level.FAIL, "settings", message, "Correct the named variable in the environment or in .env.")


def report(findings: Iterator[Finding], *, as_json: bool) -> int:
    """Write findings as they come; returns 1 when one is a failure, else 0."""
    if as_json:
        found = list(findings)
        print_json(found)
        return int(any(one.level is Level.FAIL for one in found))
    from rich.text import Text

    console = results()
    marks = {Level.OK: ("ok  ", "green"), Level.WARN: ("warn", "yellow"), Level.FAIL: ("fail", "bold red")}
    levels: Counter[Level] = Counter()
    for one in findings:
        levels[one.level] += 1
        mark, style = marks[one.level]
        console.print(Text.assemble((mark, style), f"  {one.part}: {one.told}"), soft_wrap=True)
        if one.mend:
            console.print(Text(f"      → {one.mend}"), soft_wrap=True)
    console.print(f"\n{levels[Level.OK]} ok, {levels[Level.WARN]} to look at, {levels[Level.FAIL]} failed")
    return int(levels[Level.FAIL] > 0)
