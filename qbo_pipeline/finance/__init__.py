"""The books in the terms of accounting: ledger, statements, dimensions, made by SQL models from QuickBooks' tables."""
