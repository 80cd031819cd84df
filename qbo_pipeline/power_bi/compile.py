"""The semantic model as a push dataset.

Columns that deliveries need are added at the end of each table; what a push dataset does not know (hierarchies,
display folders, descriptions of columns) is left out.
"""

from __future__ import annotations

from qbo_pipeline.model.definition import (
    Column,
    DataType,
    Delivery,
    Kind,
    Measure,
    SemanticModel,
    Summary,
    Table,
)
from qbo_pipeline.power_bi.dax import text
from qbo_pipeline.power_bi.errors import CompileError
from qbo_pipeline.power_bi.push_schema import (
    BATCH,
    DEPLOYMENT,
    ROW_KEY,
    ROW_SIGN,
    PushColumn,
    PushMeasure,
    PushRelationship,
    PushSchema,
    PushTable,
)

MOST = 75
"""Columns of a table, tables and relationships. Source: learn.microsoft.com, push semantic model limitations."""

TYPES: dict[DataType, str] = {
    DataType.TEXT: "String",
    DataType.WHOLE: "Int64",
    DataType.MONEY: "Decimal",
    DataType.NUMBER: "Double",
    DataType.BOOLEAN: "Boolean",
    DataType.DATE: "DateTime",
    DataType.INSTANT: "DateTime",
}

_ROW_KEY = PushColumn(name=ROW_KEY, data_type="String", is_hidden=True, summarize_by="none")
_ROW_SIGN = PushColumn(name=ROW_SIGN, data_type="Int64", is_hidden=True, summarize_by="sum")
_BATCH = PushColumn(name=BATCH, data_type="String", is_hidden=True, summarize_by="none")


def compiled(model: SemanticModel, name: str, token: str) -> PushSchema:
    """The dataset `name` that holds a model. `token` is what its hidden measure answers.

    Raises:
        CompileError: naming the table that has too many columns, or what else does not fit.
    """
    marked = next((table.name for table in model.tables if table.kind is Kind.MEASURES), model.tables[0].name)
    tables = tuple(_table(model, table, token if table.name == marked else None) for table in model.tables)
    for what, count in (("tables", len(tables)), ("relationships", len(model.relationships))):
        if count > MOST:
            raise CompileError(f"The model has {count} {what}; a push dataset holds {MOST}.")
    return PushSchema(
        name=name,
        default_mode="Push",
        tables=tables,
        relationships=tuple(
            PushRelationship(
                name=one.name[:100], from_table=one.from_table, from_column=one.from_column, to_table=one.to_table,
                to_column=one.to_column,
            )
            for one in model.relationships
        ),
    )  # fmt: skip


def _table(model: SemanticModel, table: Table, token: str | None) -> PushTable:
    extra = (_ROW_KEY, _ROW_SIGN, _BATCH) if table.delivery is Delivery.SIGNED else (_BATCH,)
    taken = {column.name.lower() for column in extra} & {column.name.lower() for column in table.columns}
    if taken:
        raise CompileError(
            f"Table {table.name}: columns of the names {', '.join(sorted(taken))} are added for deliveries; "
            "give the model's another name."
        )
    columns = (*(_column(column) for column in table.columns), *extra)
    if len(columns) > MOST:
        raise CompileError(
            f"Table {table.name}: {len(columns)} columns, {len(extra)} of them for deliveries; a push dataset holds "
            f"{MOST}. Leave columns out of the model or split the table."
        )
    measures = tuple(_measure(measure) for measure in model.measures_of(table.name))
    if token is not None:
        measures = (*measures, PushMeasure(name=DEPLOYMENT, expression=text(token), is_hidden=True))
    return PushTable(
        name=table.name,
        columns=columns,
        measures=measures,
        is_hidden=table.hidden,
        description=table.description or None,
    )


def _column(column: Column) -> PushColumn:
    return PushColumn(
        name=column.name,
        data_type=TYPES[column.type],
        format_string=column.format,
        sort_by_column=column.sort_by,
        data_category=None if column.category is None else str(column.category),
        is_hidden=column.hidden,
        summarize_by=str(column.summary if column.summary else Summary.NONE),
    )


def _measure(measure: Measure) -> PushMeasure:
    return PushMeasure(
        name=measure.name,
        expression=measure.dax,
        format_string=measure.format,
        description=measure.description or None,
        is_hidden=measure.hidden,
    )
