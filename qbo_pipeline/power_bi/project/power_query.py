"""The Power Query (M) behind each table: its Parquet file in the folder that one parameter names."""

from __future__ import annotations

import re
from collections.abc import Mapping

from qbo_pipeline.model.definition import DataType, Table
from qbo_pipeline.publishing.parquet import parquet_file

FOLDER_PARAMETER = "DataFolder"
"""The one thing a user sets: the folder with the Parquet files."""
_TYPES: Mapping[DataType, str] = {
    DataType.TEXT: "type text",
    DataType.WHOLE: "Int64.Type",
    DataType.MONEY: "Currency.Type",
    DataType.NUMBER: "type number",
    DataType.BOOLEAN: "type logical",
    DataType.DATE: "type date",
    DataType.INSTANT: "type datetime",
}
"""Currency.Type is the fixed decimal of four places: amounts stay exact."""


def folder_parameter(folder: str) -> str:
    """The parameter with its present value."""
    return f'{text(folder)} meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]'


def folder_of(expressions: str) -> str | None:
    """The value of the parameter in the text of a project's expressions; None where that is written in another way."""
    found = re.search(
        rf'^expression {FOLDER_PARAMETER} = "(.*)" meta \[IsParameterQuery=true', expressions, re.MULTILINE
    )
    return None if found is None else found[1].replace('""', '"').replace("#(#)(", "#(")


def source(table: Table) -> list[str]:
    """The lines of a table's query."""
    types = ", ".join(f"{{{text(column.name)}, {_TYPES[column.type]}}}" for column in table.columns)
    path = f"{FOLDER_PARAMETER} & {text(chr(92) + parquet_file(table))}"
    return [
        "let",
        f"    Source = Parquet.Document(File.Contents({path})),",
        f"    Typed = Table.TransformColumnTypes(Source, {{{types}}}, \"en-US\")",
        "in",
        "    Typed",
    ]  # fmt: skip


def text(value: str) -> str:
    """A text in M."""
    return '"' + value.replace("#(", "#(#)(").replace('"', '""') + '"'
