"""Benchmarks: the product beside a peer, on the same records from the same server."""
