"""From a record to its legs: one pure module for each family of transactions."""

from __future__ import annotations

from qbo_pipeline.local.quickbooks.books.posting.transactions import POSTED, post, post_unlisted

__all__ = ["POSTED", "post", "post_unlisted"]
