"""What destinations share: one state of the warehouse, rows that fit, Parquet files, what is published."""
