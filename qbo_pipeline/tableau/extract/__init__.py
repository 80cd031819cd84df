"""The rows of the semantic model in Hyper, Tableau's file: built whole, compared with DuckDB, brought up to date.

Nothing of it works without the library `tableauhyperapi`, which is imported where hyperd is started.
"""
