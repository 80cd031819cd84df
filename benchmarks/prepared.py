"""Records on file, made once: what a server serves slices of, and what a load of them must come to."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks import records

ARRAYS: dict[str, dict[str, tuple[str, ...]]] = {
    "Invoice": {
        "invoice_line": ("Line",),
        "invoice_custom_field": ("CustomField",),
        "invoice_linked_txn": ("LinkedTxn",),
        "invoice_tax_line": ("TxnTaxDetail", "TaxLine"),
    },
    "Payment": {"payment_line": ("Line",), "payment_line_linked_txn": ("Line", "LinkedTxn")},
    "Bill": {"bill_line": ("Line",), "bill_linked_txn": ("LinkedTxn",)},
    "JournalEntry": {"journal_entry_line": ("Line",)},
}
"""Entity → table of each of its arrays → the keys that lead to it. Nine of them, with the eight entities' own: 17."""

TABLES = {
    "Invoice": "invoice",
    "Payment": "payment",
    "Bill": "bill",
    "Customer": "customer",
    "Vendor": "vendor",
    "Account": "account",
    "Item": "item",
    "JournalEntry": "journal_entry",
}
_SUMS = {"TotalAmt": "total_amt", "Balance": "balance"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What every correct load of some records comes to, computed with `json` and `Decimal` only."""

    rows: dict[str, int]
    """Table → rows."""
    sums: dict[str, str]
    """`table.column` → exact sum, as text."""
    digests: dict[str, str]
    """Table → sum of the SHA-256 of all records as they were sent, modulo 2^256: the same in any order."""


class PreparedRecords:
    """The records of one entity on file, joined by commas; slices of them are pages."""

    def __init__(self, entity: str, count: int) -> None:
        self.entity = entity
        self.count = count
        path = _folder() / f"{entity}-{count}.json"
        if not path.exists():
            _write(path, entity, count)
        self._ends = array("Q", path.with_suffix(".ends").read_bytes())
        with path.open("rb") as file:
            self._text = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def page(self, first: int, size: int) -> tuple[memoryview, int]:
        """Up to `size` records from position `first` (from 0), comma-joined and not copied, and how many they are."""
        last = min(first + size, self.count)
        if last <= first:
            return self._text[:0], 0
        return self._text[self._start(first) : self._ends[last - 1]], last - first

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[memoryview]:
        return (self[index] for index in range(self.count))

    def __getitem__(self, index: int) -> memoryview:
        return self._text[self._start(index) : self._ends[index]]

    def _start(self, index: int) -> int:
        return self._ends[index - 1] + 1 if index else 0


def expected(entity: str, count: int) -> Expected:
    """What a load of these records comes to; kept beside them."""
    path = _folder() / f"{entity}-{count}.expected.json"
    if not path.exists():
        _replace(path, json.dumps(asdict(_computed(PreparedRecords(entity, count)))).encode())
    return Expected(**json.loads(path.read_bytes()))


def digest(texts: Iterable[bytes | memoryview]) -> str:
    """The order-free digest of some records' bytes."""
    total = sum(int.from_bytes(hashlib.sha256(text).digest(), "big") for text in texts)
    return f"{total % (1 << 256):064x}"


def _computed(prepared: PreparedRecords) -> Expected:
    table, arrays = TABLES[prepared.entity], ARRAYS.get(prepared.entity, {})
    rows: Counter[str] = Counter()
    sums: dict[str, Decimal] = {}
    for text in prepared:
        record = json.loads(bytes(text), parse_float=Decimal, parse_int=Decimal)
        rows[table] += 1
        for key, column in _SUMS.items():
            if key in record:
                sums[f"{table}.{column}"] = sums.get(f"{table}.{column}", Decimal(0)) + record[key]
        for name, path in arrays.items():
            found = _elements([record], path)
            rows[name] += len(found)
            if path == ("Line",):
                amount = sum((line["Amount"] for line in found), Decimal(0))
                sums[f"{name}.amount"] = sums.get(f"{name}.amount", Decimal(0)) + amount
    exact = {column: f"{value:.4f}" for column, value in sums.items()}
    return Expected(dict(rows), exact, {table: digest(prepared)})


def _elements(nodes: list[dict[str, Any]], path: tuple[str, ...]) -> list[dict[str, Any]]:
    for key in path:
        following: list[dict[str, Any]] = []
        for node in nodes:
            value = node.get(key, [])
            following.extend(value if isinstance(value, list) else [value])
        nodes = following
    return nodes


def _folder() -> Path:
    """Where records are kept, one folder a version of the code that makes them."""
    version = hashlib.sha256(Path(records.__file__).read_bytes() + Path(__file__).read_bytes()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / "qbo-pipeline-benchmarks" / version
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write(path: Path, entity: str, count: int) -> None:
    ends = array("Q")
    position = 0
    making = path.with_name(f".{path.name}.{os.getpid()}")
    with making.open("wb") as file:
        for text in records.texts(entity, count):
            if position:
                file.write(b",")
                position += 1
            file.write(text)
            position += len(text)
            ends.append(position)
    _replace(path.with_suffix(".ends"), ends.tobytes())
    making.replace(path)


def _replace(path: Path, content: bytes) -> None:
    making = path.with_name(f".{path.name}.{os.getpid()}")
    making.write_bytes(content)
    making.replace(path)
