"""The table of invariants in docs/proof.md; `python -m qbo_pipeline.finance.checks_page` writes it anew."""

from __future__ import annotations

from pathlib import Path

from qbo_pipeline.finance.checks import shipped_checks

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
BEGIN, END = "<!-- invariants -->", "<!-- end of invariants -->"
ELSEWHERE = (
    (15, "no_duplicate_keys", "every table of QuickBooks", "error", "yes", "No record and no line is there twice."),
    (19, "row_count_matches", "every table of QuickBooks", "error", "yes", "As many rows as QuickBooks counts."),
    (20, "closed_periods_unchanged", "quickbooks/*", "warn", "no", "No document dated in closed books was changed."),
)
"""Checks of invariants that are judged on QuickBooks' tables, after each load."""


def table() -> str:
    """The invariants in Markdown, a row a check."""
    rows = [
        (
            check.invariant,
            check.name,
            check.on,
            str(check.severity),
            "yes" if check.blocking else "no",
            f"{check.description} Costs {check.cost.rstrip('.')}.",
        )
        for check in shipped_checks()
    ]
    lines = [
        f"| {number} | `{name}` | `{on}` | {severity} | {blocking} | {told} |"
        for number, name, on, severity, blocking, told in sorted([*rows, *ELSEWHERE])
    ]
    return "\n".join(["| # | check | on | severity | blocks | what holds |", "|---|---|---|---|---|---|", *lines])


def page(written: str) -> str:
    """The page with its table as the checks are today."""
    before, rest = written.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
