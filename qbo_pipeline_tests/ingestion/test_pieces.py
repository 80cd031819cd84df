"""A long scan is merged in few pieces, and little is left after its last page."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qbo_pipeline.ingestion.pieces import next_piece_at
from qbo_pipeline.warehouse.warehouse import ROWS_TOGETHER

BATCH = 6000
A_PIECE = 2 * ROWS_TOGETHER
LEFT = 20_000 + BATCH


def merged_at(total: int, received: int) -> list[int]:
    """How many records were in the lake whenever a piece was merged."""
    ends = [0]
    for have in [*range(BATCH, received, BATCH), received]:
        if have >= next_piece_at(ends[-1], total):
            ends.append(have)
    return ends


@pytest.mark.parametrize("total", [200_000, 1_000_000, 10_000_000])
def test_little_is_left_after_the_last_page(total: int) -> None:
    assert 0 <= total - merged_at(total, total)[-1] <= LEFT


def test_a_scan_of_less_than_a_piece_is_merged_in_the_end() -> None:
    assert merged_at(100_000, 100_000) == [0]


@given(st.integers(0, 5_000_000))
@example(131_072)
@example(224_001)
def test_no_piece_is_much_smaller_or_larger_than_another(total: int) -> None:
    sizes = [after - before for before, after in pairwise(merged_at(total, total))]
    assert all(0.75 * A_PIECE <= size < 1.75 * A_PIECE + BATCH for size in sizes)


def test_a_scan_that_is_read_again_goes_on_in_pieces() -> None:
    ends = merged_at(200_000, 800_000)
    assert all(after - before <= 2 * A_PIECE for before, after in pairwise([*ends, 800_000]))


def test_where_nobody_counted_pieces_are_of_one_size() -> None:
    assert next_piece_at(0, None) == A_PIECE
    assert next_piece_at(A_PIECE, None) == 2 * A_PIECE
