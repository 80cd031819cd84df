"""The books that QuickBooks keeps behind the records: every transaction's legs, open items and stock.

Written from the published behaviour of QuickBooks and from recorded reports; nothing here is seen by the API's
records, only by its reports and balances.
"""
