"""The demo: two companies of a local QuickBooks, loaded by Dagster, published to local dashboards, and proven."""
