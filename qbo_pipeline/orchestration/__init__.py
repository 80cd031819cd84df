"""Dagster: assets, partitions, checks, jobs and sensors. Wiring only."""
