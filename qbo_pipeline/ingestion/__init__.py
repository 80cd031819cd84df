"""The one path of every record: QuickBooks to the lake to the warehouse."""
