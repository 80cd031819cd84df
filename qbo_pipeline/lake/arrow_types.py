"""How a leaf of the catalogue is read from JSON, and how it is stored."""

from __future__ import annotations

import pyarrow as pa

from qbo_pipeline.quickbooks.catalogue.model import Type

MONEY = pa.decimal128(18, 4)
NUMBER = pa.decimal128(28, 10)
TIMESTAMP = pa.timestamp("us")
"""UTC, without a zone: what DuckDB calls TIMESTAMP."""

WIDE_NUMBER = pa.decimal128(38, 18)
"""Numbers are read with more decimals than they are stored with, so that rounding is ours and half-even."""

STORED: dict[Type, pa.DataType] = {
    Type.TEXT: pa.string(),
    Type.BOOLEAN: pa.bool_(),
    Type.INTEGER: pa.int64(),
    Type.DATE: pa.date32(),
    Type.TIMESTAMP: TIMESTAMP,
    Type.MONEY: MONEY,
    Type.NUMBER: NUMBER,
    Type.JSON: pa.string(),
}

READ: dict[Type, pa.DataType] = STORED | {
    Type.DATE: pa.string(),
    Type.TIMESTAMP: pa.string(),
    Type.NUMBER: WIDE_NUMBER,
}
"""The type in which the JSON reader takes a leaf; `tabulation` converts it to `STORED`. JSON leaves have none: what
lies below them is anything, and their text is cut out of the record."""
