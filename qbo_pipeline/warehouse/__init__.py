"""The warehouse: current state, history and audit in DuckDB, published for readers."""
