"""The books of QuickBooks Online companies in DuckDB, Power BI and Tableau."""
