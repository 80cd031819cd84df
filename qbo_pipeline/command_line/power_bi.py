"""`qbo-pipeline power-bi`: what a publication would change, publishing, what was sent, and bringing lists in line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import instant, messages, print_json, results

if TYPE_CHECKING:
    from rich.table import Table

    from qbo_pipeline.power_bi.plan import SchemaPlan
    from qbo_pipeline.power_bi.publication import Publication, TablePublication
    from qbo_pipeline.settings import PowerBISettings, Settings

_SHOWN = 10
"""Rows in quarantine, or totals that differ, that are named; JSON has all."""


def show_plan(settings: Settings, *, as_json: bool) -> int:
    """Tell what a publication would do to the schema and what that costs; 0, or 1 where it would break reports."""
    from qbo_pipeline.power_bi.publish import plan

    found = plan(settings)
    if as_json:
        print_json(found)
    else:
        _tell_plan(found)
    return 1 if found.breaking else 0


def publish_books(
    settings: Settings,
    *,
    tables: Sequence[str],
    companies: Sequence[str],
    allow_breaking: bool,
    as_json: bool,
) -> int:
    """Publish what changed and compare totals three ways; 0 when every row is there and every total equal, else 1."""
    from qbo_pipeline.power_bi.recorded import in_words, publish_recorded

    _warn_of_retirement()
    with messages().status("Publishing to Power BI ...") as status:

        def tell(one: TablePublication) -> None:
            status.update(f"Publishing to Power BI: {one.table} done, {one.rows:,} rows ...")

        done = publish_recorded(
            settings,
            tables=list(tables) or None,
            companies=realm_ids(settings, companies),
            allow_breaking=allow_breaking,
            everything=True,
            tell=tell,
        )
    unequal = [in_words(one) for one in done.totals if not one.equal]
    if as_json:
        print_json(done)
    else:
        tell_publication(done)
        for line in unequal[:_SHOWN]:
            messages().print(line, style="red", markup=False)
    return 1 if unequal or done.quarantined or done.refused else 0


def tell_publication(done: Publication) -> None:
    """What a publication did, a line for each table that changed."""
    table = _table(f"Power BI, dataset {done.dataset}", "table", "sent as", "rows", "requests", "left out", "seconds")
    for one in done.tables:
        if one.kind is not None or one.quarantined or one.replaced or one.refused:
            how = one.kind.value if one.kind is not None else "repaired" if one.replaced else "unchanged"
            numbers = (f"{one.rows:,}", f"{one.posts:,}", f"{one.quarantined:,}", f"{one.seconds:.1f}")
            table.add_row(one.table, how, *numbers, style="yellow" if one.quarantined else None)
    if table.row_count:
        results(whole=True).print(table)
    for one in done.tables:
        for row in one.quarantine[:_SHOWN]:
            messages().print(f"{row.table}, {row.key}: {row.reason}", style="yellow", markup=False)
    if done.refused:
        messages().print(
            f"Power BI refuses {done.refused:,} batches; their rows are missing there. qbo-pipeline power-bi status "
            "says which, and why.",
            style="red",
        )
    asked = [one for one in done.totals if one.asked]
    reported = sum(one.quickbooks is not None for one in asked)
    equal = sum(one.equal for one in asked)
    sent = f"{done.rows:,} rows in {done.posts:,} requests, {done.seconds:.1f} s."
    if not done.totals:
        results().print(f"{sent} No totals were compared.")
        return
    results().print(
        f"{sent} Totals: {equal:,} of {len(asked):,} are "
        f"equal in the warehouse and in Power BI, {reported:,} of them in QuickBooks' own reports too."
    )


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Tell what the destination shows: the last publications, what waits in the outbox, what was left out."""
    from qbo_pipeline.power_bi.publisher import DESTINATION
    from qbo_pipeline.power_bi.standing import Shows, shows
    from qbo_pipeline.publishing.standing import last_publication
    from qbo_pipeline.state.deliveries import OUTSTANDING, Deliveries, Status
    from qbo_pipeline.state.deployments import Deployments
    from qbo_pipeline.state.store import StateStore

    configured = _configured(settings.power_bi)
    last = last_publication(settings, DESTINATION)
    done = last_publication(settings, DESTINATION, succeeded=True)
    with StateStore(settings.state_url) as store:
        deliveries = Deliveries(store, DESTINATION)
        # Another data folder that shares the state store may publish to another place.
        there = {one.dataset_id for one in Deployments(store, DESTINATION).at(configured.place)}
        entries = [one for one in deliveries.entries() if one.dataset in there]
        # One that failed knows no dataset, and left what those before it left out as it was.
        rows = [] if done is None or done.dataset is None else deliveries.quarantined(done.dataset)
    waiting = [one for one in entries if one.status in OUTSTANDING]
    refused = [one for one in entries if one.status is Status.FAILED]
    shown = shows(settings)
    if as_json:
        print_json(
            {
                "last": last,
                "shows_latest": shown is Shows.LATEST,
                "waiting": waiting,
                "refused": refused,
                "left_out": rows,
            }
        )
        return 0
    if last is None:
        results().print("Nothing was published to Power BI yet. Publish with: qbo-pipeline power-bi publish")
        return 0
    outcome = "done" if last.succeeded else f"failed: {last.told}"
    results().print(f"Last publication: {instant(last.finished_at)} UTC, {outcome}", markup=False)
    results().print(
        f"Power BI shows {shown} state of the warehouse; "
        f"{len(waiting):,} batches wait, {len(refused):,} were refused, {len(rows):,} rows were left out."
    )
    if (compared := last_publication(settings, DESTINATION, compared=True)) is not None:
        differ = f"{len(compared.unequal):,} differ" if compared.unequal else "all equal"
        results().print(f"Totals: {compared.totals:,} compared {instant(compared.finished_at)} UTC, {differ}.")
    for entry in refused:
        results().print(f"  {entry.table}: {entry.told}", markup=False)
    for row in rows:
        results().print(f"  {row.table}, {row.key}: {row.reason}", markup=False)
    if refused:
        results().print("Send them again with: qbo-pipeline replay --destination power_bi")
    return 0


def align_lists(settings: Settings, *, repair: bool, as_json: bool) -> int:
    """Read accounts, classes and departments back and compare them; 0 where they are, or were made, as published."""
    from qbo_pipeline.power_bi.alignment import align

    found = align(settings, repair=repair)
    if as_json:
        print_json(found)
    else:
        for one in found:
            style = None if one.aligned else "green" if one.repaired else "red"
            results().print(str(one), style=style, markup=False)
    return 0 if all(one.aligned or one.repaired for one in found) else 1


def refresh_models(settings: Settings, names: Sequence[str], *, enhanced: bool, as_json: bool) -> int:
    """Refresh import models of the workspace, by name or id, and wait for them; 0 where all ended well."""
    from qbo_pipeline.power_bi.client import PowerBIClient
    from qbo_pipeline.power_bi.refresh import Mode, named, refresh

    with PowerBIClient(_configured(settings.power_bi_workspace)) as client:
        done = [
            refresh(client, dataset_id, mode=Mode.ENHANCED if enhanced else Mode.STANDARD)
            for dataset_id in named(client, names)
        ]
    if as_json:
        print_json(done)
    else:
        for one in done:
            told = f": {one.told}" if one.told else ""
            results().print(f"{one.dataset}: {one.status} after {one.seconds:.0f} s{told}", markup=False)
    return 0 if all(one.completed for one in done) else 1


def replay_deliveries(settings: Settings, *, as_json: bool) -> int:
    """Send what was refused or left behind again, from the outbox alone; 0 where nothing is refused or in doubt."""
    from qbo_pipeline.power_bi.replay import replay

    done = replay(settings)
    if as_json:
        print_json(done)
    elif not done.tables and not done.in_doubt:
        results().print("Nothing waits in the outbox.")
    else:
        table = _table("Sent again from the outbox", "table", "batches", "rows", "refused")
        for one in done.tables:
            table.add_row(one.table, f"{one.batches:,}", f"{one.rows:,}", f"{one.refused:,}")
        results(whole=True).print(table)
        for name in done.in_doubt:
            messages().print(f"{name}: nobody knows what it holds; the next publication replaces it.", style="yellow")
    return 1 if done.refused or done.in_doubt else 0


def _tell_plan(found: SchemaPlan) -> None:
    if not found.changes:
        results().print("The dataset is as the model declares it.")
        return
    results().print(f"To do: {found.action.value}", markup=False)
    for change in found.changes:
        breaking = " (breaks reports: needs --allow-breaking)" if change.breaking else ""
        where = f"{change.table}: " if change.table else ""
        results().print(f"  {where}{change.told}{breaking}", markup=False, style="red" if change.breaking else None)
    results().print(f"It sends {found.rows:,} rows in {found.posts:,} requests, about {found.seconds:.0f} s.")


def _warn_of_retirement() -> None:
    from datetime import UTC, datetime

    from qbo_pipeline.power_bi.retirement import warning

    messages().print(warning(datetime.now(UTC).date()), style="yellow", markup=False)


def realm_ids(settings: Settings, companies: Sequence[str]) -> list[str] | None:
    """Ids of the companies that were named; None where none was, which means all."""
    if not companies:
        return None
    from qbo_pipeline.command_line.companies import choose
    from qbo_pipeline.ingestion import open_session

    with open_session(settings) as session:
        return [one.realm_id for one in choose(session.companies(), companies)]


def _configured(found: PowerBISettings | None) -> PowerBISettings:
    from qbo_pipeline.power_bi.errors import NotConfiguredError

    if found is None:
        raise NotConfiguredError
    return found


def _table(title: str, *headings: str) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=escape(title), title_justify="left", title_style="bold", box=None)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if place == 0 or heading == "sent as" else "right")
    return table
