"""Reference data and back: accounts, classes and departments as CSV files, and what was edited in them to QuickBooks.

It is the one thing the product writes, and only by an explicit command with `QBO_ALLOW_REFERENCE_WRITE=true`.
"""
