"""`qbo-pipeline tableau`: publishing, what is published where, its proof, and sending again what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qbo_pipeline.command_line.terminal import instant, messages, print_json, results

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.state.deliveries import Entry
    from qbo_pipeline.tableau.publication import Publication
    from qbo_pipeline.tableau.session import SignInStatus
    from qbo_pipeline.tableau.verify import Verification

_SHOWN = 10
"""Rows left out, or differences, that are named; JSON has all."""
_WORKBOOKS = {
    "published": "The workbook was published.",
    "unchanged": "The workbook is as it was.",
    "kept": "The workbook was changed on the site and is left as it is; delete it there to get this version's.",
}


def write_files(settings: Settings, *, as_json: bool) -> int:
    """Write the three files of what the warehouse has now; 0 when all rows fit, else 1."""
    from qbo_pipeline.tableau.files import write_books

    with messages().status("Writing the files ..."):
        done = write_books(settings)
    left_out = [row for table in done.extract.tables for row in table.shown]
    if as_json:
        print_json({"files": done.paths, "rows": done.extract.rows, "left_out": left_out})
    else:
        for path in done.paths:
            results().print(f"{path} ({path.stat().st_size / 1_048_576:.1f} MB)", markup=False)
        results().print(f"{done.extract.rows:,} rows; counts and sums are equal to the warehouse's.")
        for row in left_out[:_SHOWN]:
            messages().print(f"{row.table}, {row.key}: {row.reason}", style="yellow", markup=False)
    return 1 if left_out else 0


def publish_books(settings: Settings, *, full: bool, as_json: bool) -> int:
    """Publish what changed, or everything; 0 when all rows fit, else 1."""
    from qbo_pipeline.tableau.recorded import publish_recorded

    with messages().status("Publishing to Tableau ...") as spinner:
        done = publish_recorded(settings, full=full, tell=lambda step: spinner.update(f"{step} ..."))
    if as_json:
        print_json(_plainly(done))
    else:
        tell_publication(done)
    return 1 if done.left_out else 0


def tell_publication(done: Publication) -> None:
    """What a publication did."""
    place = f"data source {done.data_source} in project {done.project}"
    if done.kind.value == "nothing":
        results().print(f"Nothing changed: {place} is up to date.", markup=False)
    else:
        how = "all rows" if done.kind.value == "full" else "rows that changed"
        told = f"{done.rows:,} rows ({how}), {done.bytes / 1_048_576:.1f} MB, {done.seconds:.1f} s, job {done.job}"
        results().print(f"Published {place}: {told}.", markup=False)
    if done.url:
        results().print(f"See it at {done.url}", markup=False)
    for table in done.tables:
        for row in table.shown[:_SHOWN]:
            messages().print(f"{row.table}, {row.key}: {row.reason}", style="yellow", markup=False)
    results().print(_WORKBOOKS[done.workbook.value])
    for refresh in done.refreshes:
        told = f": {refresh.told}" if refresh.told else ""
        results().print(f"Workbook {refresh.name}: {refresh.outcome.value}{told}", markup=False)
    if done.totals:
        results().print(f"{done.totals:,} counts and sums of what was sent are equal to the warehouse's.")
    for path in () if done.files is None else done.files.paths:
        results().print(f"  {path}", markup=False)


def _plainly(done: Publication) -> dict[str, object]:
    """A publication for a script: of the files their paths."""
    fields = {name: getattr(done, name) for name in done.__slots__}
    return {**fields, "files": [] if done.files is None else done.files.paths}


def show_status(settings: Settings, *, as_json: bool) -> int:
    """Tell what is published where, how long the session and the token last, and what waits or failed."""
    from qbo_pipeline.tableau.status import status

    found = status(settings)
    if as_json:
        print_json(found)
        return 0
    site = f"site {found.site}" if found.site else "the default site"
    results().print(f"{found.server_url}, {site}, project {found.project}", markup=False)
    if found.published is None:
        results().print(
            f"Data source {found.data_source}: not published yet. Publish: qbo-pipeline tableau publish", markup=False
        )
    else:
        age = "the latest" if found.shows_latest else "an older"
        results().print(
            f"Data source {found.data_source} ({found.published.luid}) shows {age} state of the warehouse.",
            markup=False,
        )
        if found.published.url:
            results().print(f"  {found.published.url}", markup=False)
    if found.last is not None:
        outcome = "done" if found.last.succeeded else f"failed: {found.last.told}"
        results().print(f"Last publication: {instant(found.last.finished_at)} UTC, {outcome}", markup=False)
    for line in sign_in_in_words(found.sign_in):
        results().print(line, markup=False)
    for name, usage in found.usage.items():
        if usage.limit is not None or usage.closed_for > 0:
            closed = f", closed for {usage.closed_for:.0f} s" if usage.closed_for > 0 else ""
            results().print(f"Limit {name}: {usage.used:,} of {usage.limit or 'no limit'} used{closed}")
    _tell_entries(found.waiting, "waits")
    _tell_entries(found.failed, "failed")
    for row in found.left_out[:_SHOWN]:
        results().print(f"  left out: {row.table}, {row.key}: {row.reason}", markup=False)
    if found.failed:
        results().print("Send it again with: qbo-pipeline replay --destination tableau")
    return 0


def verify_books(settings: Settings, *, as_json: bool) -> int:
    """Download the data source and compare it with the warehouse; 0 where all counts and sums are equal, else 1."""
    from qbo_pipeline.tableau.verify import verify

    with messages().status("Downloading the data source and adding it up ..."):
        found = verify(settings)
    if as_json:
        print_json(found)
        return 0 if found.equal else 1
    tell_verification(found)
    return 0 if found.equal else 1


def tell_verification(found: Verification) -> None:
    """What came of comparing what is published with the warehouse."""
    results().print(
        f"Data source {found.data_source}: {found.compared - len(found.differences):,} of {found.compared:,} counts "
        f"and sums are equal to the warehouse's ({found.rows:,} rows, {found.bytes / 1_048_576:.1f} MB).",
        markup=False,
    )
    for line in found.differences[:_SHOWN]:
        messages().print(line, style="red", markup=False)
    if found.differences and found.behind:
        messages().print(
            "The warehouse has changes that are not published yet: qbo-pipeline tableau publish", style="yellow"
        )


def replay_deliveries(settings: Settings, *, as_json: bool) -> int:
    """Send what failed or was left behind again, from the outbox alone; 0 where nothing is refused or in doubt."""
    from qbo_pipeline.tableau.replay import replay

    with messages().status("Sending again ...") as spinner:
        done = replay(settings, tell=lambda step: spinner.update(f"{step} ..."))
    if as_json:
        print_json(done)
    elif not (done.sent or done.refused or done.given_up):
        results().print("Nothing waits in the outbox.")
    else:
        results().print(f"{len(done.sent):,} sent again, {len(done.refused):,} refused.")
        _tell_entries(done.refused, "failed")
        _tell_entries(done.given_up, "given up")
    pending = done.refused or (done.given_up and done.in_doubt)
    if done.given_up:
        results().print("What was given up is in the next publication: qbo-pipeline tableau publish")
    return 1 if pending else 0


def sign_in_in_words(found: SignInStatus) -> list[str]:
    """What is known of the session and the token, for `status` and `doctor`."""
    told = [f"Signs in as {found.told.rpartition(', ')[2]}"]
    if found.refused is not None:
        told.append(f"  The last sign-in was refused: {found.refused}")
    elif found.session_ends_at is not None:
        told.append(f"  A session is open until {instant(found.session_ends_at)} UTC.")
    if found.is_token:
        told.append(
            "  Tableau does not tell its REST API when a token ends: look under My Account Settings."
            if found.token_ends_by is None or found.unused_ends_at is None
            else f"  The token ends by {instant(found.token_ends_by)} UTC, a year after it was first used here, or "
            f"earlier where the site is set so: Tableau does not tell its REST API when. Unused, it ends at "
            f"{instant(found.unused_ends_at)} UTC."
        )
    return told


def _tell_entries(entries: Sequence[Entry], outcome: str) -> None:
    for one in entries:
        what = one.table or "data source"
        told = f": {one.told}" if one.told else ""
        results().print(
            f"  {outcome}: {one.kind.value} of {what}, planned {instant(one.planned_at)} UTC{told}", markup=False
        )
