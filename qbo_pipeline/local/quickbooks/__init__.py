"""A local QuickBooks Online: OAuth and the Accounting API v3 over real HTTP.

Written from Intuit's documents and recorded answers, not from the client; it imports nothing from the product.
"""

from qbo_pipeline.local.quickbooks.service import LocalQuickBooks

__all__ = ["LocalQuickBooks"]
