"""The lake: immutable, typed Parquet holding every version of every record, raw JSON included."""
