"""The pieces in which a long scan is merged while it goes on.

The request limit stretches a scan over minutes, and what was merged meanwhile need not be merged in the end. But what
does not fill a group of rows is written again with the next piece, so there are few and large ones; and the last page
is followed by as little as possible.
"""

from __future__ import annotations

from qbo_pipeline.warehouse.warehouse import ROWS_TOGETHER

_PIECE = 2 * ROWS_TOGETHER
"""Records of a piece, about."""
_LAST = 20_000
"""Records that are left for after the last page: as many as QuickBooks gives while the piece before is merged."""


def next_piece_at(merged: int, total: int | None) -> int:
    """How many records of a scan are to be in the lake when its next piece is merged.

    Args:
        merged: records that were merged, or are being merged.
        total: how many QuickBooks counted; None where nobody asked.
    """
    if total is None:
        return merged + _PIECE
    rest = total - _LAST - merged
    pieces = (rest + _PIECE // 4) // _PIECE
    return merged + -(-rest // pieces) if pieces > 0 else max(merged, total) + _PIECE
