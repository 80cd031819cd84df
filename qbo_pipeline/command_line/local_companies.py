"""`qbo-pipeline local import` and `local export`: companies of the local QuickBooks as folders of API JSON."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.local.quickbooks.import_export import CompanyFromFiles, Proof, Unplaced


def import_company(
    folder: Path,
    state: Path,
    realm: str,
    *,
    replace: bool,
    trial_balance: Path | None,
    day: date | None,
    as_json: bool,
) -> int:
    """Load a folder into the state file; 0 when everything found its place and nothing differs, else 1.

    Raises:
        CommandError: there is no such folder or nothing in it, the company is there already, a service runs, or the
            trial balance is none.
    """
    from qbo_pipeline.local.quickbooks import import_export

    if not folder.is_dir():
        raise CommandError(f"There is no folder {folder}.")
    try:
        balances = import_export.read_trial_balance(trial_balance) if trial_balance is not None else None
    except import_export.TrialBalanceError as error:
        raise CommandError(str(error), "It is a CSV file with the columns account, debit, credit.") from None
    company, unplaced = import_export.read_company(folder, realm)
    if not company.records:
        raise CommandError(f"No record of any entity is in {folder}.", "Name the files by entity: Invoice.json …")
    if not replace:
        _refuse_known(state, realm)
    try:
        import_export.import_company(state, company)
    except import_export.StateInUseError as error:
        raise CommandError(str(error), "Stop the local QuickBooks, import, and start it again.") from None
    proof = import_export.prove(state, realm, balances, day)
    unplaced += proof.unposted
    if as_json:
        told = {"realm_id": realm, "name": company.name, "records": _counts(company), "unplaced": unplaced}
        print_json({**told, "differences": proof.differences, "as_of": proof.day})
    else:
        _tell(company, unplaced)
        _tell_differences(proof, compared=balances is not None)
    return 1 if unplaced or proof.differences else 0


def export_company(state: Path, realm: str, folder: Path) -> None:
    """Write a company below `folder`, in a folder called by its realm id.

    Raises:
        CommandError: there is no such company.
    """
    from contextlib import closing

    from qbo_pipeline.local.quickbooks import import_export
    from qbo_pipeline.local.quickbooks.store import Store

    if not state.exists():
        raise CommandError(f"There is no state file {state}.", "Start the local QuickBooks once, or import a company.")
    with closing(Store(state)) as store:
        names = dict(store.companies())
        if realm not in names:
            there = ", ".join(f"{name} ({one})" for one, name in names.items()) or "none"
            raise CommandError(f"No company has the realm id {realm}. There is: {there}.")
        written = import_export.export_company(store, realm, folder / realm)
    total = sum(written.values())
    results().print(f"{names[realm]}: {total:,} objects in {len(written)} files of {folder / realm}", markup=False)


def _refuse_known(state: Path, realm: str) -> None:
    from contextlib import closing

    from qbo_pipeline.local.quickbooks.store import Store

    if not state.exists():
        return
    with closing(Store(state)) as store:
        known = dict(store.companies()).get(realm)
    if known is not None:
        raise CommandError(f"{known} has the realm id {realm} already.", "--replace puts the import in its place.")


def _counts(company: CompanyFromFiles) -> dict[str, int]:
    return dict(Counter(entity for entity, _ in company.records))


def _tell(company: CompanyFromFiles, unplaced: list[Unplaced]) -> None:
    counts = _counts(company)
    listed = ", ".join(f"{entity} {count:,}" for entity, count in counts.items())
    results().print(
        f"{company.name} ({company.realm_id}): {sum(counts.values()):,} records, {len(company.deleted):,} deletions\n"
        f"  {listed}",
        markup=False,
    )
    for one in unplaced:
        place = f"{one.file}, {one.record}" if one.record else one.file
        messages().print(f"Not placed: {place}: {one.reason}", markup=False)


def _tell_differences(proof: Proof, *, compared: bool) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not compared:
        return
    if not proof.differences:
        results().print(f"The trial balance of {proof.day} agrees.")
        return
    table = Table("account", box=None, pad_edge=False, title=f"Differences on {proof.day}, debit positive")
    for heading in ("trial balance", "books", "difference"):
        table.add_column(heading, justify="right")
    for one in proof.differences:
        theirs = "-" if one.theirs is None else f"{one.theirs:,.2f}"
        ours = "no such account" if one.ours is None else f"{one.ours:,.2f}"
        table.add_row(escape(one.account), theirs, ours, f"{(one.ours or 0) - (one.theirs or 0):,.2f}")
    results(whole=True).print(table)
