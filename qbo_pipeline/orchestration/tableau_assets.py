"""The data source in Tableau and its workbook: one step brings both to what the warehouse has now.

The files in data/tableau are written wherever Tableau's libraries are there; where no site is configured that is all.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import dagster as dg

from qbo_pipeline.finance.model import Relation
from qbo_pipeline.model.definition import Kind, SemanticModel
from qbo_pipeline.model.fields import field_names
from qbo_pipeline.orchestration.asset_identity import CODE_VERSION, OWNERS, relation_key
from qbo_pipeline.orchestration.failures import told_in_dagster
from qbo_pipeline.orchestration.session_resource import QuickBooksBooks
from qbo_pipeline.tableau.installed import is_installed, unpublished_because

if TYPE_CHECKING:
    from qbo_pipeline.settings import Settings
    from qbo_pipeline.tableau.files import TableauFiles
    from qbo_pipeline.tableau.publication import Publication

TABLEAU = "tableau"
DATA_SOURCE = dg.AssetKey([TABLEAU, "quickbooks_online"])
WORKBOOK = dg.AssetKey([TABLEAU, "quickbooks_online_workbook"])


def tableau_assets(model: SemanticModel) -> dg.AssetsDefinition:
    """Both assets, after the finance models that hold their rows."""

    @dg.multi_asset(name="publish_tableau", specs=_specs(model))
    def publish_tableau(
        context: dg.AssetExecutionContext, books: dg.ResourceParam[QuickBooksBooks]
    ) -> Iterator[dg.MaterializeResult[None]]:
        settings = books.session().settings
        with told_in_dagster("The books could not be published to Tableau"):
            if (reason := unpublished_because(settings)) is not None:
                context.log.warning(reason)
                yield from _unpublished(settings, reason)
                return
            from qbo_pipeline.tableau.recorded import publish_recorded

            done = publish_recorded(settings, tell=context.log.info)
        context.log.info(in_short(done))
        yield dg.MaterializeResult(asset_key=DATA_SOURCE, metadata=data_source_metadata(done))
        yield dg.MaterializeResult(asset_key=WORKBOOK, metadata=workbook_metadata(done))

    return publish_tableau


def published_contents(done: "Publication") -> Iterator[dg.AssetMaterialization]:
    """What a publication changed, for steps that are not the assets' own."""
    from qbo_pipeline.tableau.publication import Kind as Sent
    from qbo_pipeline.tableau.workbook import WorkbookOutcome

    tags = {"dagster/code_version": CODE_VERSION}
    if done.kind is not Sent.NOTHING:
        yield dg.AssetMaterialization(DATA_SOURCE, metadata=data_source_metadata(done), tags=tags)
    if done.workbook is WorkbookOutcome.PUBLISHED:
        yield dg.AssetMaterialization(WORKBOOK, metadata=workbook_metadata(done), tags=tags)


def data_source_metadata(done: "Publication") -> dict[str, Any]:
    """The figures of a publication."""
    changes = [
        dg.TableRecord({
            "table": one.table, "rows": one.rows, "added": one.added, "changed": one.changed, "removed": one.removed,
            "left out": one.left_out, "counts and sums equal": one.compared,
        })
        for one in done.tables
    ]  # fmt: skip
    found = {
        **_place(done),
        "sent_as": done.kind.value,
        "dagster/row_count": sum(one.rows for one in done.tables),
        "rows_sent": done.rows,
        "bytes_sent": done.bytes,
        "rows_left_out": done.left_out,
        "counts_and_sums_equal": done.totals,
        "seconds": round(done.seconds, 3),
        "tables": dg.MetadataValue.table(changes),
        "refreshed_downstream": dg.MetadataValue.json(
            [{"workbook": one.name, "outcome": one.outcome.value, "told": one.told} for one in done.refreshes]
        ),
    }
    return found | ({} if done.job is None else {"job": done.job})


def workbook_metadata(done: "Publication") -> dict[str, Any]:
    """What was done with the workbook."""
    return {**_place(done), "outcome": done.workbook.value}


def in_short(done: "Publication") -> str:
    """`Data source QuickBooks Online: update of 12 rows (0.1 MB); 2,345 counts and sums compared, all equal.`"""
    sent = "nothing to send" if done.kind.value == "nothing" else f"{done.kind.value} of {done.rows:,} rows"
    left_out = f"; {done.left_out:,} rows do not fit and were left out" if done.left_out else ""
    compared = ""
    if (found := done.verification) is not None:
        result = f"{len(found.differences):,} differ" if found.differences else "all equal"
        compared = f"; {found.compared:,} counts and sums compared with what is published, {result}"
    return f"Data source {done.data_source}: {sent} ({done.bytes / 1_048_576:.1f} MB){left_out}{compared}."


def _place(done: "Publication") -> Mapping[str, Any]:
    found: dict[str, Any] = {"project": done.project, "luid": done.luid}
    if done.url is not None:
        found["page"] = dg.MetadataValue.url(done.url)
    paths = () if done.files is None else done.files.paths
    return found | ({"files": dg.MetadataValue.json([str(one) for one in paths])} if paths else {})


def _unpublished(settings: "Settings", reason: str) -> Iterator[dg.MaterializeResult[None]]:
    """The files alone, where they can be written."""
    told: dict[str, Any] = {"not_published": reason}
    if not is_installed():
        yield dg.MaterializeResult(asset_key=DATA_SOURCE, metadata=told)
        yield dg.MaterializeResult(asset_key=WORKBOOK, metadata=told)
        return
    from qbo_pipeline.tableau.files import write_books

    files = write_books(settings)
    yield dg.MaterializeResult(asset_key=DATA_SOURCE, metadata={**told, **_files_metadata(files)})
    yield dg.MaterializeResult(asset_key=WORKBOOK, metadata={**told, "file": dg.MetadataValue.path(files.workbook)})


def _files_metadata(files: "TableauFiles") -> dict[str, Any]:
    return {
        "dagster/row_count": files.extract.rows,
        "extract": dg.MetadataValue.path(files.extract.path),
        "file": dg.MetadataValue.path(files.data_source),
    }


def _specs(model: SemanticModel) -> list[dg.AssetSpec]:
    tables = [table for table in model.tables if table.kind is not Kind.MEASURES]
    rows = {table.name: relation_key(Relation(*table.relation.split(".", 1))) for table in tables}
    fields = field_names(tables)
    columns = [
        (fields[table.name, column.name], table, column) for table in tables for column in table.columns
    ]  # fmt: skip
    common: dict[str, Any] = {
        "group_name": TABLEAU, "kinds": {"tableau"}, "owners": OWNERS, "code_version": CODE_VERSION,
    }  # fmt: skip
    return [
        dg.AssetSpec(
            DATA_SOURCE,
            deps=list(dict.fromkeys(rows.values())),
            description="The published data source: every table of the semantic model of all companies, with its "
            "folders, hierarchies and calculated fields. Only rows that changed are sent.",
            metadata={
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(name, column.type.value, column.description) for name, _, column in columns]
                ),
                "dagster/column_lineage": dg.TableColumnLineage(
                    {name: [dg.TableColumnDep(rows[table.name], column.source)] for name, table, column in columns}
                ),
            },
            **common,
        ),
        dg.AssetSpec(
            WORKBOOK,
            deps=[DATA_SOURCE],
            description="The starter workbook on it: income statement, balance sheet, cash, agings, sales, spend.",
            **common,
        ),
    ]
