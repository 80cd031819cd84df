"""`qbo-pipeline prove`: whether a company's books are QuickBooks' own to the cent, and what that rests on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from qbo_pipeline.command_line import failures
from qbo_pipeline.command_line.companies import choose
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.proof_page import print_proof
from qbo_pipeline.command_line.terminal import messages, print_json
from qbo_pipeline.command_line.warehouse_reader import WarehouseReader, books_of_this_version

if TYPE_CHECKING:
    from qbo_pipeline.finance.proof import Proof
    from qbo_pipeline.ingestion import Company
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.warehouse.query import Query


def show_proof(settings: Settings, asked: Sequence[str], *, as_json: bool, offline: bool) -> int:
    """Pull what is outdated of the reports, prove each company and tell of it; 0 where all are proven, else 1.

    Args:
        settings: which warehouse, which QuickBooks.
        asked: realm ids or names; all where there is none.
        as_json: for scripts.
        offline: prove against the reports that are in the warehouse, without a request.

    Raises:
        CommandError: there is nothing to prove.
        typer.BadParameter: there is no such company.
    """
    unheard = [] if offline else _pull(settings, asked)
    with _warehouse(settings) as query:
        proofs = _proofs(query, _companies(settings, query, asked, offline=offline))
    if as_json:
        print_json({"companies": [_plain(one) for one in proofs]})
    else:
        for one in proofs:
            print_proof(one)
    for company, error in unheard:
        messages().print(f"{company.name}: proven against the reports of before.", style="bold", markup=False)
        failures.show(failures.describe(error))
    return 0 if proofs and all(one.proven for one in proofs) and not unheard else 1


def _pull(settings: Settings, asked: Sequence[str]) -> list[tuple[Company, Exception]]:
    """Bring the reports of the companies up to date; what could not be had."""
    from qbo_pipeline.command_line.progress import LoadProgress
    from qbo_pipeline.ingestion import open_session

    run_id, unheard = str(uuid.uuid4()), []
    with open_session(settings) as session, LoadProgress() as progress:
        for company in choose(session.companies(), asked):
            try:
                with failures.ctrl_c_heard(), progress.company(company.name) as on_progress:
                    pull = session.reports.pull(company.realm_id, run_id, on_progress=on_progress)
            except Exception as error:  # the other companies go on; each failure is told in the end
                unheard.append((company, error))
                continue
            if pull.note:
                messages().print(f"{company.name}: {pull.note}", style="yellow", markup=False)
    return unheard


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Query]:
    with WarehouseReader(settings.data.warehouse) as reader, books_of_this_version(settings.data.warehouse):
        connection = reader.connection()

        def query(sql: str, parameters: Sequence[object] = (), /) -> list[tuple[Any, ...]]:
            return connection.execute(sql, list(parameters)).fetchall()

        yield query


def _companies(settings: Settings, query: Query, asked: Sequence[str], *, offline: bool) -> list[Company]:
    """Those asked for: of the connected ones, or offline of those in the warehouse."""
    from qbo_pipeline.finance.proof import companies
    from qbo_pipeline.ingestion import Company, open_session

    if offline:
        return choose([Company(realm_id, name) for realm_id, name in companies(query)], asked)
    with open_session(settings) as session:
        return choose(session.companies(), asked)


def _proofs(query: Query, companies: Sequence[Company]) -> list[Proof]:
    from qbo_pipeline.finance.proof import NothingToProveError, prove

    try:
        return prove(query, [one.realm_id for one in companies])
    except NothingToProveError as error:
        [company] = [one for one in companies if one.realm_id == error.realm_id]
        raise CommandError(
            f"Nothing of {company.name} ({company.realm_id}) is in the warehouse yet.",
            f"Load it with: qbo-pipeline backfill --company {company.realm_id}",
        ) from None


def _plain(proof: Proof) -> dict[str, Any]:
    """A proof as JSON has it, what follows from its figures included."""
    return {
        **asdict(proof),
        "proven": proof.proven,
        "unexplained": proof.unexplained,
        "unproven": proof.unproven,
        "percent_from_entities": proof.entities.percent,
        "percent_from_entities_of_what_they_show": proof.entities.percent_of_shown,
    }
