"""What a soak did and what it found, for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from soak.outcome import Outcome, Size

_SHOWN = 25
"""Differences of one question that are told; of the rest, how many."""


def show(console: Console, size: Size, outcome: Outcome) -> int:
    """Write it; 0 when everything holds, else 1."""
    table = Table(title=f"Soak: {size.changes:,} changes, seed {size.seed}", title_justify="left", box=None)
    table.add_column("what")
    table.add_column("how often", justify="right")
    _section(table, "changes", outcome.made)
    _section(table, "refused by QuickBooks", outcome.refused)
    _section(table, "faults, and how many requests they struck", outcome.struck)
    _section(table, "kill -9", outcome.kills)
    _section(table, "figures", outcome.figures)
    table.add_section()
    table.add_row("[bold]seconds", f"{sum(outcome.seconds.values()):,.0f}")
    for phase, seconds in outcome.seconds.items():
        table.add_row(f"  {phase}", f"{seconds:,.0f}")
    console.print(table)
    for note in outcome.notes:
        console.print(f"Note: {note}", markup=False)
    for finding in outcome.findings:
        verdict = "[green]holds[/]" if not finding.wrong else f"[red]{len(finding.wrong):,} wrong[/]"
        console.print(f"{finding.question} ({finding.looked_at:,}): {verdict}")
        for one in finding.wrong[:_SHOWN]:
            console.print(f"  {one}", markup=False)
        if len(finding.wrong) > _SHOWN:
            console.print(f"  and {len(finding.wrong) - _SHOWN:,} more")
    return 0 if outcome.holds else 1


def _section(table: Table, title: str, counts: Mapping[str, int]) -> None:
    table.add_section()
    table.add_row(f"[bold]{title}", f"[bold]{sum(counts.values()):,}" if title != "figures" else "")
    for name, count in counts.items():
        table.add_row(f"  {name}", f"{count:,}")
