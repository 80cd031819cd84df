"""QuickBooks' own reports: what to ask for, and pure parsers of the answers.

Reports are the book of record that the ledger is proven against. Everything is found by column key and id, never by
title or position: titles are translated, and the order of rows and columns is not promised. An answer that may not be
whole is refused (`errors`).
"""
