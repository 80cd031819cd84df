"""The entity catalogue: every QuickBooks entity declared once, as data."""
