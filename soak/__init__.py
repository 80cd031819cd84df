"""`make soak`: people change two companies while everything goes wrong, and at the end every row must be right.

The real commands run as processes: the local QuickBooks, the receiver, the listener, Dagster's daemon. Nothing of the
product is imported to steer them; what they made is judged by the comparison of the end-to-end tests.
"""
