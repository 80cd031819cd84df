from __future__ import annotations

import json
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbo_pipeline.power_bi.outbox import name
from qbo_pipeline.power_bi.payloads import Payload, PayloadLostError, Row, batches, read, reversal, write

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
bodies = st.builds(
    lambda memo, amount: json.dumps({"Memo": memo}, ensure_ascii=False)[:-1] + f',"Amount":{amount}}}',
    texts,
    st.decimals(min_value=-(10**9), max_value=10**9, places=4),
)
rows = st.builds(Row, key=texts, company=st.none() | texts, sign=st.sampled_from((1, -1)), body=bodies)
groups = st.lists(st.lists(rows, min_size=1, max_size=2), max_size=20)


@given(groups=groups, most_rows=st.integers(2, 9), most_bytes=st.integers(600, 3000), signed=st.booleans())
def test_batches_keep_rows_bytes_and_groups_together(
    groups: list[list[Row]], most_rows: int, most_bytes: int, signed: bool
) -> None:
    made = list(
        batches(
            groups, signed=signed, control="Amount", names=map(name, count(1)), most_rows=most_rows,
            most_bytes=most_bytes,
        )
    )  # fmt: skip

    assert [key for payload in made for key in payload.keys] == [row.key for group in groups for row in group]
    for payload in made:
        assert len(payload.keys) <= most_rows
        # A group that is larger than a request has a batch of its own.
        assert len(payload.request()) <= most_bytes or len(payload.keys) <= 2
        decoded = json.loads(payload.request(), parse_float=Decimal)["rows"]
        assert {row["Batch"] for row in decoded} == {payload.batch}
        assert sum(Decimal(row["Amount"]) for row in decoded) == payload.control
        if signed:
            assert [(row["Row Key"], row["Row Sign"]) for row in decoded] == list(
                zip(payload.keys, payload.signs, strict=True)
            )


@given(groups)
def test_what_is_read_is_what_was_written(groups: list[list[Row]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        for payload in batches(groups, signed=True, control="Amount", names=map(name, count(1))):
            write(Path(folder), f"a/{payload.batch}.rows", payload)

            assert read(Path(folder), f"a/{payload.batch}.rows", payload.digest()) == payload


def written(folder: Path) -> Payload:
    payload = Payload("b", True, ["1"], ["9"], [1], ['{"Amount":1}'], Decimal(1), "Amount")
    write(folder, "a/b.rows", payload)
    return payload


def test_a_file_that_was_changed_is_not_sent(tmp_path: Path) -> None:
    payload = written(tmp_path)
    file = tmp_path / "a/b.rows"
    file.write_text(file.read_text().replace('"Amount":1', '"Amount":2'))

    with pytest.raises(PayloadLostError):
        read(tmp_path, "a/b.rows", payload.digest())


def test_a_file_that_was_cut_short_is_not_sent(tmp_path: Path) -> None:
    payload = written(tmp_path)
    file = tmp_path / "a/b.rows"
    file.write_bytes(file.read_bytes()[:-3])

    with pytest.raises(PayloadLostError):
        read(tmp_path, "a/b.rows", payload.digest())


@given(amount=st.decimals(min_value=-(10**20), max_value=10**20, places=4), memo=texts)
def test_a_reversal_negates_what_adds_up_and_nothing_else(amount: Decimal, memo: str) -> None:
    body = json.dumps({"Memo": memo, "Rate": 3})[:-1] + f',"Amount":{amount},"Tax":null}}'

    reversed_ = json.loads(reversal(body, ["Amount", "Tax"]), parse_float=Decimal)

    assert reversed_ == {"Memo": memo, "Rate": 3, "Amount": -amount, "Tax": None}
