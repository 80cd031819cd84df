"""Batches as files of the outbox: what is sent, and what it means for the record of the dataset.

A file has a line a row: key, company, sign and body, each as JSON, tabs between. JSON has neither tabs nor line breaks
of its own, so a file is read without parsing it, and people can read it. The request's body is made of its lines.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import msgspec

from qbo_pipeline.power_bi.push_schema import BATCH, ROW_KEY, ROW_SIGN

MOST_ROWS = 10_000
"""Rows of one POST. Source: learn.microsoft.com, push semantic model limitations."""
MOST_BYTES = 14_000_000
"""Bytes of one POST; Power BI takes 16 MB (learn.microsoft.com, real-time streaming)."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
_exact = msgspec.json.Decoder(float_hook=Decimal).decode
_ENVELOPE = len(b'{"rows":[]}')


class PayloadLostError(Exception):
    """A file of the outbox is gone or is not what was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is gone or damaged; the rows are made again from the warehouse.")


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is to be sent."""

    key: str
    company: str | None
    sign: int
    body: str
    """JSON object of the model's columns."""


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What the dataset has of a batch."""

    rows: int
    signs: int
    control: Decimal
    """Sum of the control column."""
    control_of: str | None
    """Which one that is; None where there is none."""


@dataclass(slots=True)
class Payload:
    """The rows of one batch, columns apart, bodies as they stand in the warehouse's form."""

    batch: str
    signed: bool
    keys: list[str] = field(default_factory=list)
    companies: list[str | None] = field(default_factory=list)
    signs: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    control: Decimal = Decimal(0)
    control_of: str | None = None
    _body: bytes | None = field(default=None, repr=False, compare=False)

    def sums(self) -> BatchSums:
        """What the dataset is to have of it."""
        return BatchSums(len(self.signs), sum(self.signs), self.control, self.control_of)

    def groups(self) -> list[list[Row]]:
        """The rows again, those of one key together: a reversal and the row in its place."""
        rows = map(Row, self.keys, self.companies, self.signs, self.bodies)
        return [list(group) for _, group in groupby(rows, key=lambda row: row.key)]

    def request(self) -> bytes:
        """The body of the POST; made once, when all rows are there."""
        if self._body is None:
            self._body = self._made()
        return self._body

    def _made(self) -> bytes:
        tail = f'"{BATCH}":{_text(self.batch)}}}'
        if self.signed:
            rows = [
                f'{body[:-1]}{"," if len(body) > 2 else ""}"{ROW_KEY}":{_text(key)},"{ROW_SIGN}":{sign},{tail}'
                for key, sign, body in zip(self.keys, self.signs, self.bodies, strict=True)
            ]
        else:
            rows = [f"{body[:-1]}{',' if len(body) > 2 else ''}{tail}" for body in self.bodies]
        return f'{{"rows":[{",".join(rows)}]}}'.encode()

    def digest(self) -> str:
        """SHA-256 of the request's body."""
        return hashlib.sha256(self.request()).hexdigest()


def batches(
    rows: Iterable[Sequence[Row]],
    *,
    signed: bool,
    control: str | None,
    names: Iterator[str],
    most_rows: int = MOST_ROWS,
    most_bytes: int = MOST_BYTES,
) -> Iterator[Payload]:
    """Rows in batches that Power BI takes, by rows and by bytes.

    Args:
        rows: groups that stay together in one batch: a reversal and the row in its place, so that no sum is ever wrong.
        signed: whether rows carry their key and sign.
        control: the column whose sum is kept to ask for.
        names: names of batches.
        most_rows: rows of a batch. most_bytes: bytes of its request.
    """  # fmt: skip
    payload: Payload | None = None
    size = 0
    for group in rows:
        measured = sum(_size(row, signed) for row in group)
        if payload is not None and (len(payload.keys) + len(group) > most_rows or size + measured > most_bytes):
            yield payload
            payload = None
        if payload is None:
            payload, size = Payload(next(names), signed, control_of=control), _ENVELOPE
        size += measured
        for row in group:
            payload.keys.append(row.key)
            payload.companies.append(row.company)
            payload.signs.append(row.sign)
            payload.bodies.append(row.body)
            if control is not None:
                payload.control += _amount(row.body, control)
    if payload is not None:
        yield payload


def reversal(body: str, additive: Sequence[str]) -> str:
    """The body with its additive columns negated, digit by digit."""
    values = _exact(body)
    for name in additive:
        if values.get(name) is not None:
            values[name] = -values[name]
    return _encode(values).decode()


def write(folder: Path, path: str, payload: Payload) -> None:
    """Write a batch below the outbox folder; on the disk when it returns, its folder too."""
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [
        f"{_text(key)}\t{_text(company)}\t{sign}\t{body}\n"
        for key, company, sign, body in zip(payload.keys, payload.companies, payload.signs, payload.bodies, strict=True)
    ]
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(
            f"{_text(payload.batch)}\t{int(payload.signed)}\t{payload.control}\t{_text(payload.control_of)}\n".encode()
        )
        file.write("".join(lines).encode())
        file.flush()
        os.fsync(file.fileno())
    for one in (target.parent, target.parent.parent):
        sync_folder(one)


def read(folder: Path, path: str, digest: str) -> Payload:
    """A batch that was written.

    Raises:
        PayloadLostError: it is gone, or what would be sent is not what was written down.
    """
    try:
        text = (folder / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise PayloadLostError(folder / path) from None
    try:
        head, *lines = text.removesuffix("\n").split("\n")
        batch, signed, control, control_of = head.split("\t")
        payload = Payload(_exact(batch), signed == "1", control=Decimal(control), control_of=_exact(control_of))
        for line in lines:
            key, company, sign, body = line.split("\t", 3)
            payload.keys.append(_exact(key))
            payload.companies.append(_exact(company))
            payload.signs.append(int(sign))
            payload.bodies.append(body)
    except (ValueError, msgspec.DecodeError, ArithmeticError):
        raise PayloadLostError(folder / path) from None
    if payload.digest() != digest:
        raise PayloadLostError(folder / path)
    return payload


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to the disk; Windows has no such thing, and keeps them."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(row: Row, signed: bool) -> int:
    """Bytes of a row in the request, at most."""
    body = len(row.body) if row.body.isascii() else len(row.body.encode())
    return body + 60 + (len(row.key.encode()) * 2 + 40 if signed else 0)


def _amount(body: str, name: str) -> Decimal:
    found = _exact(body).get(name)
    return Decimal(0) if found is None else Decimal(found)


def _text(value: str | None) -> str:
    return _encode(value).decode()
