"""Query results as a table for people, or as CSV and JSON for programs, exact to the last digit."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Literal

from qbo_pipeline.command_line.terminal import results

if TYPE_CHECKING:
    import duckdb
    import msgspec
    from rich.console import Console

ROWS_SHOWN = 200
"""Rows a table shows; CSV and JSON hold all of them."""
_FETCH = 2048
_NARROWEST = 9
"""Characters a column needs to be readable; with less, rows are shown as a list of columns each."""
_BETWEEN = 3
"""Characters between two columns."""


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def write(cursor: duckdb.DuckDBPyConnection, form: Format) -> None:
    """Write the result of the statement that `cursor` just executed to standard output."""
    names = [column[0] for column in cursor.description or ()]
    rows = _rows(cursor)
    if form is Format.CSV:
        _csv(names, rows)
    elif form is Format.JSON:
        _json(names, rows)
    else:
        _table(names, rows)


def text(value: object) -> str:
    """A value as text: ISO dates, `true`/`false`, decimals with every digit, lists as JSON, nothing for NULL."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, list | tuple | dict):
        return _encoder().encode(_with_named_keys(value)).decode()
    return str(value)


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[object, ...]]:
    while chunk := cursor.fetchmany(_FETCH):
        yield from chunk


class _Lines:
    """Ends rows with a line feed.

    Before Python 3.13 the writer puts a text in quotes only for what ends its own rows, and readers take a carriage
    return alone, as in a memo, for the end of one as well.
    """

    end = "\r\n"

    def write(self, row: str) -> None:
        sys.stdout.write(row.removesuffix(self.end) + "\n")


def _csv(names: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    writer = csv.writer(_Lines(), lineterminator=_Lines.end)
    writer.writerow(names)
    for row in rows:
        writer.writerow([text(value) for value in row])


def _json(names: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    """An array of objects, a row a line, so that a large result needs no memory."""
    encoder, keys = _encoder(), _distinct(names)
    separator = "["
    for row in rows:
        sys.stdout.write(
            separator + "\n" + encoder.encode(_with_named_keys(dict(zip(keys, row, strict=True)))).decode()
        )
        separator = ","
    sys.stdout.write("[]\n" if separator == "[" else "\n]\n")


@cache
def _encoder() -> msgspec.json.Encoder:
    import msgspec

    return msgspec.json.Encoder(decimal_format="number", enc_hook=str)


def _with_named_keys(value: object) -> object:
    """The same with texts for keys, as JSON has them: those of maps are anything, amounts in what `histogram` makes."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else text(key): _with_named_keys(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_with_named_keys(one) for one in value]
    return value


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names as keys: the second `id` is `id_1`, so that no column hides another."""
    keys: list[str] = []
    for name in names:
        key, number = name, 0
        while key in keys:
            number += 1
            key = f"{name}_{number}"
        keys.append(key)
    return keys


def _table(names: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    shown = list(islice(rows, ROWS_SHOWN))
    console = results()
    if _width(names, shown) > console.width:
        write_lists(console, names, shown)
    else:
        _grid(console, names, shown)
    if next(rows, None) is not None:
        console.print(f"the first {ROWS_SHOWN} rows; --format csv or json writes all", style="dim")
    else:
        console.print(f"{len(shown)} row{'' if len(shown) == 1 else 's'}", style="dim")


def _width(names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> int:
    """Characters that a grid has at least: texts go on in the next line, numbers and days are never cut."""
    width = 0
    for index, name in enumerate(names):
        values = _values(rows, index)
        whole = (len(name), *(len(text(value)) for value in values)) if _is_whole(values) else ()
        width += max(_NARROWEST, *(one + _BETWEEN for one in whole)) if whole else _NARROWEST
    return width


def _values(rows: Sequence[tuple[object, ...]], index: int) -> list[object]:
    return [row[index] for row in rows if row[index] is not None]


def _is_numeric(values: Sequence[object]) -> bool:
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )


def _is_whole(values: Sequence[object]) -> bool:
    return _is_numeric(values) or (bool(values) and all(isinstance(value, date) for value in values))


def _grid(console: Console, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, name in enumerate(names):
        values = _values(rows, index)
        justify: Literal["left", "right"] = "right" if _is_numeric(values) else "left"
        grid.add_column(Text(name), justify=justify, no_wrap=_is_whole(values), overflow="fold")
    for row in rows:
        grid.add_row(*(Text("NULL", style="dim") if value is None else Text(text(value)) for value in row))
    console.print(grid)


def write_lists(console: Console, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A row a block, for results wider than the terminal; columns without a value are left out."""
    from rich.text import Text

    width = max(len(name) for name in names)
    for number, row in enumerate(rows, 1):
        console.print(Text(f"── row {number}", style="bold"))
        for name, value in zip(names, row, strict=True):
            if value is not None:
                console.print(Text(f"{name:<{width}}  {text(value)}"), soft_wrap=True)
