"""A proof as people read it in a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import instant, results

if TYPE_CHECKING:
    from rich.table import Table

    from qbo_pipeline.finance.proof import Judged, Proof

_STATEMENTS = {"BalanceSheet": "balance sheet", "ProfitAndLoss": "profit and loss", "TrialBalance": "trial balance"}
_REASONS = {
    "cogs": "cost of goods sold and stock: QuickBooks costs what is sold",
    "tax": "the account of a tax",
    "ar_account": "the account of receivables",
    "item_account": "the account that an item, shipping or tips were on before they were given another one",
    "fx": "gains and losses on exchange",
    "no_entity": "transactions that QuickBooks serves in reports alone",
    "rounding": "cents of rounding",
    "unexplained": "no reason known",
}
_CUT_FIGURE = re.compile(r"\d[,.-]?\N{HORIZONTAL ELLIPSIS}")


def print_proof(proof: Proof) -> None:
    """Write what ties, what was patched and why, each invariant with its verdict, and what follows."""
    from rich.markup import escape

    console = results()
    console.print(f"[bold]{escape(proof.company)} ({proof.realm_id})[/], books of {proof.as_of or '-'}")
    console.print(
        f"QuickBooks' own reports, pulled {instant(proof.reports_pulled_at)} UTC, against ours:\n", style="dim"
    )
    _print(_tie_outs(proof))
    console.print(_from_documents(proof))
    if proof.patched:
        _print(_patches(proof))
        console.print()
    _print(_invariants(proof))
    for one in proof.judged:
        if not one.verdict.holds:
            _offenders(one)
    console.print(f"\n{escape(_conclusion(proof))}\n", style="bold green" if proof.proven else "bold red")


def _tie_outs(proof: Proof) -> Table:
    table = _table(
        "basis", "statement", "months tie", "accounts tie", "account-months tie", "wait", "not pulled", "differ"
    )
    for one in proof.tie_outs:
        untied = one.waiting + one.not_pulled + one.differing
        table.add_row(
            one.basis, _STATEMENTS.get(one.statement, one.statement), f"{one.months_tied:,} of {one.months:,}",
            f"{one.accounts_tied:,} of {one.accounts:,}", f"{one.tied:,} of {one.account_months:,}",
            f"{one.waiting:,}", f"{one.not_pulled:,}", f"{one.differing:,}",
            style="red" if one.differing else "yellow" if untied else None,
        )  # fmt: skip
    return table


def _from_documents(proof: Proof) -> str:
    share = proof.entities
    return (
        f"\nFrom the documents alone: {share.tied:,} of {share.legs:,} legs ({share.percent}%) and "
        f"{share.account_months_tied:,} of {share.account_months:,} account-months; of the legs that documents show at "
        f"all, {share.percent_of_shown}% (they show no cost of goods sold, and no account of tax and receivables)."
        + (f" {share.waiting:,} legs wait for their month's report." if share.waiting else "")
        + ("" if proof.patched else "\nNothing had to be patched.")
        + "\n"
    )


def _patches(proof: Proof) -> Table:
    table = _table("patched for", "legs", "transactions", "debits", "credits", "months", numbers_from=1)
    for one in proof.patched:
        table.add_row(
            _REASONS.get(one.reason, one.reason), f"{one.legs:,}", f"{one.transactions:,}", f"{one.debit:,}",
            f"{one.credit:,}", f"{one.first_month:%Y-%m} to {one.last_month:%Y-%m}",
            style="red" if one.reason == "unexplained" else None,
        )  # fmt: skip
    return table


def _invariants(proof: Proof) -> Table:
    from rich.markup import escape

    from qbo_pipeline.finance.proof import JUDGED_WITH_EACH_LOAD

    table = _table("#", "invariant", "holds", numbers_from=3)
    rows = [(one.invariant, one.name.replace("_", " "), _holds(one), _style(one)) for one in proof.judged]
    rows += [(number, text, "judged with each load", "dim") for number, text in JUDGED_WITH_EACH_LOAD.items()]
    for number, name, holds, style in sorted(rows):
        table.add_row(f"{number}", escape(name), holds, style=style)
    return table


def _holds(judged: Judged) -> str:
    if judged.verdict.holds:
        return "yes"
    return f"no: {judged.verdict.evidence['offenders']:,} cases ({judged.severity})"


def _style(judged: Judged) -> str:
    if judged.verdict.holds:
        return ""
    return "red" if judged.severity == "error" else "yellow"


def _offenders(judged: Judged) -> None:
    from rich.markup import escape

    results().print(
        f"\n[bold]{judged.invariant} {escape(judged.name.replace('_', ' '))}[/]: {escape(judged.verdict.sentence)}"
    )
    columns = [
        name for name in dict.fromkeys(key for one in judged.verdict.offenders for key in one) if name != "company"
    ]
    table = _table(*columns, numbers_from=len(columns))
    for one in judged.verdict.offenders:
        table.add_row(*(escape(one.get(name, "")) for name in columns))
    _print(table)


def _conclusion(proof: Proof) -> str:
    if proof.proven:
        return f"Proven: every account-month of {proof.company} is QuickBooks' own to the cent, nothing is unexplained."
    reasons = [
        text
        for count, text in (
            (proof.unexplained, f"{proof.unexplained:,} account-months or legs are unexplained"),
            (proof.unproven, f"{proof.unproven:,} account-months have no report to be compared with"),
            (len(proof.broken), f"{len(proof.broken):,} invariants do not hold"),
            (not proof.tie_outs, "there is nothing to compare"),
        )
        if count
    ]
    return f"Not proven: {'; '.join(reasons) or 'a basis has no reports'}."


def _print(table: Table) -> None:
    """A table in which figures would be cut is as wide as it needs to be, and goes on in the next line."""
    console = results()
    with console.capture() as shown:
        console.print(table)
    is_cut = _CUT_FIGURE.search(shown.get()) is not None
    (results(whole=True) if is_cut else console).print(table)


def _table(*headings: str, numbers_from: int = 2) -> Table:
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    for position, heading in enumerate(headings):
        table.add_column(heading, justify="right" if position >= numbers_from else "left")
    return table
