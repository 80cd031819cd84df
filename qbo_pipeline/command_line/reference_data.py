"""`qbo-pipeline reference`: accounts, classes and departments as files; what edits of them would change; doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbo_pipeline.command_line import failures
from qbo_pipeline.command_line.companies import choose
from qbo_pipeline.command_line.failures import CommandError
from qbo_pipeline.command_line.terminal import instant, messages, print_json, results

if TYPE_CHECKING:
    from rich.console import Console

    from qbo_pipeline.ingestion import Session
    from qbo_pipeline.reference.exchange import Applied, PlannedFolder
    from qbo_pipeline.reference.plan import Change, Plan
    from qbo_pipeline.reference.results import Result
    from qbo_pipeline.settings import Settings


def export(settings: Settings, company: str | None, to: Path, *, replace: bool, as_json: bool) -> None:
    """Write the files of a company.

    Raises:
        CommandError: several companies are connected and none was named.
        NothingLoadedError: the warehouse has nothing of it. FolderError: the folder holds edits of an earlier export.
    """
    from qbo_pipeline.ingestion import open_session
    from qbo_pipeline.reference import exchange
    from qbo_pipeline.reference.folder import read_export

    with open_session(settings) as session:
        chosen = choose(session.companies(), [] if company is None else [company])
        if len(chosen) > 1:
            names = ", ".join(f"{one.name} ({one.realm_id})" for one in chosen)
            raise CommandError(f"Several companies are connected: {names}.", "Say which one, with --company.")
        one = chosen[0]
        files = exchange.export(session, one.realm_id, one.name, to, replace=replace)
        counts = {entity: len(records) for entity, records in read_export(to).records.items()}
    if as_json:
        print_json({"realm_id": one.realm_id, "files": [str(path) for path in files], "records": counts})
        return
    for path, number in zip(files, counts.values(), strict=True):
        results().print(f"{path}: {number:,} rows", markup=False)
    messages().print(
        f"Edit them, then see what that would change: qbo-pipeline reference plan {to}", style="dim", markup=False
    )


def show_plan(settings: Settings, folder: Path, *, as_json: bool) -> int:
    """Write what the edits of a folder would change; returns 1 where some of them cannot be applied.

    Raises:
        FolderError: the folder holds no export, or a file that cannot be read.
    """
    from qbo_pipeline.ingestion import open_session
    from qbo_pipeline.reference import exchange

    with open_session(settings) as session:
        planned = exchange.plan_folder(session, folder)
    if as_json:
        print_json(_as_json(planned))
    else:
        _show(results(), planned)
        if planned.plan.changes:
            messages().print(f"To send them: qbo-pipeline reference apply {folder}", style="dim", markup=False)
    return 0 if planned.plan.clean else 1


def apply(settings: Settings, folder: Path, *, yes: bool, as_json: bool, confirm: Callable[[str], bool]) -> int:
    """Send what the edits of a folder would change, once a person has seen and confirmed it; returns the exit code.

    Raises:
        WritingNotAllowedError: QBO_ALLOW_REFERENCE_WRITE is not true. typer.Abort: the person said no.
        CommandError: the company is not connected in this environment. FolderError: see `show_plan`.
    """
    import typer

    from qbo_pipeline.ingestion import open_session
    from qbo_pipeline.quickbooks.writing import WritingNotAllowedError
    from qbo_pipeline.reference import exchange

    if not settings.allow_reference_write:
        raise WritingNotAllowedError
    with open_session(settings) as session:
        realm_id = _connected(session, folder)
        exchange.catch_up(session, realm_id)
        planned = exchange.plan_folder(session, folder)
        changes = planned.plan.changes
        if not as_json or not yes:
            _show(messages() if as_json else results(), planned)
        if not changes:
            if as_json:
                print_json(_as_json(planned) | {"results": []})
            return 0 if planned.plan.clean else 1
        question = f"Send {_counted(changes)} to {planned.export.company} ({settings.environment.value})?"
        if not yes and not confirm(question):
            raise typer.Abort
        applied = exchange.apply(session, planned, (lambda _: None) if as_json else _tell)
    if as_json:
        print_json(_as_json(planned) | {"results": [_result_as_json(one) for one in applied.results]})
    _close(applied, as_json=as_json)
    return 0 if applied.complete and planned.plan.clean else 1


def _connected(session: Session, folder: Path) -> str:
    """The company that the folder was exported from, where it can be written to."""
    from qbo_pipeline.reference.folder import read_export

    exported = read_export(folder)
    environment = session.settings.environment.value
    if exported.environment != environment:
        raise CommandError(
            f"{folder} was exported from {exported.company} in the environment {exported.environment}; "
            f"this is {environment}.",
            "Set QBO_ENVIRONMENT back, or export again here.",
        )
    if exported.realm_id not in {one.realm_id for one in session.companies()}:
        raise CommandError(
            f"{exported.company} ({exported.realm_id}), from which {folder} was exported, is not connected.",
            "Connect it with: qbo-pipeline connect (QBO_COMPANIES, where it is set, must list it).",
        )
    return exported.realm_id


def _show(console: Console, planned: PlannedFolder) -> None:
    plan, export = planned.plan, planned.export
    title = f"{export.company} ({export.realm_id}), exported {instant(export.at)} UTC"
    if plan.changes:
        _table(console, title, ("row", "list", "what", "name", "field", "before", "after"), _change_rows(plan))
    else:
        console.print(f"{title}: nothing to change.", markup=False)
    if plan.conflicts:
        told = "Changed in QuickBooks since the export: nothing of these is sent. Export again, and repeat the edit."
        _table(console, told, ("row", "list", "name", "field", "exported", "theirs", "yours"), _conflict_rows(plan))
    for one in plan.problems:
        console.print(f"{_row(one.entity, one.line)} {one.name}: {one.what}.", style="yellow", markup=False)
        console.print(f"  to do: {one.to_do}", markup=False)
    for note in plan.notes:
        console.print(note, style="dim", markup=False)
    if plan.changes or not plan.clean:
        left = [
            f"{len(found)} {one if len(found) == 1 else several}"
            for found, one, several in (
                (plan.problems, "row with a problem", "rows with problems"),
                (plan.conflicts, "conflict", "conflicts"),
            )
            if found
        ]
        parts = [f"{_counted(plan.changes)}."] if plan.changes else []
        parts += [f"Not to be sent: {', '.join(left)}."] if left else []
        console.print(" ".join(parts), style="bold", markup=False)


def _change_rows(plan: Plan) -> list[list[str]]:
    return [
        [
            *([_row(one.entity, one.line), one.entity, one.what, one.name] if number == 0 else [""] * 4),
            field.field, field.before, field.after,
        ]
        for one in plan.changes
        for number, field in enumerate(one.differences)
    ]  # fmt: skip


def _conflict_rows(plan: Plan) -> list[list[str]]:
    return [
        [
            *([_row(one.entity, one.line), one.entity, one.name] if number == 0 else [""] * 3),
            field.field, field.exported, field.theirs, field.yours,
        ]
        for one in plan.conflicts
        for number, field in enumerate(one.fields)
    ]  # fmt: skip


def _table(console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def _tell(result: Result) -> None:
    """A line as soon as a change is answered, and what to do about it where it was not applied."""
    from qbo_pipeline.reference.results import Outcome

    change, applied = result.change, result.outcome is Outcome.APPLIED
    named = f"{result.outcome}: {change.what} {change.entity} {change.name}" + (
        f" (id {result.id})" if result.id else ""
    )
    told = f": {result.told}" if result.told else ""
    results().print(f"{named}{told}", style=None if applied else "yellow", markup=False)
    for field in result.fields:
        before, theirs, yours = (text or "nothing" for text in (field.exported, field.theirs, field.yours))
        results().print(f"  {field.field}: exported {before}, theirs {theirs}, yours {yours}", markup=False)
    if result.to_do and not applied:
        tid = f" (intuit_tid {result.intuit_tid})" if result.intuit_tid else ""
        results().print(f"  to do: {result.to_do}{tid}", markup=False)


def _close(applied: Applied, *, as_json: bool) -> None:
    if not as_json:
        outcomes = Counter(str(one.outcome) for one in applied.results)
        told = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        results().print(f"{told}. All of it is in audit.reference_change.", style="bold", markup=False)
    if applied.not_loaded is not None:
        failures.show(failures.describe(applied.not_loaded))
        messages().print("What was applied is not in the warehouse yet: qbo-pipeline sync brings it.", style="yellow")


def _row(entity: str, line: int) -> str:
    from qbo_pipeline.reference.lists import list_of

    return f"{list_of(entity).file}:{line}"


def _counted(changes: Sequence[Change]) -> str:
    kinds = Counter(one.what for one in changes)
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    return f"{len(changes)} change{'' if len(changes) == 1 else 's'}" + (f" ({told})" if told else "")


def _as_json(planned: PlannedFolder) -> dict[str, Any]:
    plan, export = planned.plan, planned.export
    return {
        "realm_id": export.realm_id,
        "company": export.company,
        "exported_at": export.at,
        "changes": [asdict(one) | {"what": one.what} for one in plan.changes],
        "problems": plan.problems,
        "conflicts": plan.conflicts,
        "notes": plan.notes,
    }


def _result_as_json(result: Result) -> dict[str, Any]:
    return asdict(result) | {"what": result.change.what, "change": asdict(result.change)}
