"""The semantic model as TMDL: one file a table, relationships, and the folder its data is read from."""

from __future__ import annotations

from collections.abc import Mapping

from qbo_pipeline.model.definition import Column, DataType, Hierarchy, Measure, Relationship, SemanticModel, Table
from qbo_pipeline.power_bi.project.names import file_name, quoted, tag
from qbo_pipeline.power_bi.project.power_query import FOLDER_PARAMETER, folder_parameter, source
from qbo_pipeline.power_bi.project.tmdl import Node, document

EXPRESSIONS = "expressions.tmdl"
"""Has the folder that the data is read from."""
COMPATIBILITY_LEVEL = "1550"
CULTURE = "en-US"
_TYPES: Mapping[DataType, str] = {
    DataType.TEXT: "string",
    DataType.WHOLE: "int64",
    DataType.MONEY: "decimal",
    DataType.NUMBER: "double",
    DataType.BOOLEAN: "boolean",
    DataType.DATE: "dateTime",
    DataType.INSTANT: "dateTime",
}


def definition(model: SemanticModel, data_folder: str) -> dict[str, str]:
    """The files below `definition/`, by path."""
    files = {
        "database.tmdl": document([Node("database", properties=(("compatibilityLevel", COMPATIBILITY_LEVEL),))]),
        "model.tmdl": document([_model(), _annotation("__PBI_TimeIntelligenceEnabled", "0"), *_references(model)]),
        EXPRESSIONS: document([_folder(data_folder)]),
        "relationships.tmdl": document([_relationship(one) for one in model.relationships]),
    }
    for table in model.tables:
        files[f"tables/{file_name(table.name)}.tmdl"] = document([_table(model, table)])
    return files


def _model() -> Node:
    return Node(
        "model",
        "Model",
        properties=(
            ("culture", CULTURE),
            ("defaultPowerBIDataSourceVersion", "powerBI_V3"),
            ("sourceQueryCulture", CULTURE),
        ),
        children=(
            Node("dataAccessOptions", properties=(("legacyRedirects", True), ("returnErrorValuesAsNull", True))),
        ),
    )


def _references(model: SemanticModel) -> list[Node]:
    return [Node("ref table", table.name) for table in model.tables]


def _annotation(name: str, value: str) -> Node:
    return Node("annotation", name, (value,))


def _folder(data_folder: str) -> Node:
    return Node(
        "expression",
        FOLDER_PARAMETER,
        (folder_parameter(data_folder),),
        "The folder with the Parquet files of the tables.",
        (("lineageTag", tag("expression", FOLDER_PARAMETER)),),
        (_annotation("PBI_NavigationStepName", "Navigation"), _annotation("PBI_ResultType", "Text")),
    )


def _table(model: SemanticModel, table: Table) -> Node:
    return Node(
        "table",
        table.name,
        description=table.description,
        properties=(
            ("isHidden", table.hidden),
            ("dataCategory", "Time" if table.days is not None else ""),
            ("lineageTag", tag("table", table.name)),
        ),
        children=(
            *(_measure(one) for one in model.measures_of(table.name)),
            *(_column(table, one) for one in table.columns),
            *(_hierarchy(table, one) for one in table.hierarchies),
            Node("partition", table.name, ("m",), properties=(("mode", "import"),), children=(_source(table),)),
            _annotation("PBI_ResultType", "Table"),
        ),
    )


def _source(table: Table) -> Node:
    return Node("source", expression=source(table), multiline=True)


def _measure(measure: Measure) -> Node:
    return Node(
        "measure",
        measure.name,
        measure.dax.splitlines(),
        measure.description,
        (
            ("formatString", measure.format),
            ("isHidden", measure.hidden),
            ("displayFolder", measure.folder or ""),
            ("lineageTag", tag("measure", measure.name)),
        ),
    )


def _column(table: Table, column: Column) -> Node:
    return Node(
        "column",
        column.name,
        description=column.description,
        properties=(
            ("dataType", _TYPES[column.type]),
            ("isHidden", column.hidden),
            ("isKey", column.name == table.days),
            ("formatString", column.format or ""),
            ("displayFolder", column.folder or ""),
            ("dataCategory", str(column.category or "")),
            ("lineageTag", tag("column", table.name, column.name)),
            ("summarizeBy", str(column.summary)),
            ("sourceColumn", column.name),
            ("sortByColumn", "" if column.sort_by is None else quoted(column.sort_by)),
        ),
        children=(_annotation("SummarizationSetBy", "User"),),
    )


def _hierarchy(table: Table, hierarchy: Hierarchy) -> Node:
    return Node(
        "hierarchy",
        hierarchy.name,
        properties=(("lineageTag", tag("hierarchy", table.name, hierarchy.name)),),
        children=tuple(
            Node(
                "level",
                level,
                properties=(
                    ("lineageTag", tag("level", table.name, hierarchy.name, level)),
                    ("column", quoted(level)),
                ),
            )
            for level in hierarchy.levels
        ),
    )


def _relationship(one: Relationship) -> Node:
    return Node(
        "relationship",
        tag("relationship", one.from_table, one.from_column, one.to_table, one.to_column),
        properties=(
            ("fromColumn", f"{quoted(one.from_table)}.{quoted(one.from_column)}"),
            ("toColumn", f"{quoted(one.to_table)}.{quoted(one.to_column)}"),
        ),
    )
