"""One asset per table of QuickBooks' own reports, by company, all pulled by one step: a pull asks for all of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.orchestration.asset_identity import CODE_VERSION, OWNERS, REPORTS, WAREHOUSE_WRITER, relation_key
from qbo_pipeline.orchestration.failures import is_ours, raise_in_dagster
from qbo_pipeline.orchestration.partitions import COMPANIES, picked_partitions
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.warehouse.schema import sql

if TYPE_CHECKING:
    from qbo_pipeline.ingestion import Session
    from qbo_pipeline.ingestion.reports.results import ReportPull

    Answers = Mapping[str, ReportPull | Exception]
    """What came of each company's pull, by realm id."""

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS reports\.(\w+) \((.*?)\n\);", re.DOTALL)
_COLUMN = re.compile(r"\n    (\w+) (\w+(?:\(\d+, \d+\))?)")
_COMMENT = re.compile(r"COMMENT ON (?:TABLE|COLUMN) reports\.(\S+) IS '((?:[^']|'')*)';")


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table of the schema reports, as its SQL file declares it."""

    name: str
    description: str
    columns: tuple[dg.TableColumn, ...]


def report_tables() -> list[ReportTable]:
    """All of them."""
    text = sql("reports.sql")
    comments = {name: told.replace("''", "'") for name, told in _COMMENT.findall(text)}
    return [
        ReportTable(
            table,
            comments[table],
            tuple(
                dg.TableColumn(column, kind, comments[f"{table}.{column}"]) for column, kind in _COLUMN.findall(body)
            ),
        )
        for table, body in _TABLE.findall(text)
    ]


def report_assets() -> dg.AssetsDefinition:
    """The assets of the reports."""
    keys = [relation_key(Relation(REPORTS, table.name)) for table in report_tables()]

    @dg.multi_asset(
        name="pull_reports",
        specs=[
            dg.AssetSpec(
                key,
                description=table.description,
                group_name=REPORTS,
                kinds={"quickbooks", "parquet", "duckdb"},
                owners=OWNERS,
                code_version=CODE_VERSION,
                partitions_def=COMPANIES,
                metadata={
                    "dagster/table_name": f"reports.{table.name}",
                    "dagster/column_schema": dg.TableSchema(list(table.columns)),
                },
            )
            for key, table in zip(keys, report_tables(), strict=True)
        ],
        can_subset=False,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool=WAREHOUSE_WRITER,
    )
    def pull_reports(
        context: dg.AssetExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetMaterialization]:
        session = books.session()
        realm_ids = picked_partitions(
            context, "pull reports of", "Pick companies", "reconcile to pull those of every company"
        )
        answers = session.reports.pull_all(realm_ids, context.run.run_id)
        pulled = told(context.op_execution_context, answers)
        if pulled.errors:
            # A result would stand for every company of the run; tell those whose reports were pulled.
            yield from pulled_reports(pulled)
            raise_in_dagster(
                "Not all reports could be pulled", pulled.errors, context.op_execution_context.retry_number
            )
        rows = _rows(session)
        for key in keys:
            for realm_id, one in pulled.pulls.items():
                context.add_asset_metadata(pull_metadata(one), asset_key=key, partition_key=realm_id)
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows.get(key.path[-1], 0)})

    return pull_reports


@dataclass(slots=True)
class Pulled:
    """What a run pulled, and what it could not."""

    pulls: dict[str, "ReportPull"] = field(default_factory=dict)
    """By realm id, of companies all of whose reports could be had."""
    errors: list[Exception] = field(default_factory=list)


@contextmanager
def pulling(session: "Session", realm_ids: Sequence[str], run_id: str) -> Iterator["Future[Answers]"]:
    """Pull the reports of companies while the block does something else."""
    answers: Future[Answers] = Future()

    def pull() -> None:
        try:
            answers.set_result(session.reports.pull_all(realm_ids, run_id))
        except BaseException as error:
            answers.set_exception(error)

    # A daemon, which no process waits for in the end: where a run is interrupted between two events, Dagster leaves the
    # step, and this block with it, where it is.
    thread = Thread(target=pull, name="reports", daemon=True)
    thread.start()
    try:
        yield answers
    except BaseException:  # interrupted, or a bug: nobody waits for the reports any more
        session.end_requests()
        raise
    finally:
        thread.join()


def told(context: dg.OpExecutionContext, answers: "Answers") -> Pulled:
    """Say in the log what a pull brought, by realm id. What failed for one company did not stop the others."""
    pulled = Pulled()
    for realm_id, one in answers.items():
        if isinstance(one, Exception):
            if not is_ours(one):
                raise one
            pulled.errors.append(one)
            continue
        pulled.pulls[realm_id] = one
        why = ", ".join(f"{count} because {reason}" for reason, count in one.why.items())
        context.log.info(
            one.note
            or f"Company {realm_id}, reports: legs of {len(one.months_asked)} of {one.months} months asked for"
            f"{f' ({why})' if why else ''}, {len(one.months_changed)} changed; {one.requests} API calls"
        )
    return pulled


def pulled_reports(pulled: Pulled) -> Iterator[dg.AssetMaterialization]:
    """What was pulled, for steps that are not the assets' own."""
    for table in report_tables():
        for realm_id, one in pulled.pulls.items():
            yield dg.AssetMaterialization(
                relation_key(Relation(REPORTS, table.name)),
                partition=realm_id,
                metadata=pull_metadata(one),
                tags={"dagster/code_version": CODE_VERSION},
            )


def pull_metadata(one: "ReportPull") -> dict[str, Any]:
    """The figures of a pull."""
    told: dict[str, Any] = {
        "api_calls": one.requests,
        "seconds": round(one.seconds, 3),
        "bytes_received": one.bytes_received,
        "months": one.months,
        "months_asked": len(one.months_asked),
        "months_changed": len(one.months_changed),
        "legs_received": one.legs,
        **{f"months_asked_because_{reason.replace(' ', '_')}": count for reason, count in one.why.items()},
    }
    return told if one.note is None else {**told, "note": one.note}


def _rows(session: "Session") -> Mapping[str, int]:
    """Rows of the warehouse, by table."""
    if not session.settings.data.warehouse.exists():
        return {}
    with session.reading() as query:
        return {table.name: query(f'SELECT count(*) FROM reports."{table.name}"')[0][0] for table in report_tables()}
